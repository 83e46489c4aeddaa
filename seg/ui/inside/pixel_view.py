"""Why this pixel: what each tap adds to the answer at a pixel, what it sees, and which parts of the photo count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from seg import pictures
from seg.inference.why import Occlusions, contributions
from seg.network.architecture import TAPS, receptive_fields
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.serve.photos import PHOTO_QUEUE
from seg.ui.inside import photo_view, pixel_picker
from seg.ui.inside.photo_view import Subject
from seg.ui.inside.pixel_picker import LETTERS, Pixel
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

OCCLUSIONS_KEY = "inside-occlusions"
SIDE = 448  # of the picture of the evidence, in pixels
REFRESH = 0.2  # seconds between two goes at the squares that are covered
SAYS_SOMETHING = 0.2  # in log-odds: less than this is called nothing
NEAR = 0.5  # of the strongest evidence: with this much at the pixel, it is called the pixel itself
MOST_TIMES = 1000  # larger factors are told as more than this


@dataclass(frozen=True, eq=False)
class Logits:
    """The logits of the complete network, float32 ``(S, S, C)``, and by the tap those without it."""

    whole: np.ndarray
    without: dict[str, np.ndarray]

    @property
    def nbytes(self) -> int:
        return (1 + len(self.without)) * self.whole.nbytes


_kept_logits: Cache[Logits] = Cache(limits.memory_for("logits"), lambda logits: logits.nbytes)
_kept_occlusions: Cache[Occlusions] = Cache(limits.memory_for("occlusions"), lambda kept: kept.nbytes)


def show() -> None:
    st.markdown(t("inside.pixel_text"))
    subject = photo_view.choose()
    if subject is None:
        return
    with st.spinner(t("common.loading_network")):
        logits = _kept_logits.get(subject.key, lambda: _logits(subject))
    _explained(subject, logits, _occlusions(subject))


def _occlusions(subject: Subject) -> Occlusions:
    """Those that all visitors share; the visit's own reference keeps them where others' photos have taken their place.

    Begun anew whenever the page is, they would never be complete.
    """
    key, occlusions = st.session_state.get(OCCLUSIONS_KEY, (None, None))
    if key != subject.key:
        occlusions = _kept_occlusions.get(subject.key, lambda: Occlusions(subject.image, len(subject.classes)))
        st.session_state[OCCLUSIONS_KEY] = subject.key, occlusions
    return occlusions


@st.fragment
def _explained(subject: Subject, logits: Logits, occlusions: Occlusions) -> None:
    with guarded():
        labels = logits.whole.argmax(axis=2)
        fields = {tap: receptive_fields()[tap] for tap in TAPS}
        middle = len(subject.image) // 2
        trimap = pictures.colour_labels(labels.astype(np.uint8), subject.classes)
        pixels = pixel_picker.pick(subject.image, trimap, fields, (middle, middle))
        parts.legend(subject.classes)
        progress = st.container()
        cell = parts.grid(320)
        for letter, pixel in zip(LETTERS, pixels, strict=False):
            with cell(), st.container(border=True):
                _explain(letter, pixel, subject, logits, occlusions)
        st.caption(t("inside.pixel_limits"))
        if not occlusions.is_complete:
            with progress:
                _cover(subject, occlusions)


@st.fragment(run_every=REFRESH)
def _cover(subject: Subject, occlusions: Occlusions) -> None:
    """Ask about a few squares more, so that pixels can be chosen meanwhile, and nobody's photo waits for all of them.

    When the visitor has left, nobody asks on.
    """
    with guarded():
        bar = st.empty()
        _tell(bar, occlusions)
        engine = networks.segmenter(subject.weights).engine
        with PHOTO_QUEUE.turn(None, limits.SECONDS_WAITING):
            occlusions.go_on(engine)
        _tell(bar, occlusions)
        if occlusions.is_complete:
            st.rerun(scope="app")


def _tell(bar: DeltaGenerator, occlusions: Occlusions) -> None:
    done, squares = occlusions.done, len(occlusions.places)
    bar.progress(done / squares, t("inside.pixel_covering", done=done, squares=squares))


def _logits(subject: Subject) -> Logits:
    look = networks.inside(subject.weights)
    whole, *without = look.logits(subject.image, (None, *TAPS))
    return Logits(whole, dict(zip(TAPS, without, strict=True)))


def _explain(letter: str, pixel: Pixel, subject: Subject, logits: Logits, occlusions: Occlusions) -> None:
    row, column = pixel
    scores = logits.whole[row, column]
    probabilities = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    label = int(scores.argmax())
    adds = contributions(logits.whole, logits.without, row, column, label)
    evidence = occlusions.evidence(row, column, label) if occlusions.is_complete else None
    names = [parts.class_name(member) for member in subject.classes]

    st.markdown(f"**{t('inside.pixel_at', letter=letter, row=row, column=column)}**")
    says = [t("inside.pixel_says", name=names[label], value=float(probabilities[label]))]
    says.append(_why(adds))
    if evidence is not None:
        says.append(_where(evidence, pixel))
    st.markdown(parts.sentences(*says))
    st.dataframe(
        pd.DataFrame(
            {
                t("inside.pixel_class"): names,
                t("inside.pixel_probability"): [f"{value:.1%}" for value in probabilities],
                t("inside.pixel_logit"): [f"{value:+.2f}" for value in scores],
            }
        ),
        hide_index=True,
        width="stretch",
    )
    fields = receptive_fields()
    st.dataframe(
        pd.DataFrame(
            {
                t("inside.pixel_adds", name=names[label]): [f"{adds[tap]:+.2f}" for tap in TAPS],
                t("inside.pixel_part"): list(TAPS),
                t("inside.pixel_sees"): [t("inside.pixel_field", side=fields[tap].side) for tap in TAPS],
            }
        ),
        hide_index=True,
        width="stretch",
    )
    if evidence is None:
        st.skeleton(height=SIDE)
        return
    picture = photo_view.enlarged(_marked(pictures.evidence(evidence, subject.image), pixel), SIDE)
    caption = t("inside.pixel_evidence", name=names[label])
    file_name = photo_view.file_name(subject, f"why-{row}-{column}")
    parts.picture(picture, caption, caption, file_name, key=f"why-{letter}", download=t("inside.pixel_map"))


def _why(adds: dict[str, float]) -> str:
    """Which tap the answer rests on most."""
    tap = max(adds, key=lambda name: adds[name])
    if adds[tap] < SAYS_SOMETHING:
        return t("inside.pixel_no_tap")
    return t("inside.pixel_why", part=t(f"inside.pixel_part_{tap}"), times=_times(adds[tap]))


def _where(evidence: np.ndarray, pixel: Pixel) -> str:
    """Which part of the photo the answer rests on most, and what speaks against it, if that weighs more."""
    strongest, against = float(evidence.max()), float(-evidence.min())
    if max(strongest, against) < SAYS_SOMETHING:
        return t("inside.pixel_nowhere")
    says = []
    if strongest >= SAYS_SOMETHING:
        says.append(t("inside.pixel_for", place=_place(evidence, pixel), times=_times(strongest)))
    if against > max(strongest, SAYS_SOMETHING):
        says.append(t("inside.pixel_against", place=_place(-evidence, pixel), times=_times(against)))
    return parts.sentences(*says)


def _place(evidence: np.ndarray, pixel: Pixel) -> str:
    """Where the strongest evidence lies as one sees it from the pixel, as words within a sentence."""
    strongest = float(evidence.max())
    if evidence[pixel] >= NEAR * strongest:
        return t("inside.pixel_place_here")
    # Squares are flat: the middle of the place where they count most.
    row, column = (float(places.mean()) for places in np.nonzero(evidence >= strongest - 1e-6))
    down, right = row - pixel[0], column - pixel[1]
    if abs(down) > abs(right):
        return t("inside.pixel_place_below" if down > 0 else "inside.pixel_place_above")
    return t("inside.pixel_place_right" if right > 0 else "inside.pixel_place_left")


def _times(log_odds: float) -> str:
    """By which factor the odds change, as text."""
    times = float(np.exp(log_odds))
    if times > MOST_TIMES:
        return t("inside.pixel_more_than", times=MOST_TIMES)
    return f"{times:.0f}" if times >= 10 else f"{times:.1f}"


def _marked(picture: np.ndarray, pixel: Pixel) -> np.ndarray:
    """A picture with a white frame around one pixel."""
    marked, (row, column) = picture.copy(), pixel
    top, bottom, left, right = max(0, row - 3), row + 4, max(0, column - 3), column + 4
    inner = marked[top + 1 : bottom - 1, left + 1 : right - 1].copy()
    marked[top:bottom, left:right] = 255
    marked[top + 1 : bottom - 1, left + 1 : right - 1] = inner
    return marked
