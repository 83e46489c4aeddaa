"""Any upload becomes a photo: every kind of source, every kind of picture."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.photo import Photo, read_photo
from tests.encoded import ORIENTATION, colourful, encoded, png, refusal


def test_bytes_path_text_file_image_and_array_give_the_same_photo(tmp_path: Path):
    pixels = colourful()
    path = tmp_path / "tom.png"
    path.write_bytes(encoded(pixels))
    with path.open("rb") as file:
        photos = [
            read_photo(source)
            for source in (
                path,
                str(path),
                path.read_bytes(),
                io.BytesIO(path.read_bytes()),
                file,
                Image.open(path),
                pixels,
                Photo(pixels),
            )
        ]
    for photo in photos:
        assert photo.pixels.dtype == np.uint8
        assert np.array_equal(photo.pixels, pixels)
        assert photo.size == (40, 60)


def test_a_photo_is_called_what_its_file_is_called_or_what_the_caller_says(tmp_path: Path):
    path = tmp_path / "tom.png"
    path.write_bytes(encoded(colourful()))
    assert read_photo(path).name == "tom.png"
    assert read_photo(path, "my cat").name == "my cat"
    with path.open("rb") as file:
        assert read_photo(file).name == "tom.png"
    assert read_photo(path.read_bytes(), "upload.jpg").name == "upload.jpg"
    assert read_photo(colourful()).name == "photo"


def test_a_float_array_is_scaled_from_one_to_255():
    array = np.array([[[0.0, 0.5, 1.0]]], np.float32)
    assert read_photo(array).pixels.tolist() == [[[0, 128, 255]]]


def test_a_grey_array_becomes_three_equal_channels():
    grey = np.array([[0, 90], [180, 255]], np.uint8)
    pixels = read_photo(grey).pixels
    assert pixels.shape == (2, 2, 3)
    assert all(np.array_equal(pixels[..., channel], grey) for channel in range(3))


def test_an_rgba_array_is_laid_over_white():
    array = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [0, 0, 0, 128]]], np.uint8)
    opaque, clear, half = read_photo(array).pixels[0].astype(int)
    assert opaque.tolist() == [200, 0, 0]
    assert clear.tolist() == [255, 255, 255]
    assert abs(half - 127).max() <= 1


def test_a_photo_does_not_change_with_the_array_that_it_came_from():
    array = colourful()
    photo = read_photo(array)
    array[:] = 0
    assert photo.pixels.max() > 0


@pytest.mark.parametrize("view", [lambda a: a[::2, ::3], lambda a: a[:, ::-1], lambda a: a.transpose(1, 0, 2)])
def test_any_view_of_an_array_is_a_photo_that_lies_in_one_piece(view):
    seen = view(colourful())
    photo = read_photo(seen)
    assert np.array_equal(photo.pixels, seen)
    assert photo.pixels.flags.c_contiguous


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4,), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 0), np.float32),
    ],
    ids=lambda array: str(array.shape),
)
def test_an_array_of_another_shape_is_refused(array):
    assert str(array.shape[:1])[:-2] in refusal(array)
    assert "tom" in refusal(array, name="tom")


@pytest.mark.parametrize(
    "array",
    [np.full((2, 2, 3), 1.01), np.full((2, 2, 3), -0.01), np.full((2, 2), np.nan), np.full((2, 2, 3), 200.0)],
    ids=["above one", "below zero", "nan", "0 to 255"],
)
def test_a_float_array_beyond_zero_to_one_is_refused(array):
    assert "[0, 1]" in refusal(array)


@pytest.mark.parametrize("dtype", [np.int32, np.uint16, bool, complex])
def test_an_array_of_another_type_is_refused(dtype):
    assert np.dtype(dtype).name in refusal(np.zeros((2, 2, 3), dtype))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_the_content_decides_what_a_file_is_and_not_its_name(tmp_path: Path, format: str):
    path = tmp_path / "tom.jpg"
    path.write_bytes(encoded(np.full((16, 16, 3), (250, 128, 6), np.uint8), format))
    assert abs(read_photo(path).pixels.astype(int) - (250, 128, 6)).max() <= 12


# What a camera that lies on its side has written, from the picture as it should be seen (EXIF 2.32, table of tag 274).
TURNED = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_photo_is_upright_whichever_way_the_camera_was_held(orientation: int, format: str):
    upright = colourful(48, 64)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    lossless = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(format, {})
    stored = np.ascontiguousarray(TURNED[orientation](upright))
    photo = read_photo(encoded(stored, format, exif=exif, **lossless))
    assert photo.size == (48, 64)
    assert abs(photo.pixels.astype(int) - upright).max() <= (12 if format == "JPEG" else 0)


def test_a_pil_image_is_made_upright_too():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    upright = colourful()
    image = Image.open(io.BytesIO(encoded(np.ascontiguousarray(np.rot90(upright)), exif=exif)))
    assert np.array_equal(read_photo(image).pixels, upright)


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\0\x05cut", b"Exif\0\0II*\0"])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_photo_with_broken_exif_is_still_a_photo(exif: bytes):
    assert read_photo(encoded(colourful(), "JPEG", exif=exif)).size == (40, 60)


def test_cmyk_becomes_rgb():
    ink = np.zeros((16, 48, 4), np.uint8)
    ink[:, :16] = (0, 255, 255, 0)  # magenta and yellow: red
    ink[:, 32:] = (0, 0, 0, 255)  # black; white in between
    pixels = read_photo(encoded(Image.fromarray(ink, "CMYK"), "JPEG", quality=95)).pixels.astype(int)
    for column, colour in ((4, (255, 0, 0)), (24, (255, 255, 255)), (44, (0, 0, 0))):
        assert abs(pixels[8, column] - colour).max() <= 40, column


def test_16_bit_grey_keeps_its_brightness():
    grey = np.arange(256, dtype=np.uint16).reshape(16, 16)
    pixels = read_photo(encoded(Image.fromarray(grey * 257))).pixels
    assert np.array_equal(pixels, np.repeat(grey[..., np.newaxis], 3, axis=2))


def test_16_bit_grey_with_a_clear_level_is_opaque():
    row = b"\0" + np.array([0, 65_535], ">u2").tobytes()
    photo = read_photo(png(2, 1, 16, 0, row, (b"tRNS", b"\0\0")))
    assert photo.pixels.tolist() == [[[0] * 3, [255] * 3]]
    assert photo.alpha is None


def test_16_bit_colour_keeps_its_colours():
    row = b"\0" + np.array([[65535, 0, 32896], [257, 514, 771]], ">u2").tobytes()
    assert read_photo(png(2, 1, 16, 2, row)).pixels.tolist() == [[[255, 0, 128], [1, 2, 3]]]


def test_a_palette_with_transparency_is_laid_over_white():
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 0, 0, 0, 0, 200])
    assert read_photo(encoded(image, transparency=1)).pixels.tolist() == [[[10, 20, 30], [255] * 3, [0, 0, 200]]]
    assert read_photo(encoded(image)).pixels.tolist() == [[[10, 20, 30], [200, 0, 0], [0, 0, 200]]]


@pytest.mark.parametrize("mode", ["L", "RGB", "1", "LA", "RGBA"])
def test_transparency_of_every_kind_is_laid_over_white(mode: str):
    image = Image.new("RGBA", (4, 2), (0, 0, 0, 0)).convert(mode)
    clear = {"L": 0, "RGB": (0, 0, 0), "1": 0}.get(mode)
    options = {} if clear is None else {"transparency": clear}
    assert read_photo(encoded(image, **options)).pixels.min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "YCbCr", "HSV", "CMYK", "I;16", "I", "PA", "RGBa"])
def test_a_pil_image_of_any_mode_becomes_three_channels(mode: str):
    assert read_photo(Image.new(mode, (5, 3))).pixels.shape == (3, 5, 3)


def test_of_an_animation_the_first_picture_is_taken():
    red, blue = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    for format in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if format == "WEBP" else {}
        animation = encoded(red, format, save_all=True, append_images=[blue], **options)
        assert Image.open(io.BytesIO(animation)).n_frames == 2
        assert read_photo(animation).pixels[4, 4].tolist() == [255, 0, 0], format


def test_a_photo_of_one_pixel_is_a_photo():
    assert read_photo(encoded(np.full((1, 1, 3), 7, np.uint8))).pixels.tolist() == [[[7, 7, 7]]]
