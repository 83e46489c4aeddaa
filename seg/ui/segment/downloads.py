"""Downloads of one photo: a picture at the size the visitor chooses, made when its button is pressed, then kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import streamlit as st

from seg.inference.cutout_options import SUFFIXES
from seg.inference.segmenter import Segmentation
from seg.pictures import encode
from seg.serve import limits, photos
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.ui.segment import making
from seg.ui.segment.making import Note
from seg.ui.segment.uploads import Upload
from seg.ui.shared import download_buttons
from seg.ui.shared.language import t

# Makes the picture that is downloaded, uint8 ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
Maker = Callable[[Segmentation], np.ndarray]

SCREEN_SIDE = 2048  # pixels of the longest side, about what a large screen shows
SIZES = ("full", "screen")
SIZE_KEY = "segment-size"
# What is clear, or a number a pixel, needs PNG; as JPEG anything else is a tenth as large and made in a tenth of the
# time.
PNG_KINDS = ("cutout", "trimap")
# Of a cut-out of 12 megapixels: the share of the work that is done when its photo is decoded, and when it is drawn.
DECODED, DRAWN = 0.15, 0.7
FASTEST = 1  # PNG's level: a cut-out is 4 % larger than at level 3, and made in three quarters of the time

_files: Cache[bytes] = Cache(limits.memory_for("downloads"), len)


def ask_size(size: tuple[int, int]) -> None:
    """Ask how large downloads of a photo of this height and width shall be, where there is a choice."""
    if max(size) <= SCREEN_SIDE:
        return
    scale = SCREEN_SIDE / max(size)
    sizes = {"full": size, "screen": (round(size[0] * scale), round(size[1] * scale))}
    st.segmented_control(
        t("segment.size"),
        SIZES,
        default=SIZES[0],
        key=SIZE_KEY,
        required=True,
        format_func=lambda option: t(f"segment.size_{option}", width=sizes[option][1], height=sizes[option][0]),
        help=t("segment.size_help"),
        persist_state="session",
    )


def chosen_side() -> int | None:
    """The longest side of downloads in pixels; None for that of the photo."""
    return SCREEN_SIDE if st.session_state.get(SIZE_KEY) == "screen" else None


def button(
    kind: str,
    upload: Upload,
    look: Look,
    make: Maker,
    settings: Hashable = None,
    main: bool = False,
    format: str | None = None,
    help_values: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """A download button; ``kind`` names its texts and ends the file's name, ``main`` makes it stand out.

    ``settings`` are what ``make`` depends on beside the photo; ``format`` is what the visitor has chosen, if anything.
    ``help_values``: the blanks of its help.
    """
    side, made = chosen_side(), making.of_visitor()

    def data() -> bytes:
        with made.of_file() as note:
            return picture_file(kind, upload, look, make, settings, side, note, format)

    download_buttons.file(
        t(f"segment.download_{kind}"),
        data,
        file_name(kind, upload.file_stem, format),
        key=f"segment-download-{kind}",
        type="primary" if main else "secondary",
        help=t(f"segment.download_{kind}_help", **help_values),
    )


@contextmanager
def full_size(upload: Upload, look: Look) -> Iterator[Segmentation]:
    """The segmentation of a photo at its full size, with what is painted over it, for as long as the block lasts.

    Raises PhotoError.
    """
    with photos.full_size(upload.data, upload.name, look, file=upload.file) as predicted:
        yield replace(predicted, corrections=upload.corrections)


def encoded(pixels: np.ndarray, format: str, segmentation: Segmentation) -> bytes:
    """A picture of a segmentation as a file, with what its photo's EXIF says. Raises FormatError."""
    return encode(pixels, format, segmentation.photo.details.save_options(), FASTEST)


def file_name(kind: str, stem: str, format: str | None = None) -> str:
    return f"{stem}-{kind}.{SUFFIXES[format or format_of(kind)]}"


def format_of(kind: str) -> str:
    """The format that suits a kind of picture."""
    return "png" if kind in PNG_KINDS else "jpeg"


def picture_file(
    kind: str,
    upload: Upload,
    look: Look,
    make: Maker,
    settings: Hashable = None,
    side: int | None = None,
    note: Note | None = None,
    format: str | None = None,
) -> bytes:
    """A picture as a file, ``side`` pixels at most on its longest side; made once.

    ``note`` is called with the share of the work that is done. ``format``: None for the one that suits the kind. Raises
    PhotoError, FormatError for a picture that is too large for its format.
    """
    format = format or format_of(kind)

    def make_file() -> bytes:
        with full_size(upload, look) as segmentation:
            if note:
                note(DECODED)
            pixels = make(segmentation.reduced(side) if side else segmentation)
            if note:
                note(DRAWN)
            return encoded(pixels, format, segmentation)

    return _files.get((kind, format, settings, side, upload.key, upload.corrections, *look.key), make_file)
