"""The one way from a file, bytes, a picture or an array to a ``Photo``."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from seg.names import readable_name
from seg.photo import jpeg
from seg.photo.arrays import array_to_rgb
from seg.photo.colour import to_srgb
from seg.photo.details import details_of
from seg.photo.filling import lacks_content, without_filling
from seg.photo.formats import HEAD_BYTES, format_of
from seg.photo.frames import show_something
from seg.photo.opening import MAX_PIXELS, check_image, open_image
from seg.photo.photo import Photo, PhotoError, PhotoWarning
from seg.photo.tiff import open_tiff
from seg.photo.upright import SIDEWAYS, Upright, orientation_of, upright

# Of an upload: a JPEG of 100 million pixels has some 40 MB.
MAX_BYTES = 50 * 2**20
# A raw file has some 100 MB. A file is read up to here, for it may have no end.
MOST_FILE_BYTES = 512 * 2**20
MOST_OF_REASON = 120  # letters of what a decoder says, which may fill several lines
# Formats whose rows are decoded from the top: those before the cut are kept. And what Pillow says of a cut, and of a
# PNG whose compressed data are damaged.
CUT_FORMATS = ("PNG", "GIF", "BMP", "TIFF")
FILLED_FORMATS = ("WEBP", "AVIF", "HEIF")  # whose decoders draw something from a blank rest
CUT, BROKEN = "truncated", ("when reading image file", "broken PNG file")

PhotoSource = str | Path | bytes | BinaryIO | Image.Image | np.ndarray


def read_photo(
    source: PhotoSource | Photo, name: str | None = None, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Photo:
    """Decode a photo from a path, bytes, an open binary file, a PIL image or an array.

    The content decides what it is, not the name. EXIF orientation is applied, colours become sRGB's, transparency is
    laid over white and kept as ``alpha``, an animation gives the first picture that shows something, and a file that
    ends too early is read as far as it goes. An array is ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``: uint8 in [0, 255],
    or floating point in [0, 1]. ``name`` is the photo's and stands in errors (default: the file's).

    ``draft`` is a number of pixels that is enough for the longest side: a file's photo is then made smaller while it is
    decoded, to at least ``draft`` and less than twice as many. Raises PhotoError.

    >>> import numpy as np
    >>> from seg import Dataset
    >>> from seg.photo import read_photo
    >>> photo = read_photo(Dataset.open()["Abyssinian_88"].photo)  # a path
    >>> photo.name, photo.size, photo.pixels.shape
    ('Abyssinian_88.jpg', (228, 320), (228, 320, 3))
    >>> read_photo(np.array([[0.0, 0.5, 1.0]])).pixels.tolist()  # grey, in [0, 1]
    [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
    >>> read_photo("no-such-cat.jpg")
    Traceback (most recent call last):
        ...
    seg.photo.photo.PhotoError: no-such-cat.jpg does not exist: check the path.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, np.ndarray):
        decoded = array_to_rgb(source, name or "the array", max_pixels)
        return Photo(decoded.pixels, name or "photo", alpha=decoded.alpha)
    if isinstance(source, Image.Image):
        check_image(source, name or "the image", max_pixels)
        decoded, _ = _decode(source, name or "the image")
        return Photo(decoded.pixels, name or "photo", alpha=decoded.alpha, details=details_of(source))
    data, name = _bytes_of(source, name)
    return _read(data, name, max_pixels, draft)


def _bytes_of(source: str | Path | bytes | BinaryIO, name: str | None) -> tuple[bytes, str]:
    """The encoded photo, and the given name or that of the file. Raises PhotoError for a file that cannot be read."""
    if isinstance(source, bytes):
        return source, name or "the upload"
    if isinstance(source, (str, Path)):
        name = name or readable_name(Path(source).name)
        try:
            with Path(source).open("rb") as file:
                return _up_to_the_limit(file, name), name
        except FileNotFoundError:
            raise PhotoError("photo_missing", name=name) from None
        except OSError as error:
            raise PhotoError("photo_unreadable", name=name, reason=error.strerror or error) from None
    # The name of an open file is the path it was opened by, or a number.
    name = name or readable_name(Path(str(getattr(source, "name", ""))).name) or "the upload"
    return _up_to_the_limit(source, name), name


def _up_to_the_limit(file: BinaryIO, name: str) -> bytes:
    data = file.read(MOST_FILE_BYTES + 1)
    if len(data) > MOST_FILE_BYTES:
        most = str(MOST_FILE_BYTES // 2**20)
        raise PhotoError("photo_bytes", name=name, megabytes=f"{most}+", most=most)
    return data


def open_photo(data: bytes, name: str) -> tuple[Image.Image, list[PhotoWarning]]:
    """The picture of a file that ``read_photo`` decodes, its pixels not yet decoded, and what is wrong with the file.

    Raises PhotoError.
    """
    return open_tiff(data, name) if format_of(data[:HEAD_BYTES]) == "TIFF" else (open_image(data, name), [])


def _read(data: bytes, name: str, max_pixels: int, draft: int | None) -> Photo:
    format = format_of(data[:HEAD_BYTES])
    has_end = format != "JPEG" or jpeg.facts_of(data).has_end
    if not has_end:
        data = without_filling(data)
    image, warnings = open_photo(data if has_end else data + jpeg.END_BYTES, name)
    check_image(image, name, max_pixels)
    width, height = image.size
    turned_by_pillow = orientation_of(image) if image.format == "TIFF" else 1
    factor = _make_small(image, draft) if draft else 1
    decoded, is_cut = _decode(image, name, data, factor)
    is_cut |= format in FILLED_FORMATS and lacks_content(data, format)
    if is_cut or image.info.get("is_damaged") or (not has_end and _lacks_pixels(decoded, data, name)):
        warnings.append(PhotoWarning("photo_cut", name=name))
    orientation = orientation_of(image)
    full_size = (width, height) if orientation in SIDEWAYS else (height, width)
    orientation = max(orientation, turned_by_pillow)
    return Photo(decoded.pixels, name, full_size, decoded.alpha, tuple(warnings), details_of(image), orientation)


def _make_small(image: Image.Image, draft: int) -> int:
    """Prepare to decode at least ``draft`` pixels on the longest side, where the picture has so many.

    A JPEG is decoded at a half, a quarter or an eighth of its size in as small a share of the time. Returns by which
    factor other pictures are to be made smaller once they are decoded.
    """
    scale = draft / max(image.size)
    image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))  # type: ignore[arg-type]
    return max(1, max(image.size) // draft)


def _decode(image: Image.Image, name: str, data: bytes = b"", factor: int = 1) -> tuple[Upright, bool]:
    """A picture as arrays, and whether rows are missing at its end or wrong. Raises PhotoError.

    ``data``: the encoded file; without it, the picture is a program's, at the frame that the program chose.
    """
    is_cut = False
    try:
        if data:
            show_something(image)
        try:
            image.load()
        except OSError as error:
            if not _has_rows_before(error, image):
                raise
            image.tile = []  # type: ignore[attr-defined]  # nothing more is to be decoded: what is there stays
            is_cut = True
            if np.max(image.getextrema()) == 0:
                raise  # not one row is there
        if format_of(data[:HEAD_BYTES]) == "JPEG":
            is_cut = jpeg.is_damaged(data, image)
        return upright(image, to_srgb(image, data), factor), is_cut
    except Exception as error:
        # Damaged files make Pillow's decoders raise nearly anything (struct.error, IndexError, zlib.error, ...).
        reason = " ".join(str(error).split())[:MOST_OF_REASON] or type(error).__name__
        raise PhotoError("photo_damaged", name=name, reason=reason) from None


def _has_rows_before(error: OSError, image: Image.Image) -> bool:
    """Whether a decoder that gave up has left the rows above."""
    is_broken = image.format == "PNG" and any(words in str(error) for words in BROKEN)
    return is_broken or (image.format in CUT_FORMATS and CUT in str(error))


def _lacks_pixels(decoded: Upright, data: bytes, name: str) -> bool:
    """Whether pixels are missing from a JPEG without an end. Raises PhotoError where it has none at all."""
    if not jpeg.lacks_pixels(data):
        return False
    if decoded.pixels.min() == decoded.pixels.max():
        raise PhotoError("photo_damaged", name=name, reason="image file is truncated")
    return True
