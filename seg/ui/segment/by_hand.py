"""Correct a cut-out by hand: the visitor paints over the photo, and the cut-out follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from seg import pictures
from seg.classes import PETS, Classes
from seg.inference.corrections import LARGEST_RADIUS, MOST_POINTS, ROLES, UNITS, Corrections, CorrectionsError
from seg.serve import limits, photos
from seg.serve.networks import Look
from seg.ui.segment.preview import is_clean
from seg.ui.segment.uploads import Upload
from seg.ui.shared import parts
from seg.ui.shared.component_files import component_files
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

HTML, CSS, JS = component_files(__file__)
KEPT = "segment-corrections"  # what the visitor has painted, by the photo's key
FASTEST = 1  # PNG's level
WORDS = ("tools", "move", "canvas", "size", "undo", "redo", "clear", "zoom_in", "zoom_out", "full")


def corrected(uploads: Sequence[Upload]) -> list[Upload]:
    """The photos with what the visitor has painted over each."""
    for upload in uploads:
        _take(upload)
    return [replace(upload, corrections=_kept().get(upload.key, Corrections())) for upload in uploads]


def forget() -> None:
    """Forget all that the visitor has painted."""
    _kept().clear()


def button(upload: Upload, look: Look, classes: Classes) -> None:
    """A button that opens the photo to be painted over; nothing is loaded before it is pressed.

    There is none for classes of which none is cut out, or none is left out.
    """
    if classes.subject is None or classes.background is None:
        return
    if st.button(t("segment.by_hand"), key="segment-by-hand", icon=":material/brush:"):
        _open(upload, look, classes)


def _open(upload: Upload, look: Look, classes: Classes) -> None:
    # A stroke draws the dialog anew and nothing else: all that the page shows of the photo follows when it is closed.
    @st.dialog(t("segment.by_hand"), width="large", on_dismiss="rerun")
    def dialog() -> None:
        with guarded():
            error = _take(upload)
            if error:
                st.error(parts.sentence(error), icon=":material/error:")
            subject, background, border = (brush["name"] for brush in _brushes(classes))
            st.markdown(t("segment.by_hand_text", name=subject, background=background, border=border))
            _canvas(corrected([upload])[0], look)
            if st.button(t("segment.by_hand_done"), key="segment-by-hand-done", type="primary"):
                st.rerun()

    dialog()


def _canvas(upload: Upload, look: Look) -> None:
    kept = photos.segment(upload.data, upload.name, look, file=upload.file)
    small = kept.reduced(parts.SHOWN_SIDE)
    segmentation = replace(small, clean=is_clean(), corrections=upload.corrections)
    # A matte takes as much of the processor as the network does, and waits for its turn with it.
    with photos.PHOTO_QUEUE.turn(most_seconds=limits.SECONDS_WAITING):
        alpha = (segmentation.alpha * 255).round().astype(np.uint8)
    photo = segmentation.photo.pixels
    # Registered at each call: a component belongs to the server that is running, and each test starts one.
    component = st.components.v2.component("by_hand", html=HTML, css=CSS, js=JS)
    component(
        key=component_key(upload),
        data={
            "photo": parts.data_url(pictures.encode_jpeg(photo), "image/jpeg"),
            "alpha": parts.data_url(
                pictures.encode_png(np.dstack([np.zeros_like(alpha), alpha]), FASTEST), "image/png"
            ),
            "width": photo.shape[1],
            "height": photo.shape[0],
            "strokes": upload.corrections.as_list(),
            "answered": _edit(upload),
            "brushes": _brushes(segmentation.classes),
            "units": UNITS,
            "largest_radius": LARGEST_RADIUS,
            "most_points": MOST_POINTS,
            "words": {"working": t("segment.segmenting"), **{word: t(f"segment.by_hand_{word}") for word in WORDS}},
        },
        on_painted_change=lambda: None,
    )


def _brushes(classes: Classes) -> list[dict[str, Any]]:
    """The brush of each of ROLES; where no class is the border, its brush leaves undecided what belongs to what."""
    undecided = replace(PETS.members[2], name=t("segment.by_hand_undecided"))
    members = (classes.subject, classes.background, classes.border or undecided)
    return [
        {"role": role, "name": parts.class_name(member), "colour": f"rgb{member.colour}"}
        for role, member in zip(ROLES, members, strict=True)
        if member
    ]


def component_key(upload: Upload) -> str:
    """Under which the browser's strokes of a photo come."""
    return f"segment-by-hand-{upload.key}"


def _kept() -> dict[str, Corrections]:
    return st.session_state.setdefault(KEPT, {})


def _sent(upload: Upload) -> Mapping[str, Any]:
    """What the browser has sent last: the number of the last change, and all strokes; empty where it is nothing."""
    state = st.session_state.get(component_key(upload))
    sent = state.get("painted") if isinstance(state, Mapping) else None
    return sent if isinstance(sent, Mapping) else {}


def _edit(upload: Upload) -> int:
    edit = _sent(upload).get("edit")
    return edit if isinstance(edit, int) else 0


def _take(upload: Upload) -> CorrectionsError | None:
    """Keep what the visitor has painted; what is no list of strokes is refused, and the last one stays.

    Before the component is drawn, as uploads are: a callback is lost when it comes together with a rerun of the page.
    """
    sent = _sent(upload)
    if "strokes" not in sent:
        return None
    try:
        corrections = Corrections.from_list(sent["strokes"])
    except CorrectionsError as error:
        return error
    kept = _kept()
    kept.pop(upload.key, None)
    kept[upload.key] = corrections
    # The samples may be painted over, too.
    while len(kept) > limits.MOST_PHOTOS:
        del kept[next(iter(kept))]
    return None
