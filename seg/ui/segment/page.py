"""The front page "segment": photos go in; trimaps, cut-outs and new backgrounds come out."""

from __future__ import annotations

import contextlib
import time

import streamlit as st

from seg.network.weights import WeightsError
from seg.photo import PhotoError, read_photo
from seg.serve import limits, networks
from seg.serve.networks import Look
from seg.ui.segment import by_hand, gallery_view, making, photo_view, programs_view, upload_form
from seg.ui.segment.preview import announce, is_kept, preview_of
from seg.ui.segment.uploads import Upload
from seg.ui.shared import choices, parts
from seg.ui.shared.language import t

# The browser gets this long to draw the page before imports keep the server busy.
PAINT_SECONDS = 0.3


def page() -> None:
    st.title(t("segment.title"), anchor=False)
    st.markdown(_purpose())
    try:
        weights = choices.weights()
    except WeightsError:
        st.info(t("segment.no_weights"), icon=":material/model_training:")
        return
    # A place is known by the number of elements before it, and the form has more of them once there are photos.
    with st.container():
        photos = by_hand.corrected(upload_form.choose())
    look = Look(weights, upload_form.chosen_detail())
    opened = upload_form.opened(photos)
    waiting, gallery = st.empty(), st.container()
    results = parts.place("photo", opened.key, is_ready=is_kept(opened, look))
    if not networks.is_loaded():
        with waiting.container():
            _load_behind(opened, look)
        waiting.empty()
    if len(photos) > 1:

        def show_results(upload: Upload) -> None:
            with results:
                _one_photo(upload, look)

        with gallery:
            gallery_view.show(photos, look, show_results)
    else:
        with results:
            _one_photo(photos[0], look)
    programs_view.show()
    making.watch()


def _purpose() -> str:
    info = choices.weights_info()
    if info is None or parts.are_pets(info.classes):
        return t("segment.purpose")
    if info.classes.subject:
        return t("segment.purpose_subject", name=parts.class_name(info.classes.subject))
    return t("segment.purpose_classes", names=parts.names_of(info.classes))


def _one_photo(upload: Upload, look: Look) -> None:
    try:
        photo_view.show(upload, look)
    except PhotoError as error:
        st.error(parts.sentence(error), icon=":material/error:")


def _load_behind(upload: Upload, look: Look) -> None:
    """The photo alone, for the seconds in which the network is loaded and sees it.

    This happens within one run of the page: a second one would draw everything twice. A PhotoError is left to the page,
    which shows it in the result's place.
    """
    with st.spinner(t("common.loading_network")), contextlib.suppress(PhotoError):
        photo = read_photo(upload.data, upload.name, limits.MAX_PIXELS, draft=limits.DRAFT_SIDE)
        large, _ = st.columns(photo_view.WIDTHS, gap="medium")
        with large:
            parts.picture(photo.pixels, t("common.photo"), t("segment.photo_alt"))
        time.sleep(PAINT_SECONDS)
        networks.segmenter(look.weights)
        preview_of(upload, look, announce(st.empty().caption))


if __name__ == "__main__":
    page()
