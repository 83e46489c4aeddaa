"""Results keep when and with what a photo was taken, and its dots an inch; never where it was taken."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seg.inference.saving import save_segmentation
from seg.inference.segmenter import Segmentation
from seg.photo import read_photo
from seg.photo.details import Details
from seg.pictures import encode_jpeg, encode_png
from tests.encoded import colourful, encoded

TAKEN, OFFSET, MAKE, MODEL = "2023:05:06 07:08:09", "+02:00", "Apple", "iPhone 15"
SECRETS = (b"Secret Street", b"N\x00", b"Ann Smith", b"SERIAL-1", b"48.8584")


def exif() -> Image.Exif:
    """The EXIF of a telephone: camera, dates, and also place, owner, serial number and a maker's note."""
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0132], tags[0x0112] = MAKE, MODEL, TAKEN, 6
    tags[0x010E], tags[0x013B] = "Secret Street 5", "Ann Smith"
    tags[0x8769] = {0x9003: TAKEN, 0x9011: OFFSET, 0xA431: "SERIAL-1", 0x927C: b"48.8584 2.2945", 0xA430: "Ann Smith"}
    tags[0x8825] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)}
    return tags


def photo_file(format: str) -> bytes:
    xmp = b"<x:xmpmeta><exif:GPSLatitude>48.8584</exif:GPSLatitude></x:xmpmeta>"
    more = {"xmp": xmp} if format in ("JPEG", "WEBP") else {}
    dpi = {} if format == "WEBP" else {"dpi": (300, 300)}
    return encoded(colourful(), format, exif=exif(), **more, **dpi)


def facts_of(result: bytes) -> tuple[object, ...]:
    image = Image.open(io.BytesIO(result))
    tags = image.getexif()
    inner = tags.get_ifd(0x8769)
    assert not tags.get_ifd(0x8825)
    assert set(tags) <= {0x010F, 0x0110, 0x0132, 0x8769} and set(inner) <= {0x9003, 0x9011}
    dpi = image.info.get("dpi")
    return tags.get(0x010F), tags.get(0x0110), inner.get(0x9003), inner.get(0x9011), dpi and tuple(map(round, dpi))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
def test_a_result_keeps_date_camera_and_dpi_and_no_place(format, encode):
    photo = read_photo(photo_file(format), "pet")
    result = encode(photo.pixels, options=photo.details.save_options())
    *camera_and_date, dpi = facts_of(result)
    assert camera_and_date == [MAKE, MODEL, TAKEN, OFFSET]
    assert dpi == (300, 300) or format == "WEBP", "a WebP says nothing of it"
    assert not [secret for secret in SECRETS[:1] + SECRETS[2:] if secret in result]
    # The result is upright already: a tag that turns it once more would lay it on its side.
    assert Image.open(io.BytesIO(result)).size == (photo.size[1], photo.size[0])


def test_files_of_a_segmentation_keep_them_all(tmp_path):
    photo = read_photo(photo_file("JPEG"), "pet")
    probabilities = np.full((8, 8, 3), 1 / 3, np.float32)
    for file in save_segmentation(Segmentation(photo, probabilities, 0.0), tmp_path, "pet"):
        assert facts_of(file.read_bytes()) == (MAKE, MODEL, TAKEN, OFFSET, (300, 300))


def test_a_smaller_copy_of_the_photo_keeps_them_too():
    photo = read_photo(photo_file("JPEG"), "pet", draft=20)
    segmentation = Segmentation(photo, np.full((8, 8, 3), 1 / 3, np.float32), 0.0)
    assert segmentation.reduced(16).photo.details == photo.details != Details()


@pytest.mark.parametrize("source", [colourful(), Image.fromarray(colourful()), encoded(colourful())])
def test_a_photo_that_says_nothing_has_results_that_say_nothing(source):
    assert read_photo(source).details.save_options() == {}


def test_what_is_no_date_or_no_text_is_left_out():
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0132] = "A" * 500, "Nik\x00on\n\x1b[2J", "yesterday in Paris"
    details = read_photo(encoded(colourful(), "JPEG", exif=tags, dpi=(1, 1))).details
    assert details.picture[0x010F] == "A" * 64
    assert details.picture.get(0x0110, "").isprintable()
    assert 0x0132 not in details.picture and details.dpi is None


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_costs_the_details_alone():
    photo = read_photo(encoded(colourful(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05cut"))
    assert photo.details.picture == {}
