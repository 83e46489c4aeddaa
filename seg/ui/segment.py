"""The front page "segment": photos go in; trimaps, cut-outs and new backgrounds come out."""

from __future__ import annotations

import streamlit as st

from seg.network.weights import WeightsError
from seg.photo import PhotoError, read_photo
from seg.ui import parts, segment_gallery, segment_input, segment_result, server
from seg.ui.segment_input import Upload
from seg.ui.texts import t

PAINTED = "segment-painted"


def page() -> None:
    st.title(t("segment.title"))
    st.markdown(t("segment.purpose"))
    try:
        weights = server.chosen_weights()
    except WeightsError:
        st.info(t("segment.no_weights"), icon=":material/model_training:")
        return
    uploads = segment_input.choose()
    if not st.session_state.get(PAINTED):
        _paint_first(uploads[0])
        return
    with st.spinner(t("common.loading_network")):
        server.segmenter(weights)
    if len(uploads) > 1:
        chosen = segment_gallery.show(uploads, weights)
        if chosen:
            segment_result.show(chosen, weights)
        return
    try:
        segment_result.show(uploads[0], weights)
    except PhotoError as error:
        st.error(parts.plain(str(error)), icon=":material/error:")


def _paint_first(upload: Upload) -> None:
    """The photo alone: a visitor sees the page before the server loads the network, which takes seconds."""
    # Where the spinner will be: the photo below it then stays where it is.
    st.empty()
    cell = parts.grid(segment_result.PICTURE_WIDTH)
    with cell():
        parts.picture(read_photo(upload.data, upload.name).pixels, t("common.photo"), t("segment.photo_alt"))
    for _ in range(2):
        with cell():
            st.skeleton(height=240)
    st.fragment(_go_on, run_every=0.4)()


def _go_on() -> None:
    """Run by the page's script, and then by a clock in the browser, which begins to tick when the page is painted."""
    if PAINTED in st.session_state:
        st.session_state[PAINTED] = True
        st.rerun(scope="app")
    st.session_state[PAINTED] = False


if __name__ == "__main__":
    page()
