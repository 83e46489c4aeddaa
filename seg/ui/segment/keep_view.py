"""Keep a photo with its trimap as a pair to learn from: for the server's owner alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import streamlit as st

from seg.classes import PETS
from seg.data.kept_pairs import SIDE, pair_name
from seg.images import resize_labels
from seg.inference.corrections import labels_of_cut_out
from seg.serve import limits, own_pairs, photos
from seg.serve.networks import Look
from seg.ui.segment import upload_form, uploads
from seg.ui.segment.preview import Preview, is_clean
from seg.ui.segment.true_trimap import true_labels
from seg.ui.segment.uploads import Upload
from seg.ui.shared import owner, pairs_view
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.shared.page_files import page_file

Source = Literal["uploaded", "corrected", "predicted"]
BOX_KEY = "pairs-box"
SAID_KEY = "pairs-said"  # the photo that has just been kept


def show(upload: Upload, look: Look, preview: Preview) -> None:
    """The button that keeps the pair, what is kept already, and the way to the training that learns from it.

    Weights of other classes than the pets' have none: the sample, which is mixed in, does not have their classes.
    """
    if not owner.is_here() or preview.classes != PETS:
        return
    # The server knows whether it is open: the browser forgets it when the results of another photo take their place.
    box = st.expander(t("pairs.keep_title"), icon=":material/school:", key=BOX_KEY, on_change="rerun")
    with box, guarded():
        st.markdown(t("pairs.keep_text"))
        kind = pairs_view.choose_kind(t("pairs.kind"))
        true = _uploaded(upload, preview)
        source: Source = "uploaded" if true is not None else "corrected" if upload.corrections else "predicted"
        (st.warning if source == "predicted" else st.caption)(t(f"pairs.keep_{source}"))
        with st.container(horizontal=True):
            if st.button(t("pairs.keep"), key="pairs-keep", icon=":material/bookmark_add:"):
                own_pairs.keep(owner.visitor(), kind, upload.key, *_pair(upload, look, true), source == "predicted")
                st.session_state[SAID_KEY] = (upload.key, kind)
                st.rerun()
            pairs = own_pairs.pairs(owner.visitor(), kind)
            pairs_view.look_at_them(kind, pairs)
        kept = next((pair for pair in pairs if pair.name == pair_name(upload.key)), None)
        if kept and st.session_state.get(SAID_KEY) == (upload.key, kind):
            st.success(t("pairs.kept_now_held_out" if kept.is_held_out else "pairs.kept_now"), icon=":material/check:")
        elif kept:
            st.caption(t("pairs.kept_before"))
        pairs_view.count(pairs)
        st.page_link(
            page_file("train"),
            label=t("pairs.to_training"),
            icon=":material/model_training:",
            query_params={"recipe": "corrections"},
        )


def _uploaded(upload: Upload, preview: Preview) -> np.ndarray | None:
    """The labels of the true trimap that the visitor has given with the photo, uint8 ``(H, W)`` of its size, or None.

    Raises PhotoError for one that does not fit.
    """
    # The field for it stands further below: what has just been given there is taken now.
    uploads.take(uploads.widget_key(upload_form.TRIMAPS), upload_form.TRIMAPS)
    if not uploads.given(upload_form.TRIMAPS):
        return None
    known = true_labels(upload, preview.size, preview.classes, preview.orientation)
    return known[0] if known and known[1] == "uploaded" else None


def _pair(upload: Upload, look: Look, true: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The photo, RGB uint8 ``(H, W, 3)``, and its labels, uint8 ``(H, W)``, as large as they are kept."""
    kept = photos.segment(upload.data, upload.name, look, file=upload.file)
    segmentation = replace(kept.reduced(SIDE), clean=is_clean(), corrections=upload.corrections)
    photo = segmentation.photo
    if true is not None:
        return photo.pixels, resize_labels(true, photo.size)
    # A matte takes as much of the processor as the network does, and waits for its turn with it.
    with photos.PHOTO_QUEUE.turn(most_seconds=limits.SECONDS_WAITING):
        alpha = segmentation.alpha
    return photo.pixels, labels_of_cut_out(segmentation.labels, alpha, segmentation.classes)
