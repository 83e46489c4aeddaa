"""A dataset has the classes that its classes.json describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import Classes, ClassesError, PixelClass
from seg.data.checking import BAD_VALUES
from seg.data.dataset import Dataset
from seg.data.examples import Examples
from seg.data.statistics import mean_trimap, statistics
from tests.data.folders import put

Maker = Callable[..., Path]


MASKS = Classes(
    (
        PixelClass(0, 0, "ground", (0, 0, 0), role="background"),
        PixelClass(255, 1, "hamster", (255, 160, 0), role="subject"),
    )
)


def describe_classes(root: Path, classes: Classes) -> None:
    (root / "classes.json").write_text(json.dumps(classes.as_list()))


def make_masks(root: Path) -> None:
    """Two values, 0 and 255, instead of three."""
    for trimap in (root / "annotations" / "trimaps").iterdir():
        put(trimap, np.where(np.asarray(Image.open(trimap)) == 1, 255, 0).astype(np.uint8))


def test_masks_of_other_classes_are_a_dataset_with_those_classes(pets: Path):
    make_masks(pets)
    describe_classes(pets, MASKS)
    dataset = Dataset.open(pets)
    assert dataset.classes == MASKS
    assert len(dataset) == 8
    assert dataset.left_out == {}
    sample = dataset["pug_1"]
    values = np.asarray(Image.open(sample.trimap))
    assert sample.counts == (int((values == 0).sum()), int((values == 255).sum()))
    assert (sample.breed, sample.species) == (None, None)


def test_facts_are_checked_anew_when_the_classes_change(pets: Path):
    make_masks(pets)
    assert set(Dataset.open(pets).left_out) == {BAD_VALUES}
    describe_classes(pets, MASKS)
    assert len(Dataset.open(pets)) == 8
    (pets / "classes.json").unlink()
    assert len(Dataset.open(pets)) == 0


def test_a_description_of_classes_that_cannot_be_read_is_refused(pets: Path):
    (pets / "classes.json").write_text("[{}]")
    with pytest.raises(ClassesError, match=r"classes\.json"):
        Dataset.open(pets)


def test_statistics_are_those_of_the_datasets_classes(pets: Path):
    make_masks(pets)
    describe_classes(pets, MASKS)
    dataset = Dataset.open(pets)
    facts = statistics(dataset)
    assert set(facts.trimap_values) == {0, 255}
    assert sum(facts.trimap_values.values()) == pytest.approx(1)
    assert (facts.by_species, facts.by_breed) == ({}, {})
    mean = mean_trimap(dataset, 8)
    assert mean.shape == (8, 8, 2)
    assert np.allclose(mean.sum(axis=2), 1)


def test_examples_have_the_labels_of_the_datasets_classes(pets: Path):
    make_masks(pets)
    describe_classes(pets, MASKS)
    dataset = Dataset.open(pets)
    _, labels = Examples(dataset.samples, 24, dataset.classes)[0]
    assert set(np.unique(labels)) == {0, 1}
