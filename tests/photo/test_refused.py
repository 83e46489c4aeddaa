"""What is no photo is refused by its name, before it costs time or memory."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.photo import MAX_PIXELS, PhotoError, check_image, open_image, read_photo
from tests.encoded import encoded, png, refusal


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_a_file_that_is_cut_short_and_cannot_be_decoded_in_part_is_refused_by_its_name(format: str):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    data = encoded(noise, format)
    assert "tom.jpg" in refusal(data[: len(data) // 2], name="tom.jpg")


def test_a_damaged_file_is_refused_by_its_name():
    data = encoded(np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8), "AVIF")
    assert "tom.avif is damaged" in refusal(data[:-20], name="tom.avif")


def test_an_empty_file_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "tom.jpg").touch()
    assert "tom.jpg is empty" in refusal(tmp_path / "tom.jpg")
    assert "tom.jpg is empty" in refusal(b"", name="tom.jpg")


def test_text_called_jpg_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "tom.jpg").write_text("This is no cat, this is a text.")
    assert "tom.jpg is not a picture" in refusal(tmp_path / "tom.jpg")
    with (tmp_path / "tom.jpg").open("rb") as file:
        assert "tom.jpg is not a picture" in refusal(file)


def test_a_video_called_jpg_says_what_takes_it():
    assert "python -m seg clip" in refusal(b"\0\0\0\x20ftypisom" + bytes(60), name="tom.jpg")


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n",
    ],
    ids=["svg", "pdf", "eps"],
)
def test_what_could_run_code_is_refused(data: bytes):
    assert "tom.png is not a picture" in refusal(data, name="tom.png")


@pytest.mark.parametrize("format", ["EPS", "PPM", "TGA", "ICO", "PCX", "SGI"])
def test_the_many_other_decoders_of_pillow_see_no_upload(format: str):
    data = encoded(np.zeros((16, 16, 3), np.uint8), format)
    assert Image.open(io.BytesIO(data)).format == format
    assert "tom is not a picture" in refusal(data, name="tom")


def test_measured_values_are_refused_by_their_name():
    data = encoded(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF")
    assert "tom.tif" in refusal(data, name="tom.tif")


@pytest.mark.parametrize("side", [16_000, 17_000, 60_000])
def test_a_decompression_bomb_is_refused_before_its_pixels_are_made(side: int, monkeypatch: pytest.MonkeyPatch):
    # 256, 289 and 3,600 million pixels: above our bound, which Pillow warns at, and beyond Pillow's error.
    def no_pixels(*_):
        raise AssertionError("a pixel was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_pixels)
    assert "tom.png has" in refusal(png(side, side, 8, 2, b""), name="tom.png")


def test_pillows_warning_of_a_bomb_is_no_crash_where_warnings_are_errors():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "million pixels" in refusal(png(17_000, 17_000, 8, 2, b""))


def test_a_photo_above_the_limit_of_pixels_is_refused_and_one_at_the_limit_is_not(tmp_path: Path):
    picture = np.zeros((30, 40, 3), np.uint8)
    (tmp_path / "tom.png").write_bytes(encoded(picture))
    for source in (tmp_path / "tom.png", encoded(picture), Image.fromarray(picture), picture, picture / 255.0):
        assert read_photo(source, max_pixels=1200).size == (30, 40)
        assert "tom has" in refusal(source, name="tom", max_pixels=1199)


def test_the_limit_of_pixels_lets_large_cameras_through():
    assert MAX_PIXELS >= 48_000_000


def test_an_opened_picture_can_be_checked_before_it_is_decoded():
    check_image(Image.new("RGB", (30, 40)), "tom", 1200)
    with pytest.raises(PhotoError, match="tom"):
        check_image(Image.new("RGB", (30, 41)), "tom", 1200)
    with pytest.raises(PhotoError, match="tom"):
        check_image(Image.new("F", (30, 40)), "tom")


def test_opening_does_not_decode():
    data = encoded(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8), "JPEG")
    assert open_image(data[: len(data) // 2], "tom").size == (64, 64)


def test_a_file_that_is_not_there_or_cannot_be_read_is_refused_by_its_name(tmp_path: Path):
    assert "tom.jpg does not exist" in refusal(tmp_path / "tom.jpg")
    assert tmp_path.name in refusal(tmp_path)
