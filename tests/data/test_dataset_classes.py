"""A dataset has the classes that its classes.json describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import Classes, ClassesError, PixelClass
from seg.data.checking import ALL_VOID, BAD_VALUES
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


WITH_VOID = Classes.from_list(
    [
        {"value": 2, "name": "ground", "colour": [90, 90, 90], "role": "background"},
        {"value": 1, "name": "hamster", "colour": [255, 160, 0], "role": "subject"},
        {"value": 3, "name": "outline", "colour": [0, 0, 0], "role": "void"},
    ]
)


def test_pixels_that_are_not_labelled_are_no_part_of_a_samples_counts_and_shares(pets: Path):
    describe_classes(pets, WITH_VOID)
    dataset = Dataset.open(pets)
    assert len(dataset) == 8 and dataset.left_out == {}
    sample = dataset["pug_1"]
    values = sample.read_trimap()
    assert (values == 3).any()
    assert sample.counts == (int((values == 2).sum()), int((values == 1).sum()))
    assert sample.share(0) + sample.share(1) == pytest.approx(1)
    facts = statistics(dataset)
    assert set(facts.trimap_values) == {1, 2, 3} and sum(facts.trimap_values.values()) == pytest.approx(1)
    assert mean_trimap(dataset, 8).sum(axis=2).min() < 1, "where it is not labelled a photo shows no class"
    _, labels = Examples(dataset.samples, 24, dataset.classes)[0]
    assert set(np.unique(labels)) == {0, 1, 255}


def test_a_mask_that_is_labelled_nowhere_is_left_out(pets: Path):
    describe_classes(pets, WITH_VOID)
    values = np.asarray(Image.open(pets / "annotations" / "trimaps" / "pug_1.png"))
    put(pets / "annotations" / "trimaps" / "pug_1.png", np.full_like(values, 3))
    dataset = Dataset.open(pets)
    assert dataset.left_out == {ALL_VOID: ("pug_1",)} and len(dataset) == 7


def test_a_class_that_becomes_void_is_counted_anew(pets: Path):
    describe_classes(pets, Classes.from_list([row | {"role": ""} for row in WITH_VOID.as_list()]))
    assert len(Dataset.open(pets)["pug_1"].counts) == 3
    describe_classes(pets, WITH_VOID)
    assert len(Dataset.open(pets)["pug_1"].counts) == 2
