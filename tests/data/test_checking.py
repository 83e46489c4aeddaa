"""Every pair is checked: nothing is left out without a reason, and files are read by their content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data.checking import BAD_PHOTO, BAD_SIZE, BAD_TRIMAP, BAD_VALUES, NO_PHOTO, NO_TRIMAP, UNLISTED
from seg.data.dataset import Dataset, read_pair
from seg.data.listing import APPLE_DOUBLE, NOT_AN_IMAGE, SAME_NAME
from seg.data.statistics import reason_text
from seg.data.trimaps import decode_trimap, read_trimap
from seg.photo import PhotoError
from seg.texts import LANGUAGES
from tests.data.folders import names_of, photo_of, put, trimap_of

Maker = Callable[..., Path]


def test_files_of_another_system_and_files_that_are_no_pictures_are_left_out_by_name(pets: Path):
    trimaps = pets / "annotations" / "trimaps"
    for folder in (pets / "images", trimaps):
        (folder / "._Bengal_7.png").write_bytes(b"\0\5\x16\7 Mac OS X")
    (pets / "images" / "Abyssinian_1.mat").write_bytes(b"MATLAB 5.0 MAT-file")
    (pets / "images" / "Thumbs.db").write_bytes(b"x")
    dataset = Dataset.open(pets)
    assert len(dataset) == 8
    assert dataset.left_out == {
        APPLE_DOUBLE: ("._Bengal_7.png", "._Bengal_7.png"),
        NOT_AN_IMAGE: ("Abyssinian_1.mat", "Thumbs.db"),
    }


def test_a_photo_without_trimap_and_a_trimap_without_photo_are_left_out(pets: Path):
    trimap_of(pets, "Bengal_7").unlink()
    photo_of(pets, "beagle_3").unlink()
    dataset = Dataset.open(pets)
    assert dataset.left_out == {NO_TRIMAP: ("Bengal_7",), NO_PHOTO: ("beagle_3",)}
    assert "beagle_3" in dataset.trimap_counts  # what is annotated counts, also where the photo is not at hand


def test_without_any_photo_every_trimap_is_still_looked_at(pets: Path):
    for photo in (pets / "images").iterdir():
        photo.unlink()
    (pets / "images").rmdir()
    dataset = Dataset.open(pets)
    assert len(dataset) == 0
    assert len(dataset.trimap_counts) == 8
    assert len(dataset.left_out[NO_PHOTO]) == 8


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_photo_cut_short_is_left_out_wherever_it_is_cut(small_dataset: Maker, share: float, progressive: bool):
    root = small_dataset(size=(120, 160))
    put(photo_of(root, "pug_1"), Image.open(photo_of(root, "pug_1")), progressive=progressive)
    data = photo_of(root, "pug_1").read_bytes()
    photo_of(root, "pug_1").write_bytes(data[: int(len(data) * share)])
    dataset = Dataset.open(root)
    assert dataset.left_out == {BAD_PHOTO: ("pug_1",)}
    assert len(dataset) == 7


@pytest.mark.parametrize("data", [b"", b"no picture", b"%PDF-1.4", b"<svg/>"], ids=["empty", "text", "pdf", "svg"])
def test_what_is_only_called_a_picture_is_left_out(pets: Path, data: bytes):
    photo_of(pets, "pug_1").write_bytes(data)
    trimap_of(pets, "pug_9").write_bytes(data)
    dataset = Dataset.open(pets)
    assert dataset.left_out == {BAD_PHOTO: ("pug_1",), BAD_TRIMAP: ("pug_9",)}


def test_a_damaged_trimap_is_left_out(small_dataset: Maker):
    root = small_dataset(size=(120, 160))
    for name, change in (("pug_1", lambda data: data[: len(data) // 2]), ("pug_9", lambda data: _flip(data))):
        trimap_of(root, name).write_bytes(change(trimap_of(root, name).read_bytes()))
    dataset = Dataset.open(root)
    assert dataset.left_out == {BAD_TRIMAP: ("pug_1", "pug_9")}


def _flip(data: bytes) -> bytes:
    """A byte in the middle of the pixels is another one."""
    at = data.index(b"IDAT") + 30
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("value", [0, 4, 128, 255])
def test_a_trimap_with_other_values_is_left_out_for_a_single_pixel(pets: Path, value: int):
    values = np.asarray(Image.open(trimap_of(pets, "pug_1"))).copy()
    values[5, 7] = value
    put(trimap_of(pets, "pug_1"), values)
    dataset = Dataset.open(pets)
    assert dataset.left_out == {BAD_VALUES: ("pug_1",)}
    assert "pug_1" not in dataset.trimap_counts


def test_a_coloured_trimap_is_left_out(pets: Path):
    coloured = np.ones((24, 32, 3), np.uint8)
    coloured[3, 3] = (1, 2, 3)
    put(trimap_of(pets, "pug_1"), coloured)
    assert Dataset.open(pets).left_out == {BAD_TRIMAP: ("pug_1",)}


def test_a_trimap_and_a_photo_that_differ_in_size_are_left_out(pets: Path):
    put(photo_of(pets, "pug_1"), np.zeros((24, 31, 3), np.uint8))
    put(photo_of(pets, "pug_9"), np.zeros((32, 24, 3), np.uint8))  # the same pixels, on their side
    assert Dataset.open(pets).left_out == {BAD_SIZE: ("pug_1", "pug_9")}


def test_a_photo_too_large_to_be_read_later_is_left_out_now(pets: Path):
    put(photo_of(pets, "pug_1"), Image.new("1", (15_900, 15_900)), "PNG")
    assert Dataset.open(pets).left_out == {BAD_PHOTO: ("pug_1",)}


def test_what_the_check_lets_through_can_be_read(pets: Path):
    # Each of these trips a loader that believes the name, or that reads only the header.
    put(photo_of(pets, "pug_1"), np.ones((24, 32), np.float32), "TIFF")
    photo_of(pets, "pug_9").write_bytes(photo_of(pets, "pug_9").read_bytes() + bytes(240))
    dataset = Dataset.open(pets)
    assert dataset.left_out == {BAD_PHOTO: ("pug_1",)}
    for sample in dataset:
        assert read_pair(sample)[0].size == sample.size


def test_a_jpeg_that_lacks_nothing_but_its_last_two_bytes_is_used(pets: Path):
    put(photo_of(pets, "pug_1"), np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8), "JPEG")
    complete = photo_of(pets, "pug_1").read_bytes()
    photo_of(pets, "pug_1").write_bytes(complete[:-2])
    dataset = Dataset.open(pets)
    assert dataset.left_out == {}
    assert read_pair(dataset["pug_1"])[0].warnings == ()
    photo_of(pets, "pug_1").write_bytes(complete[: len(complete) * 2 // 3])
    assert Dataset.open(pets).left_out == {BAD_PHOTO: ("pug_1",)}


def test_what_is_in_neither_list_is_left_out_of_the_official_scheme_only(small_dataset: Maker):
    root = small_dataset(trainval=["Abyssinian_1", "beagle_3", "beagle_12"], test=["pug_1"])
    official = Dataset.open(root)
    assert names_of(official) == ["Abyssinian_1", "beagle_12", "beagle_3", "pug_1"]
    assert official.left_out == {UNLISTED: ("Abyssinian_2", "Bengal_7", "pug_9", "samoyed_4")}
    article = Dataset.open(root, "article")
    assert len(article) == 8
    assert article.left_out == {}


def test_of_two_files_of_one_name_one_is_used_and_the_other_reported(pets: Path):
    put(pets / "images" / "pug_1.png", np.zeros((24, 32, 3), np.uint8))
    put(pets / "annotations" / "trimaps" / "pug_9.tiff", np.ones((24, 32), np.uint8))
    dataset = Dataset.open(pets)
    assert len(dataset) == 8
    assert dataset["pug_1"].photo.suffix == ".jpg"
    assert dataset.left_out == {SAME_NAME: ("pug_1.png", "pug_9.tiff")}


def test_a_photo_is_decoded_by_its_content(pets: Path):
    colour = (250, 128, 6)
    picture = Image.new("RGB", (32, 24), colour)
    grey = Image.new("L", (32, 24), 77)
    put(photo_of(pets, "Abyssinian_1"), picture, "GIF")
    put(photo_of(pets, "Abyssinian_2"), picture, "PNG")
    put(photo_of(pets, "Bengal_7"), picture.convert("RGBA"), "PNG")
    put(photo_of(pets, "beagle_3"), picture.quantize(4), "PNG")
    put(photo_of(pets, "beagle_12"), grey, "JPEG")
    put(photo_of(pets, "pug_1"), picture.convert("CMYK"), "JPEG")
    put(photo_of(pets, "pug_9"), picture, "WEBP")
    put(photo_of(pets, "samoyed_4"), picture.quantize(4), "GIF")
    dataset = Dataset.open(pets)
    assert dataset.left_out == {}
    for sample in dataset:
        pixels = read_pair(sample)[0].pixels.astype(int)
        assert pixels.shape == (24, 32, 3)
        expected = (77, 77, 77) if sample.name == "beagle_12" else colour
        assert abs(pixels - expected).max() <= 12, sample.name


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_of_a_photo_is_its_size_when_upright(tmp_path: Path, format: str, orientation: int):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = (40, 24) if orientation >= 5 else (24, 40)
    put(tmp_path / "images" / "tom_1.jpg", np.zeros((*stored, 3), np.uint8), format, exif=exif)
    put(tmp_path / "masks" / "tom_1.png", np.ones((24, 40), np.uint8))
    dataset = Dataset.open(tmp_path)
    assert dataset.left_out == {}
    assert dataset["tom_1"].size == read_pair(dataset["tom_1"])[0].size == (24, 40)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_photo_with_broken_exif_is_a_photo(pets: Path):
    put(photo_of(pets, "pug_1"), np.zeros((24, 32, 3), np.uint8), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05cut")
    assert Dataset.open(pets).left_out == {}


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (7, 7)])
def test_the_smallest_photo_is_a_photo(small_dataset: Maker, size: tuple[int, int]):
    dataset = Dataset.open(small_dataset(size=size))
    assert dataset.left_out == {}
    assert {sample.size for sample in dataset} == {size}


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_trimap_is_its_values_however_they_are_stored(tmp_path: Path, mode: str):
    values = np.random.default_rng(0).integers(1, 4, (12, 9)).astype(np.uint8)
    image = Image.fromarray(values.astype(np.uint16) if mode == "I;16" else values)
    if mode == "P":
        # A palette is a matter of display: the indices are the values.
        image = image.copy()
        image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    elif mode != "I;16":
        image = image.convert(mode)
    put(tmp_path / "trimap.png", image)
    assert Image.open(tmp_path / "trimap.png").mode == mode
    trimap = read_trimap(tmp_path / "trimap.png")
    assert trimap.dtype == np.uint8
    assert np.array_equal(trimap, values)


def test_a_trimap_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path):
    put(tmp_path / "trimap.png", Image.new("L", (30, 20), 1))
    data = (tmp_path / "trimap.png").read_bytes()
    assert decode_trimap(data, "trimap.png", max_pixels=600).shape == (20, 30)
    with pytest.raises(PhotoError, match="million pixels"):
        decode_trimap(data[:60], "trimap.png", max_pixels=599)


def test_a_one_bit_mask_is_no_trimap(pets: Path):
    put(trimap_of(pets, "pug_1"), Image.new("1", (32, 24), 0))
    assert Dataset.open(pets).left_out == {BAD_VALUES: ("pug_1",)}


def test_values_beyond_a_byte_do_not_wrap_into_valid_ones(pets: Path):
    put(trimap_of(pets, "pug_1"), np.full((24, 32), 257, np.uint16))
    assert Dataset.open(pets).left_out == {BAD_VALUES: ("pug_1",)}


def test_a_pair_that_changed_since_is_refused_by_its_name(pets: Path):
    sample = Dataset.open(pets)["pug_1"]
    put(sample.photo, np.zeros((24, 30, 3), np.uint8))
    with pytest.raises(PhotoError, match="pug_1"):
        read_pair(sample)
    sample.photo.unlink()
    with pytest.raises(PhotoError, match="pug_1"):
        read_pair(sample)


def test_a_trimap_that_has_gone_is_refused_by_its_name(pets: Path):
    sample = Dataset.open(pets)["pug_1"]
    sample.trimap.unlink()
    with pytest.raises(PhotoError, match="pug_1"):
        read_pair(sample)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_sentence_in_every_language(language: str):
    reasons = [
        APPLE_DOUBLE,
        NOT_AN_IMAGE,
        SAME_NAME,
        NO_TRIMAP,
        NO_PHOTO,
        BAD_PHOTO,
        BAD_TRIMAP,
        BAD_VALUES,
        BAD_SIZE,
        UNLISTED,
    ]
    assert len({reason_text(reason, language) for reason in reasons}) == len(reasons)
