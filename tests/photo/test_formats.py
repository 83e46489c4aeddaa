"""What a file is, its first bytes say."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.photo import read_photo
from seg.photo.formats import FORMATS, HEAD_BYTES, RAW, format_of, is_picture
from tests.encoded import encoded, refusal


def photo(format: str) -> bytes:
    if format == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    return encoded(np.full((48, 64, 3), (200, 120, 40), np.uint8), format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["tom.jpg", "tom", "TOM.JFIF", "tom.txt"])
def test_every_format_is_read_whatever_its_file_is_called(tmp_path: Path, format: str, name: str):
    path = tmp_path / name
    path.write_bytes(photo(format))
    assert format_of(path.read_bytes()[:HEAD_BYTES]) == format
    assert is_picture(path)
    assert np.abs(read_photo(path).pixels.astype(int) - (200, 120, 40)).max() < 12


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"BM is how this text begins, and on it goes",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    ],
    ids=["nothing", "a byte", "text", "sound", "video"],
)
def test_what_is_no_picture_has_no_format(head: bytes, tmp_path: Path):
    assert format_of(head) is None
    (tmp_path / "tom.jpg").write_bytes(head)
    assert not is_picture(tmp_path / "tom.jpg")


def test_raw_files_of_other_kinds_are_told_what_to_do():
    for head in (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", b"FUJIFILMCCD-RAW 0201", b"IIRO\x08\0\0\0"):
        assert format_of(head) == RAW
        assert "raw file" in refusal(head, name="tom.cr3")


@pytest.mark.parametrize("format", FORMATS)
def test_any_error_of_a_decoder_is_one_sentence(format: str):
    data, dice = photo(format), np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(data)
        for place in dice.integers(0, len(data), 4):
            damaged[place] = dice.integers(0, 256)
        try:
            read_photo(bytes(damaged), "tom", max_pixels=4_000_000)
        except Exception as error:
            assert type(error).__name__ == "PhotoError", repr(error)
            assert "tom" in str(error)


def test_a_heic_that_is_cut_or_only_begins_as_one_is_refused_by_its_format():
    data = photo("HEIF")
    assert "HEIF" in refusal(data[:32] + bytes(2000), name="tom.heic") or "damaged" in refusal(data[:32] + bytes(2000))
    assert "tom.heic" in refusal(data[: len(data) - 40], name="tom.heic"), "in one line, though libheif writes two"


def test_a_heic_of_ten_bits_looks_as_one_of_eight():
    heif = pytest.importorskip("pillow_heif")
    rows, columns = np.indices((64, 96))
    pixels = np.dstack([rows * 3, columns * 2, rows + columns]).astype(np.uint16)
    buffer = io.BytesIO()
    heif.from_bytes("RGB;16", (96, 64), (pixels * 257).tobytes()).save(buffer, quality=95)
    image = Image.open(io.BytesIO(buffer.getvalue()))
    assert image.info["bit_depth"] == 10
    assert np.abs(read_photo(buffer.getvalue()).pixels.astype(int) - pixels).mean() < 3


def test_a_turned_heic_is_upright():
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    upright = np.zeros((64, 96, 3), np.uint8)
    upright[:32] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(np.ascontiguousarray(np.rot90(upright)), "HEIF", exif=exif.tobytes(), quality=95)
    photo = read_photo(data)
    assert photo.size == photo.full_size == (64, 96)
    assert photo.pixels[:24].min() > 240 and photo.pixels[40:].max() < 15
