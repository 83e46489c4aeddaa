"""The picture of a TIFF or of a camera's raw file, which is built as a TIFF and often begins with a thumbnail."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from seg.photo.opening import open_image
from seg.photo.photo import PhotoError, PhotoWarning

# Tags of TIFF 6.0, TIFF/EP and DNG.
KIND, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
PLANES, SAMPLE_FORMAT = 284, 339
OFFSETS, BYTE_COUNTS, ORIENTATION, SUB_DIRECTORIES = 273, 279, 274, 330
JPEG_OFFSET, JPEG_BYTES = 513, 514
REDUCED = 1  # a bit of KIND: a smaller version of another picture of the file
OLD_JPEG = 6  # a value of COMPRESSION: one complete JPEG, which libtiff does not read
SEPARATE = 2  # a value of PLANES: all of red, then all of green, then all of blue
SIGNED, FLOATING = 2, 3  # values of SAMPLE_FORMAT
SENSOR = (32803, 34892)  # photometric values of raw pixels
MOST_DIRECTORIES = 32
# A preview of fewer pixels on its longest side is a thumbnail, from which nobody wants a cut-out.
SMALLEST_PREVIEW = 640

Size = tuple[int, int]  # width and height


@dataclass(frozen=True)
class _Directory:
    """What the file says of one of its pictures; ``jpeg``: its bytes, where they are one JPEG, else nothing."""

    size: Size
    is_reduced: bool
    is_sensor: bool
    is_measured: bool
    is_old_jpeg: bool
    orientation: int
    jpeg: bytes


def open_tiff(data: bytes, name: str) -> tuple[Image.Image, list[PhotoWarning]]:
    """The first page of a TIFF; where that is a thumbnail, or the file a camera's, the largest picture.

    Previews of raw files are JPEGs. Raises PhotoError, also for a raw file without a preview that can be read, and
    for measured values: numbers with a sign or a point.
    """
    directories = list(_directories(data))
    first = directories[0] if directories else None
    if first and first.is_measured:
        raise PhotoError("photo_measured", name=name)
    try:
        image, problem = _with_all_bits(open_image(data, name)), None
    except PhotoError as error:
        image, problem = None, error
    if image and not (first and (first.is_reduced or first.is_old_jpeg)):
        return image, []
    pictures = [picture for directory in directories if (picture := _preview(directory, name))]
    if image:
        pictures.append(_largest_page(image))
    best = max(pictures, key=lambda picture: _pixels(picture.size), default=None)
    largest = max((directory.size for directory in directories), key=_pixels, default=(0, 0))
    is_raw = any(directory.is_sensor for directory in directories)
    if best is None or (is_raw and max(best.size) < SMALLEST_PREVIEW < max(largest)):
        raise problem if problem and not is_raw else PhotoError("photo_raw", name=name)
    if best is not image and first and ORIENTATION not in best.getexif():
        best.getexif()[ORIENTATION] = first.orientation
    if 2 * _pixels(best.size) >= _pixels(largest):
        return best, []
    return best, [PhotoWarning("photo_preview", name=name, width=best.width, height=best.height)]


def _pixels(size: Size) -> int:
    return size[0] * size[1]


def _directories(data: bytes) -> Iterator[_Directory]:
    """The file's directories, each followed by those below it; damaged ones are left out."""
    head = data[:16] if b"+" in data[2:4] else data[:8]  # BigTIFF has longer offsets
    try:
        places = [ImageFileDirectory_v2(head).next]
    except (struct.error, SyntaxError):  # the file ends within its head, or has another one
        return
    for _ in range(MOST_DIRECTORIES):
        if not places:
            return
        directory, file = ImageFileDirectory_v2(head), io.BytesIO(data)
        try:
            file.seek(places.pop(0))
            directory.load(file)
            below = directory.get(SUB_DIRECTORIES, ())
            after = [directory.next] if directory.next else []
            places = [*(below if isinstance(below, tuple) else (below,)), *places, *after][:MOST_DIRECTORIES]
            yield _Directory(
                (int(directory.get(WIDTH, 0)), int(directory.get(HEIGHT, 0))),
                bool(int(directory.get(KIND, 0)) & REDUCED),
                directory.get(PHOTOMETRIC) in SENSOR,
                _is_measured(directory),
                directory.get(COMPRESSION) == OLD_JPEG,
                int(directory.get(ORIENTATION, 1)),
                _jpeg_of(data, directory),
            )
        # A damaged directory makes Pillow raise nearly anything.
        except Exception:  # nosec B112
            continue


def _is_measured(directory: ImageFileDirectory_v2) -> bool:
    """Whether the numbers have a point, or a sign; with 32 bits, programs say so of photos, too."""
    forms = directory.get(SAMPLE_FORMAT, ())
    return FLOATING in forms or (SIGNED in forms and 32 not in directory.get(BITS, ()))


def _jpeg_of(data: bytes, directory: ImageFileDirectory_v2) -> bytes:
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


def _preview(directory: _Directory, name: str) -> Image.Image | None:
    try:
        return open_image(directory.jpeg, name) if directory.jpeg else None
    except PhotoError:
        return None


def _with_all_bits(image: Image.Image) -> Image.Image:
    """The same, read as it is where its colours lie one after another with 16 bits each: Pillow takes them for 8."""
    tags = getattr(image, "tag_v2", None)
    if tags and tags.get(PLANES) == SEPARATE and set(tags.get(BITS, ())) == {16}:
        order = "B" if tags.prefix == b"MM" else "L"
        image.tile = [  # type: ignore[attr-defined]
            tile._replace(args=(f"{tile.args[0]};16{order}", *tile.args[1:])) if tile.codec_name == "raw" else tile
            for tile in image.tile  # type: ignore[attr-defined]
        ]
    return image


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
