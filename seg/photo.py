"""Any upload becomes a ``Photo``: decoded by content, upright, RGB, bounded; otherwise a PhotoError says why not."""

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
# JPEG's limit, for every format. Arrays with an entry for each column of a picture that is one pixel high and millions
# wide would take gigabytes.
MAX_SIDE = 65_535
# A progressive JPEG has some ten scans. Decoding one takes as long as the complete picture, but it fits into few bytes.
MOST_SCANS = 100
START_OF_SCAN = b"\xff\xda"
SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange height and width

PhotoSource = str | Path | bytes | BinaryIO | Image.Image | np.ndarray


class PhotoError(SegError):
    """A photo or trimap that cannot be used."""


@dataclass(frozen=True, eq=False)
class Photo:
    """RGB pixels, uint8 ``(H, W, 3)`` in [0, 255], upright, and the name the user knows the photo by.

    ``full_size`` is the height and width of the photo in its file, which ``pixels`` may be smaller than.
    """

    pixels: np.ndarray
    name: str = "photo"
    full_size: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.full_size == (0, 0):
            object.__setattr__(self, "full_size", self.size)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def read_photo(
    source: PhotoSource | Photo, name: str | None = None, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Photo:
    """Decode a photo from a path, bytes, an open binary file, a PIL image or an array.

    The content decides what it is, not the name. EXIF orientation is applied, transparency is laid over white, and an
    animation gives its first picture. An array is ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``: uint8 in [0, 255], or
    floating point in [0, 1]. ``name`` is the photo's and stands in errors (default: the file's).

    ``draft`` is a number of pixels that is enough for the longest side: a file's photo is then made smaller while it is
    decoded, to at least ``draft`` and less than twice as many. Raises PhotoError.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, np.ndarray):
        return Photo(_array_to_rgb(source, name or "the array", max_pixels), name or "photo")
    if isinstance(source, Image.Image):
        check_image(source, name or "the image", max_pixels)
        return Photo(_image_to_rgb(source, name or "the image"), name or "photo")
    data, name = _bytes_of(source, name)
    image = open_image(data, name)
    check_image(image, name, max_pixels)
    return _decode_small(image, name, draft) if draft else Photo(_image_to_rgb(image, name), name)


def _bytes_of(source: str | Path | bytes | BinaryIO, name: str | None) -> tuple[bytes, str]:
    """The encoded photo, and the given name or that of the file. Raises PhotoError for a file that cannot be read."""
    if isinstance(source, (str, Path)):
        name = name or Path(source).name
        try:
            return Path(source).read_bytes(), name
        except FileNotFoundError:
            raise PhotoError("photo_missing", name=name) from None
        except OSError as error:
            raise PhotoError("photo_unreadable", name=name, reason=error.strerror or error) from None
    # The name of an open file is the path it was opened by, or a number.
    name = name or Path(str(getattr(source, "name", ""))).name or "the upload"
    return source if isinstance(source, bytes) else source.read(), name


def _decode_small(image: Image.Image, name: str, draft: int) -> Photo:
    """Decode to at least ``draft`` pixels on the longest side, where the photo has so many, and less than twice that.

    A JPEG is decoded at a half, a quarter or an eighth of its size in as small a share of the time; pictures of other
    formats are made smaller once they are decoded. Raises PhotoError.
    """
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
            # The bound of this module is lower than Pillow's; it is checked before pixels are decoded.
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
    """Raise PhotoError, before a pixel is decoded, for a picture that is too large or holds floating point."""
    _check_size(image.height, image.width, name, max_pixels)
    if image.mode == "F":
        raise PhotoError("photo_measured", name=name)


def _check_size(height: int, width: int, name: str, max_pixels: int) -> None:
    if height * width > max_pixels:
        pixels, most = f"{height * width / 1e6:.1f}", f"{max_pixels / 1e6:.1f}"
        raise PhotoError("photo_too_large", name=name, pixels=pixels, most=most)
    if max(height, width) > MAX_SIDE:
        raise PhotoError("photo_too_long", name=name, side=f"{max(height, width):,}", most=f"{MAX_SIDE:,}")


def _image_to_rgb(image: Image.Image, name: str) -> np.ndarray:
    """Decode to upright RGB, uint8 ``(H, W, 3)``; 16 bits become their upper 8. Raises PhotoError."""
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16") or image.mode == "I":
            image = Image.fromarray((np.asarray(image, np.uint32) >> 8).clip(0, 255).astype(np.uint8))
        if image.has_transparency_data:
            image = _on_white(image.convert("RGBA"))
        return np.array(image.convert("RGB"))
    except Exception as error:
        # Damaged files make Pillow's decoders raise nearly anything (struct.error, IndexError, zlib.error, ...).
        raise PhotoError("photo_damaged", name=name, reason=error) from None


def _on_white(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)


def _array_to_rgb(array: np.ndarray, name: str, max_pixels: int) -> np.ndarray:
    """A copy as RGB, uint8 ``(H, W, 3)``, of an array as ``read_photo`` takes it. Raises PhotoError."""
    if array.ndim == 2:
        array = array[:, :, np.newaxis].repeat(3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        raise PhotoError("photo_shape", name=name, shape=array.shape)
    _check_size(array.shape[0], array.shape[1], name, max_pixels)
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise PhotoError("photo_range", name=name)
        array = np.round(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise PhotoError("photo_dtype", name=name, dtype=array.dtype)
    if array.shape[2] == 4:
        array = np.asarray(_on_white(Image.fromarray(array)).convert("RGB"))
    return np.array(array, order="C")  # a copy, so that the photo stays as it is when the caller changes the array
