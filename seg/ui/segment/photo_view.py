"""One photo, segmented: first the cut-out and a new background, then how the network came to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from seg import pictures
from seg.inference.corrections import Corrections
from seg.inference.cutout_options import CutoutOptions
from seg.serve.networks import Look
from seg.ui.segment import background_view, before_after, by_hand, downloads, keep_view, truth_view
from seg.ui.segment.preview import CLEAN_KEY, SURE, Preview, is_clean, on_checkerboard, preview_of, wait_and_preview
from seg.ui.segment.uploads import Upload
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

# Widths of the cut-out and of what stands beside it, as parts of the page: 496 and 291 px of a window of 1280 px.
WIDTHS = (5, 3)
OPACITY_KEY = "segment-opacity"


def show(upload: Upload, look: Look) -> None:
    """Everything about one photo. Raises PhotoError."""
    preview = wait_and_preview(upload, look)
    for warning in preview.warnings:
        st.warning(parts.sentence(warning.of(upload.name)), icon=":material/warning:")
    if preview.has_subject:
        large, beside = st.columns(WIDTHS, gap="medium")
        with large:
            _cutout(upload, look, preview)
        with beside:
            background_view.show(upload, look, preview)
    else:
        _why_nothing_is_cut_out(preview)
        by_hand.button(upload, look, preview.classes)
    keep_view.show(upload, look, preview)
    _how_it_works(upload, look, preview)


def _why_nothing_is_cut_out(preview: Preview) -> None:
    subject = preview.classes.subject
    if subject is None:
        st.info(t("errors.no_subject", names=parts.names_of(preview.classes)), icon=":material/category:")
    else:
        text = t("segment.no_pet", name=parts.class_name(subject), share=preview.subject_share)
        st.warning(text, icon=":material/search_off:")


def _cutout(upload: Upload, look: Look, preview: Preview) -> None:
    before_after.show(preview.photo, on_checkerboard(preview.cutout), split=0, key=f"segment-cutout-{upload.key}")
    with st.container(horizontal=True):
        options = CutoutOptions(clean=is_clean())
        downloads.button("cutout", upload, look, lambda segmentation: segmentation.cutout(options), options, main=True)
        if st.button(t("segment.full_size"), key="segment-full-size", icon=":material/fullscreen:"):
            _full_size_dialog(upload, look)
        by_hand.button(upload, look, preview.classes)
    clean = t("segment.clean", name=parts.subject_name(preview.classes))
    st.toggle(clean, value=True, key=CLEAN_KEY, help=t("segment.clean_help"), persist_state="session")
    downloads.ask_size(preview.size)
    size = t("common.pixels", width=preview.size[1], height=preview.size[0])
    facts = [parts.plain(upload.name), size]
    if upload.corrections:
        facts.append(t("segment.by_hand_made"))
    st.caption(" · ".join(facts))


def _full_size_dialog(upload: Upload, look: Look) -> None:
    @st.dialog(t("segment.full_size_title"), width="large")
    def dialog() -> None:
        with guarded():
            with st.spinner(t("segment.segmenting")), downloads.full_size(upload, look) as full_size:
                segmentation = full_size.reduced(downloads.SCREEN_SIDE)
                cutout = on_checkerboard(segmentation.cutout(CutoutOptions(clean=is_clean())))
                photo = segmentation.photo.pixels
            before_after.show(photo, cutout, split=50, key=f"segment-dialog-{upload.key}")

    dialog()


def _how_it_works(upload: Upload, look: Look, preview: Preview) -> None:
    """Trimap over the photo, confidence, shares of the classes, and the true trimap where it is known."""
    st.header(t("segment.how"), anchor=False)
    st.markdown(t("segment.how_text" if preview.classes.subject else "segment.how_text_classes"))
    cell = parts.grid(320)
    with cell():
        _overlay(upload, look, preview)
    with cell():
        _confidence(upload, look, preview)
    _shares(preview)
    # Metrics are the network's: nobody has helped it.
    alone = replace(upload, corrections=Corrections())
    with guarded():
        truth_view.show(alone, look, preview_of(alone, look))


@st.fragment
def _overlay(upload: Upload, look: Look, preview: Preview) -> None:
    with guarded():
        st.subheader(t("segment.overlay"), anchor=False)
        # The slider stands below the picture that it changes, so its value is read before it is drawn.
        opacity = st.session_state.get(OPACITY_KEY, 50) / 100
        mixed = pictures.overlay(preview.photo, preview.labels, opacity, preview.classes)
        shares = [f"{parts.class_name(member)} {preview.shares[member.name]:.0%}" for member in preview.classes]
        parts.picture(mixed, t("segment.overlay"), t("segment.overlay_alt", shares=shares))
        st.slider(t("segment.opacity"), 0, 100, 50, 5, "%d%%", key=OPACITY_KEY, persist_state="session")
        parts.legend(preview.classes)
        with st.container(horizontal=True):
            downloads.button("overlay", upload, look, lambda segmentation: segmentation.overlay(opacity), opacity)
            values = {"values": parts.values_of(preview.classes)}
            downloads.button("trimap", upload, look, lambda segmentation: segmentation.trimap, help_values=values)


def _confidence(upload: Upload, look: Look, preview: Preview) -> None:
    least = 1 / len(preview.classes)
    st.subheader(
        t("segment.confidence"),
        anchor=False,
        help=t("segment.confidence_help", count=len(preview.classes), least=least),
    )
    alt = t("segment.confidence_alt", share=preview.sure)
    parts.picture(preview.confidence, t("segment.confidence_caption"), alt)
    st.markdown(t("segment.confidence_text", share=preview.sure, sure=SURE))
    scale = pictures.heat(np.linspace(0, 1, 256)[np.newaxis].repeat(12, axis=0))
    with st.container(key="confidence-scale"):
        st.image(scale, alt="", width="stretch")
    st.caption(t("segment.confidence_scale", least=least))
    downloads.button("confidence", upload, look, lambda segmentation: pictures.heat(segmentation.confidence, least))


def _shares(preview: Preview) -> None:
    cell = parts.grid(130)
    for member in preview.classes:
        name = parts.class_name(member)
        cell().metric(
            name[:1].upper() + name[1:], f"{preview.shares[member.name]:.1%}", help=parts.class_meaning(member) or None
        )
    cell().metric(t("segment.time"), t("common.seconds", seconds=preview.seconds), help=t("segment.time_help"))
