"""Datasets as people have them: a folder too deep, by breed, with spaces, with names of every kind of system."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from seg.data.checking import BAD_SIZE, NO_PHOTO, UNLISTED
from seg.data.dataset import Dataset, DatasetError, read_pair
from seg.data.listing import SAME_NAME, stamp_of
from seg.data.statistics import mean_trimap, statistics
from seg.images import resize_labels
from tests.conftest import picture_and_trimap
from tests.data.folders import names_of, put

Maker = Callable[..., Path]
PETS = ("Abyssinian_1", "beagle_1", "beagle_2")


def put_pair(root: Path, photo: str, trimap: str, seed: int = 0, size: tuple[int, int] = (24, 32), **options) -> None:
    """A photo and its trimap, at paths below ``root`` without their suffixes."""
    picture, values = picture_and_trimap(size, seed)
    for path, array, more in ((f"{photo}.jpg", picture, options), (f"{trimap}.png", values, {})):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        put(root / path, array, **more)


def test_kaggles_archive_one_folder_too_deep_is_read_with_its_lists(tmp_path: Path):
    for seed, name in enumerate(PETS):
        put_pair(tmp_path, f"images/images/{name}", f"annotations/annotations/trimaps/{name}", seed)
    for part, names in (("trainval", PETS[:2]), ("test", PETS[2:])):
        lines = "".join(f"{name} 1 1 1\n" for name in names)
        (tmp_path / "annotations" / "annotations" / f"{part}.txt").write_text(lines)
    dataset = Dataset.open(tmp_path)
    assert names_of(dataset) == sorted(PETS)
    assert (dataset.split_scheme, dataset.splits["test"]) == ("official", ("beagle_2",))
    assert dataset.left_out == {}


def test_the_folder_above_a_dataset_stands_for_it(small_dataset: Maker, tmp_path: Path):
    small_dataset(folder="unpacked/oxford-iiit-pet")
    dataset = Dataset.open(tmp_path / "unpacked")
    assert (len(dataset), dataset.title) == (8, "oxford-iiit-pet")
    small_dataset(folder="unpacked/other")
    with pytest.raises(DatasetError, match=r"unpacked has no trimaps \(looked for annotations/trimaps, .*masks"):
        Dataset.open(tmp_path / "unpacked")


def test_photos_in_folders_by_breed_are_paired_with_trimaps_in_one_folder(tmp_path: Path):
    for seed, name in enumerate(PETS):
        put_pair(tmp_path, f"images/{name.rpartition('_')[0]}/{name}", f"annotations/trimaps/{name}", seed)
    dataset = Dataset.open(tmp_path)
    assert names_of(dataset) == sorted(PETS)
    assert dataset.left_out == {}


def test_names_that_only_their_folders_tell_apart_are_called_by_both(tmp_path: Path):
    for seed, name in enumerate(("beagle/1", "pug/1", "pug/2")):
        put_pair(tmp_path, f"images/{name}", f"masks/{name}", seed, (20 + seed, 30))
    dataset = Dataset.open(tmp_path)
    assert names_of(dataset) == ["2", "beagle_1", "pug_1"]
    assert [sample.breed for sample in dataset] == [None, "beagle", "pug"]
    for sample in dataset:
        assert read_pair(sample)[0].size == sample.size


def test_a_copy_in_a_folder_within_does_not_take_the_place_of_the_file_itself(small_dataset: Maker):
    root = small_dataset()
    old = root / "annotations" / "trimaps" / "old"
    old.mkdir()
    put(old / "pug_1.png", np.ones((24, 32), np.uint8))
    dataset = Dataset.open(root)
    assert len(dataset) == 8
    assert dataset["pug_1"].trimap.parent.name == "trimaps"
    assert dataset.left_out == {NO_PHOTO: ("old_pug_1",)}


def test_folders_that_lead_in_a_circle_come_to_an_end(small_dataset: Maker):
    root = small_dataset()
    (root / "images" / "again").symlink_to(root / "images", target_is_directory=True)
    assert len(Dataset.open(root)) == 8


@pytest.mark.parametrize("numbers", [" 1 1 1", "", ".jpg", "  3"])
def test_names_with_spaces_are_read_from_the_lists(small_dataset: Maker, numbers: str):
    names = ("My cat_1", "My cat", "beagle_1", "a  b_2")
    root = small_dataset(names, trainval=["x"], test=["y"])
    for part, listed in (("trainval", names[:2]), ("test", names[2:])):
        (root / "annotations" / f"{part}.txt").write_text("".join(f"{name}{numbers}\n" for name in listed))
    dataset = Dataset.open(root)
    assert names_of(dataset) == sorted(names)
    assert set(dataset.splits["test"]) == {"beagle_1", "a  b_2"}


@pytest.mark.parametrize(("photos", "trimaps"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_letter_written_in_two_ways_is_one_letter(tmp_path: Path, photos: str, trimaps: str):
    stems = ("Chaton_é_1", "Müller_2", "が_3")
    for seed, stem in enumerate(stems):
        photo, trimap = (unicodedata.normalize(form, stem) for form in (photos, trimaps))  # type: ignore[arg-type]
        put_pair(tmp_path, f"images/{photo}", f"annotations/trimaps/{trimap}", seed)
    for part, listed in (("trainval", stems[:2]), ("test", stems[2:])):
        lines = "".join(f"{unicodedata.normalize(photos, stem)} 1 1 1\n" for stem in listed)  # type: ignore[arg-type]
        (tmp_path / "annotations" / f"{part}.txt").write_text(lines, encoding="utf-8")
    dataset = Dataset.open(tmp_path)
    assert names_of(dataset) == sorted(stems)
    assert dataset.left_out == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are no text")
def test_names_that_are_no_utf8_are_paired_split_and_counted(tmp_path: Path):
    for seed, stem in enumerate((b"Caf\xe9_1", b"beagle_1", b"beagle_2", b"beagle_3")):
        name = os.fsdecode(stem)
        put_pair(tmp_path, f"images/{name}", f"annotations/trimaps/{name}", seed)
    (tmp_path / "images" / os.fsdecode(b"n\xfctz.txt")).write_bytes(b"no picture")
    dataset = Dataset.open(tmp_path)
    assert names_of(dataset) == ["Café_1", "beagle_1", "beagle_2", "beagle_3"]
    assert dataset.left_out == {"not_an_image": ("nütz.txt",)}
    assert statistics(dataset).pairs == 4
    assert read_pair(dataset["Café_1"])[0].size == (24, 32)
    (tmp_path / "annotations" / "trainval.txt").write_bytes(b"Caf\xe9_1 1 1 1\nbeagle_1 1 1 1\n")
    (tmp_path / "annotations" / "test.txt").write_text("beagle_2 1 1 1\n")
    listed = Dataset.open(tmp_path)
    assert names_of(listed) == ["Café_1", "beagle_1", "beagle_2"]
    assert listed.left_out[UNLISTED] == ("beagle_3",)


def test_of_two_files_whose_names_read_alike_one_is_used_and_the_other_reported(tmp_path: Path):
    put_pair(tmp_path, "images/é_1", "masks/é_1")
    other = tmp_path / "images" / unicodedata.normalize("NFD", "é_1.jpg")
    if other.exists():
        pytest.skip("this file system takes both names for one")
    shutil.copy(tmp_path / "images" / "é_1.jpg", other)
    dataset = Dataset.open(tmp_path)
    assert len(dataset) == 1
    assert dataset.left_out == {SAME_NAME: ("é_1.jpg",)}


@pytest.mark.parametrize("suffix", ["", ".jfif", ".JPG", ".jpg_large"])
def test_a_photo_is_one_whatever_its_suffix_is(small_dataset: Maker, suffix: str):
    root = small_dataset()
    (root / "images" / "pug_1.jpg").rename(root / "images" / f"pug_1{suffix}")
    dataset = Dataset.open(root)
    assert len(dataset) == 8
    assert dataset["pug_1"].photo.name == f"pug_1{suffix}"


# Masks drawn on the photo before EXIF turned it


def put_turned(root: Path, name: str, orientation: int, drawn_in_file: bool, size: tuple[int, int] = (24, 40)) -> None:
    """A photo that EXIF turns, 24 pixels high in its file by default, and its mask as an old program draws it or not.

    In the file the pet is the upper left quarter.
    """
    pixels = np.zeros((*size, 3), np.uint8)
    values = np.full(size, 2, np.uint8)
    quarter = (slice(0, size[0] // 2), slice(0, size[1] // 2))
    pixels[quarter], values[quarter] = 255, 1
    exif = Image.Exif()
    exif[0x0112] = orientation
    mask = Image.fromarray(values)
    if not drawn_in_file:
        holder = Image.fromarray(values)
        holder.getexif()[0x0112] = orientation
        mask = ImageOps.exif_transpose(holder)
    for folder in ("images", "masks"):
        (root / folder).mkdir(exist_ok=True)
    put(root / "images" / f"{name}.jpg", pixels, exif=exif, quality=95)
    mask.save(root / "masks" / f"{name}.png")


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("drawn_in_file", [True, False])
def test_a_mask_lies_on_the_pet_whether_it_was_drawn_before_or_after_exif_turned_the_photo(
    tmp_path: Path, orientation: int, drawn_in_file: bool
):
    put_turned(tmp_path, "tom_1", orientation, drawn_in_file)
    put_turned(tmp_path, "tom_2", 6, drawn_in_file)  # by the same program, and its size says it
    dataset = Dataset.open(tmp_path)
    assert dataset.left_out == {}
    for sample in dataset:
        photo, trimap = read_pair(sample)
        assert sample.size == photo.size == trimap.shape
        np.testing.assert_array_equal(trimap == 1, photo.pixels[..., 0] > 128)
    assert statistics(dataset).turned == (["tom_1", "tom_2"] if drawn_in_file else [])
    pets = [resize_labels((read_pair(sample)[0].pixels[..., 0] > 128).astype(np.uint8), 8) for sample in dataset]
    np.testing.assert_allclose(mean_trimap(dataset, 8)[..., 0], np.mean(pets, axis=0))


def test_a_mask_that_fits_both_ways_is_taken_as_upright_where_no_other_says_more(tmp_path: Path):
    put_turned(tmp_path, "tom_1", 3, drawn_in_file=False)
    put_turned(tmp_path, "tom_2", 6, drawn_in_file=False, size=(30, 30))
    put_turned(tmp_path, "tom_3", 1, drawn_in_file=True)
    dataset = Dataset.open(tmp_path)
    assert [sample.trimap_orientation for sample in dataset] == [1, 1, 1]


def test_a_mask_on_its_side_beside_an_upright_photo_is_still_refused(tmp_path: Path):
    put_pair(tmp_path, "images/tom_1", "masks/tom_1")
    put(tmp_path / "masks" / "tom_1.png", np.ones((32, 24), np.uint8))
    assert Dataset.open(tmp_path).left_out == {BAD_SIZE: ("tom_1",)}


def test_what_was_found_out_about_turned_photos_is_remembered(tmp_path: Path):
    put_turned(tmp_path, "tom_1", 6, drawn_in_file=True)
    checked: list[int] = []
    for _ in range(2):
        sample = Dataset.open(tmp_path, progress=lambda done, _: checked.append(done))["tom_1"]
        assert (sample.size, sample.trimap_orientation) == ((40, 24), 6)
    assert checked == [1]


# Photos that are added later


@pytest.mark.parametrize("folder", ["images", "images/new"])
def test_the_stamp_of_a_folder_changes_with_its_photos_trimaps_lists_and_classes(small_dataset: Maker, folder: str):
    root = small_dataset()
    seen = [stamp_of(root)]
    assert stamp_of(root) == seen[0]
    (root / folder).mkdir(exist_ok=True)
    for path in (f"{folder}/new.jpg", "annotations/trimaps/new.png", "annotations/trainval.txt", "classes.json"):
        shutil.copy(root / "images" / "pug_1.jpg", root / path)
        os.utime(
            (root / path) if (root / path).suffix in (".txt", ".json") else (root / path).parent, ns=(1, len(seen))
        )
        seen.append(stamp_of(root))
    (root / "annotations" / "test.txt").unlink()
    seen.append(stamp_of(root))
    assert len(set(seen)) == 6


def test_a_folder_without_a_dataset_has_an_empty_stamp(tmp_path: Path):
    assert stamp_of(tmp_path) == stamp_of(tmp_path / "missing") == ()
