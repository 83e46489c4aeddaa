"""The picture of a TIFF or a camera's raw file, whose first one is often a thumbnail."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from seg.photo.photo import PhotoError, PhotoWarning

# Tags of TIFF 6.0, TIFF/EP and DNG.
KIND, WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 259, 262
OFFSETS, BYTE_COUNTS, ORIENTATION, SUB_DIRECTORIES = 273, 279, 274, 330
JPEG_OFFSET, JPEG_BYTES = 513, 514
REDUCED = 1  # a bit of KIND: a smaller version of another picture of the file
SENSOR = (32803, 34892)  # photometric values of raw pixels
MOST_DIRECTORIES = 32
# A preview of fewer pixels on its longest side is a thumbnail, from which nobody wants a cut-out.
SMALLEST_PREVIEW = 640


@dataclass(frozen=True)
class _Directory:
    """A picture of the file: its size, and its bytes where they are a JPEG."""

    width: int
    height: int
    jpeg: bytes


def main_picture(
    image: Image.Image, data: bytes, name: str, open_jpeg: Callable[[bytes, str], Image.Image]
) -> tuple[Image.Image, list[PhotoWarning]]:
    """The largest picture of a TIFF whose first one is a thumbnail; any other TIFF gives its first page.

    Previews of raw files are JPEGs, which ``open_jpeg`` opens. Raises PhotoError for a raw file without a preview that
    can be read.
    """
    first = image.tag_v2  # type: ignore[attr-defined]
    if not int(first.get(KIND, 0)) & REDUCED:
        return image, []
    smallest = image.size
    directories = list(_sub_directories(data, first))
    largest = max([smallest, *((each.width, each.height) for each in directories)], key=_pixels)
    previews = [_opened(each, name, open_jpeg) for each in directories if each.jpeg]
    pictures = [preview for preview in previews if preview and _pixels(preview.size) > _pixels(smallest)]
    if pictures:
        picture = max(pictures, key=lambda preview: _pixels(preview.size))
        exif = picture.getexif()
        if ORIENTATION in first and ORIENTATION not in exif:
            exif[ORIENTATION] = first[ORIENTATION]
    else:
        picture = _largest_page(image)
    if picture.size == smallest and largest == smallest:
        return image, []  # marked as a thumbnail, but the file's only picture
    if max(picture.size) < SMALLEST_PREVIEW < max(largest):
        raise PhotoError("photo_raw", name=name)
    warnings = []
    if 2 * _pixels(picture.size) < _pixels(largest):
        warnings.append(PhotoWarning("photo_preview", name=name, width=picture.width, height=picture.height))
    return picture, warnings


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _sub_directories(data: bytes, first: ImageFileDirectory_v2) -> Iterator[_Directory]:
    places = first.get(SUB_DIRECTORIES, ())
    for place in (places if isinstance(places, tuple) else (places,))[:MOST_DIRECTORIES]:
        directory = ImageFileDirectory_v2(data[:16] if b"+" in data[2:4] else data[:8])
        file = io.BytesIO(data)
        try:
            file.seek(place)
            directory.load(file)
            yield _Directory(int(directory[WIDTH]), int(directory[HEIGHT]), _jpeg_of(data, directory))
        except Exception:  # a damaged directory makes Pillow raise nearly anything: it has no picture for us
            continue


def _jpeg_of(data: bytes, directory: ImageFileDirectory_v2) -> bytes:
    """The encoded picture of a directory where it is one complete JPEG, else nothing."""
    if directory.get(PHOTOMETRIC) in SENSOR:
        return b""
    if JPEG_OFFSET in directory:
        start, size = directory[JPEG_OFFSET], directory.get(JPEG_BYTES, len(data))
    else:
        starts, sizes = directory.get(OFFSETS, ()), directory.get(BYTE_COUNTS, ())
        if len(starts) != 1 or len(sizes) != 1:
            return b""
        start, size = starts[0], sizes[0]
    jpeg = data[start : start + size]
    return jpeg if jpeg.startswith(b"\xff\xd8\xff") else b""


def _opened(directory: _Directory, name: str, open_jpeg: Callable[[bytes, str], Image.Image]) -> Image.Image | None:
    try:
        return open_jpeg(directory.jpeg, name)
    except PhotoError:
        return None


def _largest_page(image: Image.Image) -> Image.Image:
    """Seek the page with most pixels."""
    best, most = 0, _pixels(image.size)
    for page in range(1, MOST_DIRECTORIES):
        try:
            image.seek(page)
        except Exception:  # no more pages, or one that cannot be read
            break
        if _pixels(image.size) > most:
            best, most = page, _pixels(image.size)
    image.seek(best)
    return image
