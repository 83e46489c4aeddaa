"""Samples become images and labels, decoded once; labels stay labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from seg.classes import PETS, Classes
from seg.data import examples as room
from seg.data.batches import batches
from seg.data.dataset import Dataset
from seg.data.examples import Examples
from seg.photo import PhotoError
from tests.data.arrays import all_of

Maker = Callable[..., Path]


def test_an_example_is_the_samples_photo_and_its_labels(small_dataset: Maker):
    dataset = Dataset.open(small_dataset(size=(32, 32)))
    examples = Examples(dataset.samples, 32)
    assert len(examples) == 8
    for index, sample in enumerate(dataset):
        image, labels = examples[index]
        assert np.array_equal(image, np.asarray(Image.open(sample.photo)))
        assert np.array_equal(labels, np.asarray(Image.open(sample.trimap)) - 1)
        assert image.dtype == labels.dtype == np.uint8


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the samples that are decoded, in order."""
    names: list[str] = []
    real = room.read_pair
    monkeypatch.setattr(room, "read_pair", lambda sample: (names.append(sample.name), real(sample))[1])
    return names


def test_each_photo_is_decoded_once(examples: Examples, decoded: list[str]):
    for _ in range(3):
        all_of(batches(examples, 3))
    assert sorted(decoded) == [sample.name for sample in examples.samples]


def test_what_does_not_fit_in_memory_is_decoded_again(small_dataset: Maker, decoded: list[str]):
    examples = Examples(Dataset.open(small_dataset()).samples, 40, cache_bytes=3 * 40 * 40 * 4)  # three examples
    first = [examples[index] for index in range(8)]
    decoded.clear()
    for index in range(8):
        assert all(np.array_equal(a, b) for a, b in zip(examples[index], first[index], strict=True))
    assert len(decoded) == 5


def test_a_photo_that_has_gone_is_named(examples: Examples):
    examples.samples[3].photo.unlink()
    with pytest.raises(PhotoError, match=examples.samples[3].name):
        examples[3]
    with pytest.raises(tf.errors.OpError, match=examples.samples[3].name):
        all_of(batches(examples, 4))


def test_labels_of_another_set_of_classes_are_its_own(small_dataset: Maker):
    samples = Dataset.open(small_dataset(size=(16, 16))).samples
    turned = Classes(tuple(replace(member, label=2 - member.label) for member in reversed(PETS.members)))
    usual, other = Examples(samples, 16)[0][1], Examples(samples, 16, turned)[0][1]
    assert np.array_equal(other, 2 - usual)
