"""The cut-out on a new background: a colour, the photo's background out of focus, or another photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from seg import pictures
from seg.inference.matting import separate
from seg.inference.segmenter import Segmentation
from seg.photo import read_photo
from seg.serve import limits
from seg.ui.segment import downloads, upload_form
from seg.ui.segment.preview import Preview
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

KIND_KEY, COLOUR_KEY, BLUR_KEY = "segment-background", "segment-colour", "segment-blur"
BACKDROP = "segment-backdrop"  # the visitor's photo for the background
KINDS = ("colour", "blur", "photo")
STRONGEST_BLUR = 0.06  # radius as a share of the longest side

# Makes the new background, RGB uint8 ``(H, W, 3)``, of the photo's background at the same size.
Background = Callable[[np.ndarray], np.ndarray]


@st.fragment
def show(upload: Upload, weights: Path, preview: Preview) -> None:
    with guarded():
        st.header(t("segment.background"), anchor=False)
        kind = st.segmented_control(
            t("segment.background"),
            KINDS,
            default=KINDS[0],
            key=KIND_KEY,
            required=True,
            format_func=lambda option: t(f"segment.background_{option}"),
            label_visibility="collapsed",
            persist_state="session",
        )
        background = _ask(kind or KINDS[0])
        if background is None:
            st.info(t("segment.backdrop_missing"), icon=":material/wallpaper:")
            return
        parts.picture(
            pictures.over(preview.cutout, background(preview.backdrop)),
            t("segment.background_caption"),
            t(f"segment.background_{kind}_alt"),
        )
        downloads.button("background", upload, weights, lambda segmentation: on_background(segmentation, background))


def _ask(kind: str) -> Background | None:
    """The background that the visitor has chosen, None while their photo for it is missing. Raises PhotoError."""
    if kind == "colour":
        colour = st.color_picker(t("segment.colour"), "#2A9D8F", key=COLOUR_KEY, persist_state="session")
        rgb = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        return lambda backdrop: np.full_like(backdrop, rgb)
    if kind == "blur":
        strength = st.slider(t("segment.blur"), 5, 100, 40, 5, "%d %%", key=BLUR_KEY, persist_state="session")
        return lambda backdrop: pictures.blurred(backdrop, strength / 100 * STRONGEST_BLUR)
    upload_form.uploader(t("segment.backdrop"), BACKDROP, several=False)
    uploads: list[Upload] = st.session_state.get(BACKDROP, [])
    if not uploads:
        return None
    photo = read_photo(uploads[0].data, uploads[0].name, limits.MAX_PIXELS).pixels
    return lambda backdrop: pictures.fitted(photo, *backdrop.shape[:2])


def on_background(segmentation: Segmentation, background: Background) -> np.ndarray:
    """The subject on the new background at the photo's size, RGB uint8 ``(H, W, 3)``."""
    subject, backdrop = separate(segmentation.photo.pixels, segmentation.alpha)
    return pictures.over(pictures.cutout(subject, segmentation.alpha), background(backdrop))
