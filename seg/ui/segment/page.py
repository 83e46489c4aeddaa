"""The front page "segment": photos go in; trimaps, cut-outs and new backgrounds come out."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import streamlit as st

from seg.network.weights import WeightsError
from seg.photo import PhotoError, read_photo
from seg.serve import limits, networks
from seg.ui.segment import gallery_view, photo_view, upload_form
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import choices, parts
from seg.ui.shared.language import t

# What the browser is given to show the page before imports keep the server busy.
PAINT_SECONDS = 0.3


def page() -> None:
    st.title(t("segment.title"))
    st.markdown(t("segment.purpose"))
    try:
        weights = choices.weights()
    except WeightsError:
        st.info(t("segment.no_weights"), icon=":material/model_training:")
        return
    uploads = upload_form.choose()
    waiting = st.empty()
    if not networks.is_loaded():
        with waiting.container():
            _load_behind(uploads[0], weights)
        waiting.empty()
    if len(uploads) > 1:
        chosen = gallery_view.show(uploads, weights)
        if chosen:
            photo_view.show(chosen, weights)
        return
    try:
        photo_view.show(uploads[0], weights)
    except PhotoError as error:
        st.error(parts.sentence(error), icon=":material/error:")


def _load_behind(upload: Upload, weights: Path) -> None:
    """The photo alone, while the network is loaded and looks at it, which takes seconds the first time.

    Not painted by a run of its own: a page that runs again by itself in its first second loses an upload that has just
    begun.
    """
    with st.spinner(t("common.loading_network")), contextlib.suppress(PhotoError):  # told where its result would be
        photo = read_photo(upload.data, upload.name, limits.MAX_PIXELS, draft=limits.DRAFT_SIDE)
        cell = parts.grid(photo_view.PICTURE_WIDTH)
        with cell():
            parts.picture(photo.pixels, t("common.photo"), t("segment.photo_alt"))
        slots = []
        for _ in range(2):
            with cell():
                slots.append(st.empty())
            with slots[-1]:
                st.skeleton(height=240)
        try:
            time.sleep(PAINT_SECONDS)
            networks.segmenter(weights)
            photo_view.view(upload, weights, photo_view.tell(st.empty().caption))
        except WeightsError:
            for slot in slots:
                slot.empty()  # nothing comes there any more
            raise


if __name__ == "__main__":
    page()
