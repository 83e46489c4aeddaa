"""The figures about a dataset, against figures added up the long way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data import checking, trimaps
from seg.data.checking import NO_PHOTO
from seg.data.dataset import Dataset, Sample
from seg.data.statistics import mean_trimap, statistics

Maker = Callable[..., Path]


def values_in(root: Path, name: str) -> np.ndarray:
    return np.asarray(Image.open(root / "annotations" / "trimaps" / f"{name}.png"))


def test_the_values_of_the_trimaps_and_their_shares(small_dataset: Maker):
    root = small_dataset()
    dataset = Dataset.open(root)
    pixels = np.concatenate([values_in(root, sample.name).ravel() for sample in dataset])
    facts = statistics(dataset)
    assert facts.trimap_values == pytest.approx({value: (pixels == value).mean() for value in (1, 2, 3)})
    assert sum(facts.trimap_values.values()) == pytest.approx(1)


def test_a_value_that_occurs_nowhere_is_not_listed(small_dataset: Maker):
    root = small_dataset(["pug_1", "pug_2"], trainval=None)
    for path in (root / "annotations" / "trimaps").iterdir():
        Image.fromarray(np.full((24, 32), 2, np.uint8)).save(path)
    assert statistics(Dataset.open(root)).trimap_values == {2: 1.0}


def test_large_trimaps_weigh_more_than_small_ones(small_dataset: Maker):
    root = small_dataset(["pug_1", "pug_2"], trainval=None)
    for name, value, size in (("pug_1", 1, (30, 10)), ("pug_2", 2, (10, 10))):
        Image.fromarray(np.full(size, value, np.uint8)).save(root / "annotations" / "trimaps" / f"{name}.png")
        Image.fromarray(np.zeros((*size, 3), np.uint8)).save(root / "images" / f"{name}.jpg")
    facts = statistics(Dataset.open(root))
    assert facts.trimap_values == pytest.approx({1: 0.75, 2: 0.25})
    assert facts.sizes["smallest"] == [10, 10]
    assert facts.sizes["largest"] == [30, 10]
    assert facts.sizes["median"] == [20, 10]


def test_photos_and_shares_by_species_and_by_breed(small_dataset: Maker):
    root = small_dataset()
    facts = statistics(Dataset.open(root))
    assert {name: row["photos"] for name, row in facts.by_species.items()} == {"cat": 3, "dog": 5}
    assert {name: row["photos"] for name, row in facts.by_breed.items()} == {
        "Abyssinian": 2,
        "Bengal": 1,
        "beagle": 2,
        "pug": 2,
        "samoyed": 1,
    }
    bengal = values_in(root, "Bengal_7")
    expected = {"photos": 1, "pet": (bengal == 1).mean(), "background": (bengal == 2).mean()}
    assert facts.by_breed["Bengal"] == pytest.approx(expected | {"border": (bengal == 3).mean()})


def test_names_of_another_form_have_no_breed_but_are_counted(small_dataset: Maker):
    facts = statistics(Dataset.open(small_dataset(["tom", "jerry"], trainval=None)))
    assert facts.by_breed["unknown"]["photos"] == 2
    assert facts.by_species["unknown"]["photos"] == 2


def test_what_was_left_out_and_the_parts_are_told(small_dataset: Maker):
    root = small_dataset()
    (root / "images" / "pug_1.jpg").unlink()
    facts = statistics(Dataset.open(root))
    assert facts.left_out == {NO_PHOTO: ["pug_1"]}
    assert (facts.pairs, facts.trimaps, facts.split_scheme, facts.title) == (7, 8, "official", "pets")
    assert facts.splits["test"] == 2
    assert sum(facts.splits.values()) == 7


def test_the_commonest_sizes_come_first(small_dataset: Maker):
    root = small_dataset()
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(root / "images" / "pug_1.jpg")
    Image.fromarray(np.ones((9, 8), np.uint8)).save(root / "annotations" / "trimaps" / "pug_1.png")
    assert statistics(Dataset.open(root)).sizes["most_common"] == [
        {"size": [24, 32], "photos": 7},
        {"size": [9, 8], "photos": 1},
    ]


def test_annotations_alone_have_statistics_too(small_dataset: Maker):
    root = small_dataset()
    for photo in (root / "images").iterdir():
        photo.unlink()
    facts = statistics(Dataset.open(root))
    assert (facts.pairs, facts.trimaps, facts.sizes) == (0, 8, {})
    assert sum(facts.trimap_values.values()) == pytest.approx(1)
    assert sum(row["photos"] for row in facts.by_breed.values()) == 8


def test_the_statistics_are_json(small_dataset: Maker):
    facts = json.loads(json.dumps(statistics(Dataset.open(small_dataset())).as_dict()))
    assert set(facts["trimap_values"]) == {"1", "2", "3"}
    assert facts["pairs"] == 8


def test_the_statistics_read_no_picture(small_dataset: Maker, monkeypatch: pytest.MonkeyPatch):
    dataset = Dataset.open(small_dataset())

    def no_more(*_):
        raise AssertionError("a picture was opened")

    for module in (checking, trimaps):
        monkeypatch.setattr(module, "open_image", no_more)
    assert statistics(dataset).pairs == 8


def test_the_mean_trimap_is_how_often_a_place_shows_a_class(small_dataset: Maker):
    root = small_dataset(["pug_1", "pug_2", "pug_3", "pug_4"], size=(16, 16), trainval=None)
    for number, value in ((1, 1), (2, 1), (3, 2), (4, 3)):
        values = np.full((16, 16), value, np.uint8)
        values[:, 8:] = 2
        Image.fromarray(values).save(root / "annotations" / "trimaps" / f"pug_{number}.png")
    mean = mean_trimap(Dataset.open(root), size=8)
    assert mean.shape == (8, 8, 3)
    assert np.allclose(mean[:, :4], (0.5, 0.25, 0.25))
    assert np.allclose(mean[:, 4:], (0, 1, 0))


@pytest.mark.parametrize(("most", "expected"), [(8, 8), (4, 4), (3, 3), (1, 1), (100, 8)])
def test_the_mean_trimap_of_a_large_dataset_looks_at_some_of_it(small_dataset: Maker, monkeypatch, most, expected):
    dataset = Dataset.open(small_dataset())
    read: list[Path] = []
    real = Sample.read_trimap
    monkeypatch.setattr(Sample, "read_trimap", lambda sample: (read.append(sample.trimap), real(sample))[1])
    assert np.allclose(mean_trimap(dataset, 8, most).sum(axis=2), 1)
    assert len(read) == expected


def test_the_mean_trimap_of_nothing_is_nothing(small_dataset: Maker):
    root = small_dataset()
    for photo in (root / "images").iterdir():
        photo.unlink()
    assert mean_trimap(Dataset.open(root), 8).sum() == 0


def test_the_real_photos_show_more_background_than_pet_and_little_border(real_pets: Dataset):
    facts = statistics(real_pets)
    assert set(facts.trimap_values) == {1, 2, 3}
    assert facts.trimap_values[2] > facts.trimap_values[1] > facts.trimap_values[3] > 0.05
    assert len(facts.by_breed) == 37
    assert facts.pairs == facts.trimaps == 4086
    assert facts.sizes["most_common"][0]["size"] == [299, 299]
