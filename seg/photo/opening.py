"""Encoded bytes become a picture whose pixels are decoded later: by content, with few decoders, within limits."""

from __future__ import annotations

import io
import warnings
from functools import cache

from PIL import Image

from seg.photo import jpeg, png
from seg.photo.formats import HEAD_BYTES, RAW, format_of, video_format_of
from seg.photo.photo import PhotoError

# More than any telephone's or camera's photo has.
MAX_PIXELS = 250_000_000
# JPEG's limit, for every format. Arrays with an entry for each column of a picture that is one pixel high and millions
# wide would take gigabytes.
MAX_SIDE = 65_535
# A progressive JPEG has some ten scans. Decoding one takes as long as the complete picture, but it fits into few bytes.
MOST_SCANS = 100
MOST_SCANNED_PIXELS = 4_000_000_000  # of all scans together: some 40 s

# Pillow warns above this bound, and refuses twice as much: it may be no lower than ours, which refuses by name.
if Image.MAX_IMAGE_PIXELS is not None:
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, MAX_PIXELS)
# What Pillow warns programmers of, such as damaged EXIF, would stand between the lines of the command line.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def open_image(data: bytes, name: str) -> Image.Image:
    """Open encoded bytes with the decoders of ``FORMATS`` alone. Raises PhotoError."""
    if not data:
        raise PhotoError("photo_empty", name=name)
    format = format_of(data[:HEAD_BYTES])
    if format is None and video_format_of(data[:HEAD_BYTES]):
        raise PhotoError("photo_video", name=name)
    if format is None:
        raise PhotoError("photo_not_a_picture", name=name)
    if format == RAW:
        raise PhotoError("photo_raw", name=name)
    if format == "PNG":
        return _open_png(data, name)
    image = _open(data, name, format)
    if format == "JPEG":
        scans = jpeg.facts_of(data).scans
        if scans > MOST_SCANS or scans * image.width * image.height > MOST_SCANNED_PIXELS:
            raise PhotoError("photo_scans", name=name)
    return image


def _open_png(data: bytes, name: str) -> Image.Image:
    try:
        parts = png.parts_of(data)
    except png.TooManyChunks as error:
        raise PhotoError("photo_damaged", name=name, reason=type(error).__name__) from None
    image = _open(parts.data, name, "PNG")
    if parts.profile:
        image.info["icc_profile"] = parts.profile
    if parts.code:
        image.info["cicp"] = parts.code
    image.info["is_damaged"] = parts.is_damaged
    if parts.primaries:
        image.info["primaries"] = parts.primaries
    return image


def _open(data: bytes, name: str, format: str) -> Image.Image:
    if format == "HEIF":
        _register_heif(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=(format,))
    except Image.DecompressionBombError:
        raise PhotoError("photo_huge", name=name) from None
    except Exception:
        # Damaged files make decoders raise nearly anything, already while they are opened.
        raise PhotoError("photo_kind", name=name, format=format) from None


@cache
def _register() -> None:
    from pillow_heif import register_heif_opener  # takes a moment, which few photos need

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _register_heif(name: str) -> None:
    try:
        _register()
    except ImportError:
        raise PhotoError("photo_heif", name=name) from None


def check_image(image: Image.Image, name: str, max_pixels: int = MAX_PIXELS) -> None:
    """Raise PhotoError, before a pixel is decoded, for a picture that is too large or holds floating point."""
    check_size(image.height, image.width, name, max_pixels)
    if image.mode == "F":
        raise PhotoError("photo_measured", name=name)


def check_size(height: int, width: int, name: str, max_pixels: int) -> None:
    """Raise PhotoError, which names the size that would fit, for more pixels than ``max_pixels``."""
    if height * width > max_pixels:
        scale = (max_pixels / (height * width)) ** 0.5
        raise PhotoError(
            "photo_too_large",
            name=name,
            pixels=round(height * width / 1e6, 1),
            most=round(max_pixels / 1e6, 1),
            width=max(1, int(width * scale)),
            height=max(1, int(height * scale)),
        )
    if max(height, width) > MAX_SIDE:
        raise PhotoError("photo_too_long", name=name, side=f"{max(height, width):,}", most=f"{MAX_SIDE:,}")
