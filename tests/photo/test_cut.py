"""A file that ends too early is read as far as it goes; one that has all its pixels is read without a word."""

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from seg.photo import PhotoError, open_image, read_photo
from seg.photo.jpeg import facts_of, lacks_only_its_end, lacks_pixels
from tests.encoded import a_large_photo, encoded, refusal

PHOTO = a_large_photo()[::5, ::5]
NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)


def codes(photo) -> list[str]:
    return [warning.code for warning in photo.warnings]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}], ids=str)
def test_a_jpeg_that_lacks_nothing_but_its_last_two_bytes_is_complete(options):
    data = encoded(PHOTO, "JPEG", **options)
    photo = read_photo(data[:-2])
    assert np.array_equal(photo.pixels, read_photo(data).pixels)
    assert codes(photo) == []


def test_only_a_jpeg_that_can_be_decoded_lacks_nothing_but_its_end():
    data = encoded(PHOTO, "JPEG")
    assert lacks_only_its_end(data[:-2])
    for other in (data, data[:-40], data[:100], b"\xff\xd8\xff"):
        assert not lacks_only_its_end(other)
    assert lacks_pixels(data[:100]), "also where nothing can be decoded"


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=str)
@pytest.mark.parametrize("draft", [None, 64])
def test_a_jpeg_that_is_cut_is_read_as_far_as_it_goes_with_a_warning(options, draft):
    data = encoded(NOISE.repeat(8, axis=0).repeat(8, axis=1), "JPEG", quality=95, **options)
    photo = read_photo(data[: len(data) // 2], "tom.jpg", draft=draft)
    complete = read_photo(data, draft=draft)
    rows = photo.size[0] // 4
    assert np.abs(photo.pixels[:rows].astype(int) - complete.pixels[:rows]).mean() < 30
    (warning,) = photo.warnings
    assert str(warning).startswith("tom.jpg ends too early")
    assert warning.sentence("zh") != warning.sentence("en")


DETAILED = NOISE.repeat(8, axis=0).repeat(8, axis=1) // 2 + np.random.default_rng(1).integers(
    0, 64, (512, 512, 3), np.uint8
)
HOW_TEXTS_ARE_WRITTEN = {
    "LF to CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "without CR": lambda data: data.replace(b"\r", b""),
}


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}], ids=str)
@pytest.mark.parametrize("draft", [None, 64])
def test_a_jpeg_that_was_sent_as_a_text_is_damaged(options, draft):
    data = encoded(np.tile(DETAILED, (3, 3, 1)), "JPEG", quality=90, **options)
    assert codes(read_photo(data, draft=draft)) == []
    for how, written in HOW_TEXTS_ARE_WRITTEN.items():
        try:
            assert codes(read_photo(written(data), draft=draft)) == ["photo_cut"], how
        except PhotoError as error:
            assert error.code == "photo_damaged", how


def test_a_large_smooth_jpeg_whose_bytes_are_not_like_chance_is_not_called_damaged():
    image = Image.fromarray(PHOTO).resize((6000, 4000), Image.Resampling.BICUBIC)
    data = encoded(image, "JPEG", quality=70)
    assert data.count(b"\r\n") < data.count(b"\r") * data.count(b"\n") / len(data) / 4
    assert codes(read_photo(data, draft=64)) == []


def test_a_png_that_was_sent_as_a_text_is_damaged_and_not_of_another_kind():
    for written in HOW_TEXTS_ARE_WRITTEN.values():
        assert "begins as PNG does" in refusal(written(encoded(NOISE)))


@pytest.mark.parametrize("draft", [None, 64])
def test_a_jpeg_with_a_hole_or_with_another_files_data_is_damaged(draft):
    data = encoded(DETAILED, "JPEG", quality=90)
    middle, size = len(data) // 2, 8192
    for rest in (bytes(size), data[2000 : 2000 + size] * 2, b""):
        holed = data[:middle] + rest + data[middle + size :]
        assert codes(read_photo(holed, draft=draft)) == ["photo_cut"], len(rest)


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("blank", [b"\0", b"\xff"])
def test_a_file_with_a_blank_rest_is_cut_and_one_with_a_blank_part_behind_it_is_not(format, blank):
    pillow_heif.register_heif_opener()
    data = encoded(DETAILED, format, quality=90)
    whole = data + blank * 20_000
    assert codes(read_photo(whole)) == []
    if format == "JPEG":
        assert codes(read_photo(data[:-2] + blank * 20_000)) == [], "all of its pixels are there"
    half = data[: len(data) // 2].ljust(len(data), blank)
    try:
        photo = read_photo(half)
    except PhotoError as error:
        assert format != "JPEG" and error.code in ("photo_damaged", "photo_kind")
    else:
        assert codes(photo) == ["photo_cut"]
        assert photo.size == DETAILED.shape[:2]


def cmyk(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels).convert("CMYK")


def test_a_good_jpeg_is_not_called_damaged():
    grey = DETAILED.copy()
    grey[300:] = 128
    for pixels in (DETAILED, grey, np.full_like(DETAILED, 128), np.full_like(DETAILED, 255), grey[:1], grey[:, :1]):
        for options in ({}, {"restart_marker_rows": 1}, {"subsampling": 0, "quality": 100}, {"optimize": True}):
            for picture in (Image.fromarray(pixels), Image.fromarray(pixels[..., 0]), cmyk(pixels)):
                data = encoded(picture, "JPEG", **options)
                filled_up = data[:-2] + bytes(5000) + data[-2:]
                for file in (data, data[:-2], filled_up, data + bytes(5000), data + b"a line\n" * 5000):
                    assert codes(read_photo(file)) == []


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP"])
def test_other_formats_that_are_decoded_from_the_top_keep_the_rows_before_the_cut(format):
    data = encoded(NOISE, format, **({"interlace": 0} if format == "GIF" else {}))
    photo = read_photo(data[: len(data) * 2 // 3], "tom")
    complete = read_photo(data)
    rows = slice(-16, None) if format == "BMP" else slice(16)  # a BMP begins with its last row
    assert np.array_equal(photo.pixels[rows], complete.pixels[rows])
    assert codes(photo) == ["photo_cut"]


def test_a_png_whose_rest_is_zeros_is_read_with_a_warning_wherever_they_begin():
    data = encoded(PHOTO)
    for cut in range(len(data) // 2, len(data) // 2 + 40):  # some decoders take the zeros for the end of the data
        assert codes(read_photo(data[:cut].ljust(len(data), b"\0"))) == ["photo_cut"], cut


def test_a_png_that_lacks_nothing_but_its_end_is_complete():
    data = encoded(NOISE)
    end = data.rindex(b"IEND") - 4
    for length in (end, end + 4, end + 8):
        photo = read_photo(data[:length])
        assert np.array_equal(photo.pixels, NOISE)
        assert codes(photo) == []


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_file_that_ends_before_its_first_row_is_refused(format):
    data = encoded(NOISE, format)
    begin = data.index(b"\xff\xda") + 4 if format == "JPEG" else data.index(b"IDAT") + 6
    assert "tom" in refusal(data[:begin], name="tom")


def test_a_photo_of_a_dataset_is_not_mended():
    data = encoded(NOISE, "JPEG")
    with pytest.raises(OSError, match="truncated"):
        open_image(data[: len(data) // 2], "tom").load()


def test_scans_are_counted_up_to_the_pictures_end_and_outside_of_segments():
    data = encoded(PHOTO, "JPEG", progressive=True, icc_profile=b"\xff\xda\0\x0c" * 50_000)
    scans = facts_of(data).scans
    assert 2 < scans < 20 and facts_of(data).has_end
    with_a_video = data + b"MotionPhoto_Data" + b"\xff\xda\0\0" * 1000
    assert facts_of(with_a_video) == facts_of(data)
    assert np.array_equal(read_photo(with_a_video).pixels, read_photo(data).pixels)


def test_millions_of_empty_segments_are_too_many():
    data = encoded(PHOTO, "JPEG")
    assert "scans" in refusal(data[:2] + b"\xff\xfe\0\2" * 100_000 + data[2:])


def test_scans_of_a_huge_picture_are_counted_by_their_pixels():
    data = encoded(PHOTO, "JPEG", progressive=True)
    size = data.index(b"\xff\xc2") + 5
    huge = data[:size] + (21_000).to_bytes(2, "big") * 2 + data[size + 4 :]
    assert "scans" in refusal(huge, max_pixels=10**10)


def test_a_png_with_texts_larger_than_pillow_reads_is_a_photo():
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("flat", "x" * 3_000_000)
    texts.add_text("packed", "y" * 3_000_000, zip=True)
    texts.add_itxt("other", "z" * 3_000_000, zip=True)
    assert np.array_equal(read_photo(encoded(NOISE, pnginfo=texts)).pixels, NOISE)
