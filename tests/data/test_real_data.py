"""The real data beside the project, traps included."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from seg.classes import PETS
from seg.data.checking import NO_PHOTO
from seg.data.dataset import Dataset, read_pair
from seg.data.listing import APPLE_DOUBLE
from seg.data.split_schemes import official_lists, official_scheme
from tests.data.folders import assert_no_name_stands_twice, names_of

Maker = Callable[..., Path]


def test_the_real_photos_all_pair_up(real_pets: Dataset):
    dataset = real_pets
    assert len(dataset) == 4086
    assert dataset.left_out == {}
    assert len({sample.breed for sample in dataset}) == 37
    assert len(dataset.splits["train"]) + len(dataset.splits["validation"]) == 3626
    assert len(dataset.splits["test"]) == 460
    assert_no_name_stands_twice(dataset.splits, names_of(dataset))
    for sample in dataset.samples[::100]:
        photo, trimap = read_pair(sample)
        assert photo.size == trimap.shape == sample.size
        assert set(np.unique(trimap)) <= {1, 2, 3}
        assert tuple(int((trimap == value).sum()) for value in PETS.values) == sample.counts


def test_the_real_png_called_jpg_is_read(shared: Path):
    dataset = Dataset.open(shared / "photos")
    assert len(dataset) == 41
    photo = dataset["Abyssinian_5"].photo
    assert photo.suffix == ".jpg"
    assert photo.read_bytes().startswith(b"\x89PNG")
    assert read_pair(dataset["Abyssinian_5"])[0].size == dataset["Abyssinian_5"].size


def test_the_official_annotations_are_read_traps_included(shared: Path, tmp_path: Path):
    with tarfile.open(shared / "oxford-annotations.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    dataset = Dataset.open(tmp_path)
    assert len(dataset.trimap_counts) == 7390
    assert len(dataset.left_out[APPLE_DOUBLE]) == 7390
    assert len(dataset.left_out[NO_PHOTO]) == 7390
    assert set(dataset.left_out) == {APPLE_DOUBLE, NO_PHOTO}
    assert all(sum(counts) > 0 for counts in dataset.trimap_counts.values())

    # The lists are the official ones: 41 names are in neither.
    trainval, test, _ = official_lists(tmp_path) or (set(), set(), None)
    assert (len(trainval), len(test), len(trainval & test)) == (3680, 3669, 0)
    assert len(dataset.trimap_counts.keys() - trainval - test) == 41
    splits = official_scheme(sorted(trainval | test), test)
    assert len(splits["test"]) == 3669
    assert_no_name_stands_twice(splits, sorted(trainval | test))
