"""The front page "segment": photos go in; trimaps, cut-outs and new backgrounds come out."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import streamlit as st

from seg.network.weights import WeightsError
from seg.photo import PhotoError, read_photo
from seg.serve import limits, networks
from seg.ui.segment import gallery_view, photo_view, programs_view, upload_form
from seg.ui.segment.preview import announce, preview_of
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import choices, parts
from seg.ui.shared.language import t

# The browser gets this long to draw the page before imports keep the server busy.
PAINT_SECONDS = 0.3


def page() -> None:
    st.title(t("segment.title"), anchor=False)
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
    else:
        _one_photo(uploads[0], weights)
    programs_view.show()


def _one_photo(upload: Upload, weights: Path) -> None:
    try:
        photo_view.show(upload, weights)
    except PhotoError as error:
        st.error(parts.sentence(error), icon=":material/error:")


def _load_behind(upload: Upload, weights: Path) -> None:
    """The photo alone, for the seconds in which the network is loaded and sees it.

    This happens within one run of the page: a page that starts its next run by itself in its first second loses an
    upload that has just begun. A PhotoError is left to the page, which shows it in the result's place.
    """
    with st.spinner(t("common.loading_network")), contextlib.suppress(PhotoError):
        photo = read_photo(upload.data, upload.name, limits.MAX_PIXELS, draft=limits.DRAFT_SIDE)
        large, beside = st.columns(photo_view.WIDTHS, gap="medium")
        with large:
            place = st.empty()
        with place:
            st.skeleton(height=420)
        with beside:
            parts.picture(photo.pixels, t("common.photo"), t("segment.photo_alt"))
        try:
            time.sleep(PAINT_SECONDS)
            networks.segmenter(weights)
            preview_of(upload, weights, announce(st.empty().caption))
        except WeightsError:
            place.empty()  # no cut-out will come
            raise


if __name__ == "__main__":
    page()
