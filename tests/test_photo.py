"""Whatever is uploaded becomes an upright RGB photo, or one sentence that says why not."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.photo import MAX_PIXELS, Photo, PhotoError, check_image, open_image, read_photo

ORIENTATION = 0x0112


def colourful(height: int = 40, width: int = 60) -> np.ndarray:
    """A picture with no symmetry at all: red grows downwards, green to the right, blue marks the top left."""
    y, x = np.mgrid[:height, :width]
    blue = 255 * ((y < height / 3) & (x < width / 3))
    return np.stack([y * 255 // height, x * 255 // width, blue], axis=2).astype(np.uint8)


def encoded(image: Image.Image | np.ndarray, format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, format, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG put together by hand: what Pillow cannot write, or what nobody should have written."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    middle = b"".join(chunk(*each) for each in chunks)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + middle
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def refusal(source, **options) -> str:
    """Why a photo is refused; holds that it is one sentence."""
    with pytest.raises(PhotoError) as caught:
        read_photo(source, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert ". " not in sentence, f"more than one sentence: {sentence}"
    assert "\n" not in sentence
    return sentence


# Every kind of source


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


# Every kind of picture


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


# What is no picture


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_file_that_is_cut_short_is_refused_by_its_name(format: str):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    data = encoded(noise, format)
    assert "tom.jpg" in refusal(data[: len(data) // 2], name="tom.jpg")


def test_a_damaged_file_is_refused_by_its_name():
    data = bytearray(encoded(np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)))
    data[len(data) // 2] ^= 0xFF
    assert "tom.png is damaged" in refusal(bytes(data), name="tom.png")


def test_an_empty_file_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "tom.jpg").touch()
    assert "tom.jpg is empty" in refusal(tmp_path / "tom.jpg")
    assert "tom.jpg is empty" in refusal(b"", name="tom.jpg")


def test_text_called_jpg_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "tom.jpg").write_text("This is no cat, this is a text.")
    assert "tom.jpg is not a picture" in refusal(tmp_path / "tom.jpg")
    with (tmp_path / "tom.jpg").open("rb") as file:
        assert "tom.jpg is not a picture" in refusal(file)


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


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_a_decompression_bomb_is_refused_before_its_pixels_are_made(side: int, monkeypatch: pytest.MonkeyPatch):
    # 64, 144 and 3,600 million pixels: below Pillow's warning, between its warning and its error, beyond its error.
    def no_pixels(*_):
        raise AssertionError("a pixel was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_pixels)
    assert "tom.png has" in refusal(png(side, side, 8, 2, b""), name="tom.png")


def test_pillows_warning_of_a_bomb_is_no_crash_where_warnings_are_errors():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "million pixels" in refusal(png(12_000, 12_000, 8, 2, b""))


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


# Decoded small


def a_large_photo() -> np.ndarray:
    rows, columns = np.indices((1207, 1600))
    return np.dstack([rows // 5, columns // 7, (rows + columns) // 12]).astype(np.uint8)


@pytest.mark.parametrize(
    ("draft", "size"),
    [(1600, (1207, 1600)), (900, (1207, 1600)), (800, (604, 800)), (300, (302, 400)), (150, (151, 200))],
)
def test_a_jpeg_is_decoded_small_and_remembers_its_own_size(draft, size):
    photo = read_photo(encoded(a_large_photo(), "JPEG"), draft=draft)
    assert photo.size == size
    assert photo.own_size == (1207, 1600)
    whole = Image.fromarray(read_photo(encoded(a_large_photo(), "JPEG")).pixels)
    small = np.asarray(whole.resize(size[::-1], Image.Resampling.BOX)).astype(float)
    assert np.abs(photo.pixels - small).mean() < 2


@pytest.mark.parametrize(("orientation", "own"), [(1, (1207, 1600)), (3, (1207, 1600)), (6, (1600, 1207))])
def test_a_turned_jpeg_decoded_small_is_upright_and_so_is_its_own_size(orientation, own):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    photo = read_photo(encoded(a_large_photo(), "JPEG", exif=exif), draft=400)
    assert photo.own_size == own
    assert (photo.size[0] > photo.size[1]) == (own[0] > own[1])


@pytest.mark.parametrize(("draft", "size"), [(1600, (1207, 1600)), (900, (1207, 1600)), (300, (242, 320))])
def test_other_formats_are_made_smaller_too(draft, size):
    photo = read_photo(encoded(a_large_photo(), "PNG"), draft=draft)
    assert (photo.size, photo.own_size) == (size, (1207, 1600))


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
    assert (photo.size, photo.own_size) == ((302, 400), (1207, 1600))
