"""Large photos are decoded small where few pixels are enough."""

import struct

import numpy as np
import pytest
from PIL import Image

from seg.photo import PhotoError, open_image, read_photo
from tests.encoded import ORIENTATION, a_large_photo, encoded


@pytest.mark.parametrize(
    ("draft", "size"),
    [(1600, (1207, 1600)), (900, (1207, 1600)), (800, (604, 800)), (300, (302, 400)), (150, (151, 200))],
)
def test_a_jpeg_is_decoded_small_and_remembers_its_full_size(draft, size):
    photo = read_photo(encoded(a_large_photo(), "JPEG"), draft=draft)
    assert photo.size == size
    assert photo.full_size == (1207, 1600)
    full = Image.fromarray(read_photo(encoded(a_large_photo(), "JPEG")).pixels)
    small = np.asarray(full.resize(size[::-1], Image.Resampling.BOX)).astype(float)
    assert np.abs(photo.pixels - small).mean() < 2


@pytest.mark.parametrize(("orientation", "full"), [(1, (1207, 1600)), (3, (1207, 1600)), (6, (1600, 1207))])
def test_a_turned_jpeg_decoded_small_is_upright_and_so_is_its_full_size(orientation, full):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    photo = read_photo(encoded(a_large_photo(), "JPEG", exif=exif), draft=400)
    assert photo.full_size == full
    assert (photo.size[0] > photo.size[1]) == (full[0] > full[1])


@pytest.mark.parametrize(("draft", "size"), [(1600, (1207, 1600)), (900, (1207, 1600)), (300, (242, 320))])
def test_other_formats_are_made_smaller_too(draft, size):
    photo = read_photo(encoded(a_large_photo(), "PNG"), draft=draft)
    assert (photo.size, photo.full_size) == (size, (1207, 1600))


def test_a_jpeg_too_large_for_this_place_is_refused_before_it_is_made_small():
    with pytest.raises(PhotoError, match="million pixels"):
        read_photo(encoded(a_large_photo(), "JPEG"), max_pixels=1_000_000, draft=100)


@pytest.mark.parametrize("size", [(1, 70_000), (70_000, 1)])
@pytest.mark.parametrize("draft", [None, 896])
def test_a_line_of_pixels_is_no_photo(size, draft):
    with pytest.raises(PhotoError, match="70,000 pixels long, more than the 65,535"):
        read_photo(encoded(np.zeros((*size, 3), np.uint8), "PNG"), draft=draft)
    with pytest.raises(PhotoError, match="70,000 pixels long"):
        read_photo(np.zeros((*size, 3), np.uint8))


def test_a_jpeg_whose_scans_would_take_hours_is_refused():
    data = encoded(a_large_photo()[:64, :64], "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert read_photo(data).size == (64, 64)
    with pytest.raises(PhotoError, match="too many scans"):
        read_photo(data[:-2] + data[last:-2] * 200 + data[-2:], draft=32)
    with pytest.raises(PhotoError, match="too many scans"):  # a trimap, too, is opened by this
        open_image(data[:-2] + data[last:-2] * 200 + data[-2:], "tom")


@pytest.mark.parametrize("kind", ["text", "undefined", "nine"])
def test_an_orientation_that_is_none_changes_nothing(kind):
    # Type (2 text, 3 short, 7 undefined), how many, the value.
    entry = {"text": (2, 2, b"6"), "undefined": (7, 1, b"6"), "nine": (3, 1, b"\x09")}[kind]
    directory = struct.pack("<HHHI4sI", 1, ORIENTATION, *entry, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory
    photo = read_photo(encoded(a_large_photo(), "JPEG", exif=exif), draft=400)
    assert (photo.size, photo.full_size) == ((302, 400), (1207, 1600))
