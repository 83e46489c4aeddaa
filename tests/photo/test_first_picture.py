"""Of a file with several pictures the one that people mean: no thumbnail, no black frame."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from seg.photo import read_photo
from tests.encoded import colourful, encoded, refusal

LONG, SHORT, TEXT = 4, 3, 2
PHOTO = colourful(600, 800)
SIDE = 160


def directory(entries: list[tuple[int, int, list[int]]], place: int) -> bytes:
    """A TIFF directory that will lie at ``place``; values that do not fit follow it."""
    rows, more, after = b"", b"", place + 6 + 12 * len(entries)
    for tag, kind, values in sorted(entries):
        data = struct.pack(f"<{len(values)}{'H' if kind == SHORT else 'I'}", *values)
        if len(data) > 4:
            more, data = more + data, struct.pack("<I", after + len(more))
        rows += struct.pack("<HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    return struct.pack("<H", len(entries)) + rows + struct.pack("<I", 0) + more


Picture = tuple[int, int, int, int, bytes]  # width, height, compression, photometric, data


def raw_file(*pictures: Picture, turned: bool = False, first_jpeg: Picture | None = None) -> bytes:
    """As cameras write it: first a thumbnail, or ``first_jpeg``, then pictures."""
    body, places = b"II*\0\0\0\0\0", []
    for *_, data in [first_jpeg or (0, 0, 0, 0, bytes(SIDE * SIDE * 3)), *pictures]:
        places.append(len(body))
        body += data + bytes(len(data) % 2)
    subs = []
    for picture, place in zip(pictures, places[1:], strict=True):
        subs.append(len(body))
        body += directory(entries_of(picture, place), len(body))
    if first_jpeg:
        first = entries_of(first_jpeg, places[0])
    else:
        first = [(254, LONG, [1]), (256, LONG, [SIDE]), (257, LONG, [SIDE]), (258, SHORT, [8, 8, 8])]
        first += [(259, SHORT, [1]), (262, SHORT, [2]), (273, LONG, [places[0]]), (277, SHORT, [3])]
        first += [(278, LONG, [SIDE]), (279, LONG, [SIDE * SIDE * 3])]
    first += [(330, LONG, subs)] + ([(274, SHORT, [6])] if turned else [])
    return body[:4] + struct.pack("<I", len(body)) + body[8:] + directory(first, len(body))


def entries_of(picture: Picture, place: int) -> list[tuple[int, int, list[int]]]:
    width, height, compression, photometric, data = picture
    where, count = (513, 514) if compression == 6 else (273, 279)
    entries = [(256, LONG, [width]), (257, LONG, [height]), (259, SHORT, [compression]), (262, SHORT, [photometric])]
    return [*entries, (where, LONG, [place]), (count, LONG, [len(data)])]


SENSOR = (4000, 3000, 34713, 32803, bytes(2000))
PREVIEW = encoded(PHOTO, "JPEG", quality=95)


@pytest.mark.parametrize("compression", [6, 7])
def test_of_a_raw_file_the_large_preview_is_read(compression):
    small = (320, 240, 6, 6, encoded(PHOTO[::3, ::3], "JPEG"))
    photo = read_photo(raw_file(small, (800, 600, compression, 6, PREVIEW), SENSOR), "tom.nef")
    assert photo.size == (600, 800)
    assert np.abs(photo.pixels.astype(int) - PHOTO).mean() < 3
    (warning,) = photo.warnings
    assert "800 × 600" in str(warning)


def test_a_raw_file_whose_first_picture_is_the_preview_is_read():
    """As Sony's and Canon's are: a JPEG that libtiff does not read."""
    photo = read_photo(raw_file(SENSOR, first_jpeg=(800, 600, 6, 6, PREVIEW)), "tom.arw")
    assert photo.size == (600, 800) and len(photo.warnings) == 1


def test_a_preview_as_large_as_the_photo_needs_no_warning():
    assert read_photo(raw_file((800, 600, 6, 6, PREVIEW), (820, 620, *SENSOR[2:]))).warnings == ()


def test_the_preview_of_a_camera_that_lay_on_its_side_is_upright():
    photo = read_photo(raw_file((800, 600, 6, 6, PREVIEW), turned=True), draft=400)
    assert photo.full_size == (800, 600)


@pytest.mark.parametrize(
    "pictures",
    [(SENSOR,), (SENSOR, (320, 240, 6, 6, encoded(PHOTO[::3, ::3], "JPEG"))), (SENSOR, (800, 600, 6, 6, PREVIEW[:90]))],
    ids=["none", "small", "damaged"],
)
def test_a_raw_file_without_a_large_preview_is_refused_in_a_sentence(pictures):
    assert "raw file" in refusal(raw_file(*pictures), name="tom.nef")


def test_a_directory_at_a_wrong_place_is_no_picture():
    data = raw_file(SENSOR)
    place = data.rindex(struct.pack("<HHI", 330, LONG, 1)) + 8
    assert "raw file" not in refusal(data[:place] + b"\xff\xff\xff\x7f" + data[place + 4 :], max_pixels=1)


def test_the_pages_of_a_document_are_not_mixed_up():
    pages = [Image.fromarray(colourful(40, 60)), Image.fromarray(colourful(400, 600))]
    assert read_photo(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])).size == (40, 60)
    thumbnail_first = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], tiffinfo={254: 1})
    assert read_photo(thumbnail_first).size == (400, 600)


def test_a_bmp_whose_fourth_bytes_are_all_zero_is_opaque():
    pixels = colourful(20, 30)
    bgra = np.dstack([pixels[::-1, :, ::-1], np.zeros((20, 30), np.uint8)]).tobytes()
    head = struct.pack("<IiiHHIIiiII", 108, 30, 20, 1, 32, 3, len(bgra), 2835, 2835, 0, 0)
    head += struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    data = b"BM" + struct.pack("<IHHI", 122 + len(bgra), 0, 0, 122) + head + bgra
    photo = read_photo(data)
    assert np.array_equal(photo.pixels, pixels)
    assert photo.alpha is None


@pytest.mark.parametrize("scale", [1, 257, 16_843_009], ids=["8 in 32", "16 in 32", "32"])
def test_a_tiff_of_32_bits_keeps_its_brightness(scale):
    grey = PHOTO[..., 1]
    values = (grey.astype(np.int64) * scale).astype(np.uint32).view(np.int32)
    photo = read_photo(encoded(Image.fromarray(values, "I"), "TIFF"))
    assert np.array_equal(photo.pixels[..., 0], grey)


def fading(format: str, levels: list[int]) -> bytes:
    frames = [Image.fromarray((PHOTO[::10, ::10].astype(int) * level // 8).astype(np.uint8)) for level in levels]
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format == "AVIF" else {}
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=80, **options)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_that_fades_in_the_first_frame_that_shows_something_is_read(format):
    photo = read_photo(fading(format, [0, 0, 1, 4, 8, 8]))
    assert 110 < photo.pixels.max() < 150, "the frame at half of its light"


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_that_never_shows_much_the_frame_that_shows_most_is_read(format):
    assert 20 < read_photo(fading(format, [0, 0, 1, 0])).pixels.max() < 50


def test_a_programs_picture_stays_at_its_frame():
    image = Image.open(io.BytesIO(fading("GIF", [0, 8, 8])))
    assert read_photo(image).pixels.max() < 20 and image.tell() == 0
