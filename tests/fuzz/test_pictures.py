"""Whatever bytes come as a photo or a trimap: it is decoded, or refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from seg.data.trimaps import decode_trimap
from seg.errors import SegError
from seg.photo import PhotoError, read_photo
from seg.photo.formats import FORMATS
from tests.encoded import ORIENTATION, colourful, encoded
from tests.fuzz.fuzzing import damaged, fuzz

MOST = 200_000  # pixels: a width that was changed is refused before it takes memory and time


def photos() -> list[bytes]:
    """Small photos of every format that can be written here, of several modes, with what files have around pixels."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    files = []
    for format in FORMATS:
        for mode in ("RGB", "RGBA", "L", "P", "CMYK", "I;16", "1"):
            image = Image.fromarray(colourful(24, 32)).convert("I" if mode == "I;16" else mode)
            try:
                files.append(encoded(image.convert(mode), format, exif=exif))
            except (OSError, ValueError, KeyError, TypeError):  # a format without this mode, or without an encoder here
                continue
    frames = [Image.fromarray(colourful(24, 32) // number) for number in (4, 1)]
    files += [encoded(frames[0], format, save_all=True, append_images=frames[1:]) for format in ("GIF", "WEBP", "TIFF")]
    files.append(encoded(colourful(24, 32), "JPEG", progressive=True, comment=b"a comment"))
    files.append(encoded(colourful(24, 32), "TIFF", compression="tiff_deflate"))
    return files


PHOTOS = photos()
MAGIC = [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x10\0\0\0WEBPVP8 ", b"BM", b"II*\0", b"MM\0*"]
BOXES = [b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"]


def check_photo(data: bytes, draft: int | None) -> None:
    try:
        photo = read_photo(data, "cat.jpg", MOST, draft=draft)
    except PhotoError as error:
        assert "cat.jpg" in error.sentence("en") and error.sentence("zh")
        assert "\n" not in str(error), "more than one line"
        return
    height, width = photo.size
    assert photo.pixels.shape == (height, width, 3) and photo.pixels.dtype == np.uint8
    assert photo.full_size[0] >= height > 0 and photo.full_size[1] >= width > 0
    assert photo.full_size[0] * photo.full_size[1] <= MOST


DRAFTS = st.sampled_from((None, 8, 896))


@fuzz(data=damaged(PHOTOS), draft=DRAFTS)
def test_a_damaged_photo_is_decoded_or_refused(data, draft):
    check_photo(data, draft)


@fuzz(begin=st.sampled_from([b"", *MAGIC, *BOXES]), rest=st.binary(max_size=200), draft=DRAFTS)
def test_bytes_that_begin_like_a_photo_are_refused_in_a_sentence(begin, rest, draft):
    check_photo(begin + rest, draft)


TRIMAPS = [encoded(Image.new(mode, (12, 9), 2), "PNG") for mode in ("L", "P", "LA", "I;16", "1", "RGB")]
TRIMAPS += [encoded(Image.new("L", (12, 9), 2), format) for format in ("BMP", "TIFF", "GIF")]


@fuzz(data=damaged(TRIMAPS + PHOTOS[:20]))
def test_a_damaged_trimap_has_values_or_is_refused(data):
    try:
        values = decode_trimap(data, "cat.png", MOST)
    except PhotoError as error:
        assert error.sentence("zh") and "cat.png" in str(error)
        return
    assert values.ndim == 2 and values.dtype == np.uint8 and 0 < values.size <= MOST


def test_the_photos_to_be_damaged_are_photos():
    formats = set()
    for data in PHOTOS:
        check_photo(data, None)
        formats.add(data[:4])
    assert len(PHOTOS) >= 25 and len(formats) >= 6
    with pytest.raises(SegError):
        read_photo(PHOTOS[0][:3], "cat.jpg")
