"""Any folder of photos and trimaps is a dataset: which folder it is, and what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import PETS
from seg.data.breeds import CATS, DOGS, breed_and_species
from seg.data.checking import NO_PHOTO, NO_TRIMAP
from seg.data.dataset import SAMPLE_FOLDER, Dataset, DatasetError, evenly_spread, find_dataset, read_pair
from seg.files import cache_folder
from seg.texts import LANGUAGES, texts
from tests.data.folders import names_of, photo_of, put, trimap_of

Maker = Callable[..., Path]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)

    return folder


def test_the_folder_named_comes_before_every_other(elsewhere: Path, pets: Path, monkeypatch: pytest.MonkeyPatch):
    (elsewhere / "other").mkdir()
    (elsewhere / "data" / "oxford-iiit-pet").mkdir(parents=True)
    monkeypatch.setenv("SEG_DATA", "other")
    assert find_dataset(pets) == pets
    assert find_dataset(str(pets)) == pets


def test_seg_data_comes_before_the_usual_place(elsewhere: Path, pets: Path, monkeypatch: pytest.MonkeyPatch):
    (elsewhere / "data" / "oxford-iiit-pet").mkdir(parents=True)
    monkeypatch.setenv("SEG_DATA", str(pets))
    assert find_dataset() == pets


def test_the_usual_place_comes_before_the_sample(elsewhere: Path):
    (elsewhere / "data" / "oxford-iiit-pet").mkdir(parents=True)
    assert find_dataset().resolve() == elsewhere / "data" / "oxford-iiit-pet"


def test_without_any_dataset_it_is_the_sample_that_ships(elsewhere: Path):
    assert find_dataset() == SAMPLE_FOLDER


def test_the_sample_holds_four_pairs_of_each_breed_by_the_official_lists():
    sample = Dataset.open(SAMPLE_FOLDER)
    assert (sample.is_sample, sample.split_scheme, len(sample), sample.left_out) == (True, "official", 148, {})
    assert len(sample.split("train")) + len(sample.split("validation")) == 111
    by_breed = Counter(pair.breed for pair in sample)
    assert len(by_breed) == 37 and set(by_breed.values()) == {4}
    assert Counter(pair.breed for pair in sample.split("test")) == dict.fromkeys(by_breed, 1)
    assert "CC BY-SA 4.0" in (SAMPLE_FOLDER / "LICENSE").read_text()


def test_an_empty_seg_data_is_none(elsewhere: Path, monkeypatch: pytest.MonkeyPatch):
    (elsewhere / "data" / "oxford-iiit-pet").mkdir(parents=True)
    monkeypatch.setenv("SEG_DATA", "")
    assert find_dataset().name == "oxford-iiit-pet"


def test_a_named_folder_that_is_not_there_is_refused_and_nothing_else_is_taken(elsewhere: Path, monkeypatch):
    (elsewhere / "data" / "oxford-iiit-pet").mkdir(parents=True)
    with pytest.raises(DatasetError, match="nowhere"):
        find_dataset("nowhere")
    monkeypatch.setenv("SEG_DATA", "nowhere-either")
    with pytest.raises(DatasetError, match="nowhere-either"):
        Dataset.open()


def test_the_cache_is_the_users_where_none_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SEG_CACHE")
    assert cache_folder().is_absolute()
    assert "seg" in cache_folder().parts


def test_the_official_layout(pets: Path):
    dataset = Dataset.open(pets)
    assert names_of(dataset) == sorted(names_of(dataset))
    assert len(dataset) == 8
    assert dataset.left_out == {}
    assert (dataset.split_scheme, dataset.title, dataset.root, dataset.classes) == ("official", "pets", pets, PETS)
    sample = dataset["Bengal_7"]
    assert (sample.breed, sample.species, sample.size) == ("Bengal", "cat", (24, 32))
    assert sample.photo == photo_of(pets, "Bengal_7")
    assert sample.trimap == trimap_of(pets, "Bengal_7")
    assert "Bengal_7" in dataset
    assert "Bengal_8" not in dataset
    with pytest.raises(KeyError):
        dataset["Bengal_8"]


@pytest.mark.parametrize("trimaps", ["annotations/trimaps", "annotations/masks", "masks", "trimaps"])
def test_a_folder_of_ones_own_needs_no_lists(small_dataset: Maker, trimaps: str):
    dataset = Dataset.open(small_dataset(trimaps=trimaps, trainval=None))
    assert len(dataset) == 8
    assert dataset.split_scheme == "article"


def test_a_partial_dataset_is_a_dataset(pets: Path):
    for name in ("Abyssinian_1", "pug_9"):
        photo_of(pets, name).unlink()
        trimap_of(pets, name).unlink()
    dataset = Dataset.open(pets)
    assert len(dataset) == 6
    assert dataset.left_out == {}
    assert "pug_9" not in {sample.name for sample in dataset.split("all")}


def test_the_counts_of_a_sample_are_its_pixels_by_label(pets: Path):
    for sample in Dataset.open(pets):
        values = np.asarray(Image.open(sample.trimap))
        assert sample.counts == tuple(int((values == value).sum()) for value in (1, 2, 3))
        assert sample.share(0) == pytest.approx((values == 1).mean())
        assert sum(sample.share(label) for label in range(3)) == pytest.approx(1)


def test_photo_and_trimap_are_paired_by_name_and_never_by_position(tmp_path: Path):
    # Each pair has a size and a grey of its own; in both folders a file is missing that the other has.
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for number in range(1, 8):
        size = (10 + number, 20 + number)
        if number != 2:
            put(tmp_path / "images" / f"tom_{number}.png", np.full((*size, 3), number, np.uint8))
        if number != 5:
            put(tmp_path / "masks" / f"tom_{number}.png", np.full(size, 1 + number % 3, np.uint8))
    dataset = Dataset.open(tmp_path)
    assert names_of(dataset) == [f"tom_{number}" for number in (1, 3, 4, 6, 7)]
    for sample in dataset:
        number = int(sample.name.rpartition("_")[2])
        photo, trimap = read_pair(sample)
        assert sample.size == photo.size == trimap.shape == (10 + number, 20 + number)
        assert (photo.pixels == number).all()
        assert (trimap == 1 + number % 3).all()
    assert dataset.left_out == {NO_PHOTO: ("tom_2",), NO_TRIMAP: ("tom_5",)}


def test_a_dataset_does_not_change(pets: Path):
    dataset = Dataset.open(pets)
    with pytest.raises(FrozenInstanceError):
        dataset.samples = ()  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        dataset.samples[0].name = "tom"  # type: ignore[misc]


@pytest.mark.parametrize(("items", "wanted"), [(10, 3), (8, 8), (5, 9), (143, 48)])
def test_items_spread_over_a_list_are_as_many_as_asked_and_none_twice(items: int, wanted: int):
    spread = evenly_spread(range(items), wanted)
    assert len(set(spread)) == len(spread) == min(items, wanted)
    assert max(np.diff(spread)) <= -(-items // min(items, wanted))


def test_nothing_and_none_of_it_can_be_spread():
    assert evenly_spread([], 5) == evenly_spread("abc", 0) == ()


@pytest.mark.parametrize(
    ("name", "breed", "species"),
    [
        ("Abyssinian_12", "Abyssinian", "cat"),
        ("american_pit_bull_terrier_7", "american_pit_bull_terrier", "dog"),
        ("British_Shorthair_100", "British_Shorthair", "cat"),
        ("tom", None, None),
        ("tom_a", None, None),
        ("_1", None, None),
        ("12", None, None),
        ("Beagle_3", "beagle", "dog"),
        ("photo_1", None, None),
        ("IMG_0001", None, None),
    ],
)
def test_breed_and_species_are_read_from_the_name(name: str, breed: str | None, species: str | None):
    assert breed_and_species(name) == (breed, species)


def test_every_breed_of_the_dataset_is_known_and_has_a_name_for_people():
    sample = Dataset.open(SAMPLE_FOLDER)
    assert {(pair.breed, pair.species) for pair in sample} == {
        *((breed, "cat") for breed in CATS),
        *((breed, "dog") for breed in DOGS),
    }
    for language in LANGUAGES:
        assert texts(language)["breeds"].keys() == {breed.lower() for breed in (*CATS, *DOGS)}


def test_a_folder_without_trimaps_is_refused(tmp_path: Path):
    (tmp_path / "images").mkdir()
    with pytest.raises(DatasetError, match="trimaps"):
        Dataset.open(tmp_path)


def test_an_empty_dataset_is_refused(tmp_path: Path):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    with pytest.raises(DatasetError, match="no photos"):
        Dataset.open(tmp_path)


def test_an_unknown_split_is_refused(pets: Path):
    with pytest.raises(DatasetError, match="official or article"):
        Dataset.open(pets, "random")


def test_another_folder_is_no_sample(small_dataset: Maker):
    assert not Dataset.open(small_dataset()).is_sample
