"""The cut-out on a new background: a colour, the photo's background out of focus, or another photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from seg import pictures
from seg.images import resize_rows
from seg.inference.segmenter import Segmentation
from seg.photo import read_photo
from seg.serve import limits
from seg.serve.networks import Look
from seg.ui.segment import downloads, uploads
from seg.ui.segment.preview import Preview
from seg.ui.segment.uploads import Upload
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

KIND_KEY, COLOUR_KEY, BLUR_KEY = "segment-background", "segment-colour", "segment-blur"
BACKDROP = "segment-backdrop"  # the visitor's photo for the background
CHOSEN = "segment-background-chosen"
KINDS = ("colour", "blur", "photo")
FIRST_COLOUR = "#2A9D8F"
STRONGEST_BLUR = 0.06  # radius as a share of the longest side
# Pixels of a background's longest side, 12 million in all: it is enlarged for larger photos, band by band.
BACKDROP_SIDE = 4096


@dataclass(frozen=True)
class Background:
    """A colour, or the photo's background out of focus, or another photo; ``kind`` says which."""

    kind: str
    colour: tuple[int, ...] = ()
    blur: float = 0.0  # radius as a share of the longest side
    photo: Upload | None = None

    def picture(self, backdrop: np.ndarray) -> np.ndarray:
        """What is laid behind the cut-out, for the photo's background: both RGB uint8 ``(H, W, 3)``.

        Raises PhotoError for another photo that cannot be read.
        """
        if self.kind == "colour":
            return np.full_like(backdrop, self.colour)
        if self.kind == "blur" or self.photo is None:
            return pictures.blurred(backdrop, self.blur)
        # Twice as long as the backdrop, it fills it also where it is cropped to half.
        photo = read_photo(self.photo.data, self.photo.name, limits.MAX_PIXELS, draft=2 * max(backdrop.shape))
        return pictures.fitted(photo.pixels, *backdrop.shape[:2])

    def behind(self, segmentation: Segmentation) -> np.ndarray:
        """The subject on this background at the photo's size, RGB uint8 ``(H, W, 3)``. Raises PhotoError."""
        small = segmentation.reduced(BACKDROP_SIDE)
        picture = self.picture(small.colours_at(slice(0, small.photo.size[0]))[1])
        laid = np.empty_like(segmentation.photo.pixels)
        for rows in segmentation.bands():
            subject, _, alpha = segmentation.colours_at(rows)
            behind = resize_rows(picture, segmentation.photo.size, rows)
            laid[rows] = pictures.over(pictures.cutout(subject, alpha), behind)
        return laid


def chosen() -> dict[str, Background]:
    """The background that the visitor sees, by the key "background"; empty while the photo for it is missing.

    The same dict for as long as the visitor is here: a file that is made later has the background of that moment.
    """
    if CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = {"background": Background("colour", _rgb(FIRST_COLOUR))}
    return st.session_state[CHOSEN]


@st.fragment
def show(upload: Upload, look: Look, preview: Preview) -> None:
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
        chosen().clear()
        background = _ask(kind or KINDS[0])
        if background is None:
            st.info(t("segment.backdrop_missing"), icon=":material/wallpaper:")
            return
        parts.picture(
            pictures.over(preview.cutout, background.picture(preview.backdrop)),
            t("segment.background_caption"),
            t(f"segment.background_{background.kind}_alt"),
        )
        chosen()["background"] = background
        downloads.button("background", upload, look, background.behind, settings=background)


def _ask(kind: str) -> Background | None:
    """The background of this kind, None while the visitor's photo for it is missing."""
    if kind == "colour":
        colour = st.color_picker(t("segment.colour"), FIRST_COLOUR, key=COLOUR_KEY, persist_state="session")
        return Background(kind, colour=_rgb(colour))
    if kind == "blur":
        strength = st.slider(t("segment.blur"), 5, 100, 40, 5, "%d%%", key=BLUR_KEY, persist_state="session")
        return Background(kind, blur=strength / 100 * STRONGEST_BLUR)
    uploads.uploader(t("segment.backdrop"), BACKDROP, several=False)
    photos = uploads.given(BACKDROP)
    return Background(kind, photo=photos[-1]) if photos else None


def _rgb(colour: str) -> tuple[int, ...]:
    """``#RRGGBB`` as three numbers in [0, 255]."""
    return tuple(bytes.fromhex(colour[1:]))
