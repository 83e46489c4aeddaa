"""Any upload becomes a ``Photo``: decoded by content, upright, RGB, bounded; or one sentence why not."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from seg.errors import SegError

# Only these decoders ever see a visitor's bytes: Pillow knows many more, each of them a way in.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif")
MAX_PIXELS = 50_000_000
MAX_BYTES = 20 * 2**20
# JPEG's own limit. A picture of one row and millions of columns is no photo, and whatever has a place for each column
# would take gigabytes for it.
MAX_SIDE = 65_535
# A progressive JPEG has some ten; each takes the time of the whole picture again, and fits into some bytes.
MOST_SCANS = 100
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange height and width
START_OF_SCAN = b"\xff\xda"

PhotoSource = str | Path | bytes | BinaryIO | Image.Image | np.ndarray


class PhotoError(SegError):
    """A photo or trimap that cannot be used."""


@dataclass(frozen=True, eq=False)
class Photo:
    """RGB pixels, uint8 ``(H, W, 3)`` in [0, 255], upright, and the name the user knows the photo by.

    ``own_size``: height and width of the whole photo, where ``pixels`` are fewer.
    """

    pixels: np.ndarray
    name: str = "photo"
    own_size: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def read_photo(
    source: PhotoSource | Photo, name: str | None = None, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Photo:
    """Decode a photo from a path, bytes, an open binary file, a PIL image or an array.

    ``draft``: enough pixels for the longest side, which then has from so many to nearly twice as many, where the photo
    has them: a JPEG is decoded at a half, a quarter or an eighth of its size, which takes as little of the time, and
    other formats are made smaller when they are decoded.

    The content decides what it is, not the name; EXIF orientation is applied; transparency is laid over white;
    of an animation the first picture is taken. An array is ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``: uint8 in
    [0, 255], or floating point in [0, 1]. Raises PhotoError, whose text names the photo and says what to do.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, np.ndarray):
        return Photo(_array_to_rgb(source, name or "the array", max_pixels), name or "photo")
    if isinstance(source, Image.Image):
        check_image(source, name or "the image", max_pixels)
        return Photo(_image_to_rgb(source, name or "the image"), name or "photo")
    if isinstance(source, (str, Path)):
        name = name or Path(source).name
        try:
            source = Path(source).read_bytes()
        except FileNotFoundError:
            raise PhotoError("photo_missing", name=name) from None
        except OSError as error:
            raise PhotoError("photo_unreadable", name=name, reason=error.strerror or error) from None
    # An open file has the path it was opened by, or a number.
    name = name or Path(str(getattr(source, "name", ""))).name or "the upload"
    data = source if isinstance(source, bytes) else source.read()
    image = open_image(data, name)
    check_image(image, name, max_pixels)
    if not draft:
        return Photo(_image_to_rgb(image, name), name)
    width, height = image.size
    scale = draft / max(image.size)
    image.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))  # type: ignore[arg-type]
    pixels = _image_to_rgb(image, name)
    if max(pixels.shape) >= 2 * draft:
        pixels = np.asarray(Image.fromarray(pixels).reduce(max(pixels.shape) // draft))
    is_sideways = image.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS
    return Photo(pixels, name, (width, height) if is_sideways else (height, width))


def open_image(data: bytes, name: str) -> Image.Image:
    """Open encoded bytes with the decoders of ``FORMATS`` alone; pixels are decoded later. Raises PhotoError."""
    if not data:
        raise PhotoError("photo_empty", name=name)
    try:
        with warnings.catch_warnings():
            # Our own bound, which is lower than the one Pillow warns at, is checked before pixels are decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise PhotoError("photo_huge", name=name) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise PhotoError("photo_not_a_picture", name=name) from None
    if image.format in ("JPEG", "MPO") and data.count(START_OF_SCAN) > MOST_SCANS:
        raise PhotoError("photo_scans", name=name)
    return image


def check_image(image: Image.Image, name: str, max_pixels: int = MAX_PIXELS) -> None:
    """Raise PhotoError for a picture that is no photo before a pixel of it is decoded: too large, or no colours."""
    _check_pixels(image.width * image.height, name, max_pixels)
    _check_side(max(image.size), name)
    if image.mode == "F":
        raise PhotoError("photo_measured", name=name)


def _check_pixels(pixels: int, name: str, max_pixels: int) -> None:
    if pixels > max_pixels:
        raise PhotoError("photo_too_large", name=name, pixels=f"{pixels / 1e6:.1f}", most=f"{max_pixels / 1e6:.1f}")


def _check_side(side: int, name: str) -> None:
    if side > MAX_SIDE:
        raise PhotoError("photo_too_long", name=name, side=f"{side:,}", most=f"{MAX_SIDE:,}")


def _damaged(name: str, reason: object) -> PhotoError:
    return PhotoError("photo_damaged", name=name, reason=reason)


def _image_to_rgb(image: Image.Image, name: str) -> np.ndarray:
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16") or image.mode == "I":
            image = Image.fromarray((np.asarray(image, np.uint32) >> 8).clip(0, 255).astype(np.uint8))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return np.array(image.convert("RGB"))
    except Exception as error:
        # Damaged files make Pillow's decoders raise nearly anything (struct.error, IndexError, zlib.error, ...).
        raise _damaged(name, error) from None


def _array_to_rgb(array: np.ndarray, name: str, max_pixels: int) -> np.ndarray:
    if array.ndim == 2:
        array = array[:, :, np.newaxis].repeat(3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        raise PhotoError("photo_shape", name=name, shape=array.shape)
    _check_pixels(array.shape[0] * array.shape[1], name, max_pixels)
    _check_side(max(array.shape), name)
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise PhotoError("photo_range", name=name)
        array = np.round(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise PhotoError("photo_dtype", name=name, dtype=array.dtype)
    if array.shape[2] == 4:
        image = Image.fromarray(array)
        array = np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"))
    return np.array(array, order="C")  # a copy: what the caller does to the array later does not change the photo
