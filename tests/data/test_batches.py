"""Examples become batches: in the order asked for, and the same whatever the threads do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from seg.data.augmentation import Augmentation
from seg.data.batches import batches
from seg.data.dataset import Dataset
from seg.data.examples import Examples
from tests.data.arrays import WILD, all_of

Maker = Callable[..., Path]


def test_nothing_to_augment_returns_the_pictures_unchanged(examples: Examples):
    for nothing in (None, Augmentation()):
        images, labels = all_of(batches(examples, 3, augmentation=nothing, seed=7))
        assert images.dtype == np.float32
        assert labels.dtype == np.uint8
        for index in range(8):
            image, expected = examples[index]
            assert np.array_equal(images[index], image)
            assert np.array_equal(labels[index], expected)


def test_images_lie_between_0_and_255_as_the_network_takes_them(examples: Examples):
    images, labels = all_of(batches(examples, 4))
    assert images.shape == (8, 40, 40, 3)
    assert labels.shape == (8, 40, 40)
    assert images.min() >= 0
    assert 150 < images.max() <= 255


def test_batches_have_their_size_and_the_last_what_is_left(examples: Examples):
    assert [len(images) for images, _ in batches(examples, 3)] == [3, 3, 2]
    assert [len(images) for images, _ in batches(examples, 100)] == [8]


def test_batches_come_in_the_order_asked_for(examples: Examples):
    order = np.array([5, 2, 2, 7])
    images, labels = all_of(batches(examples, 3, order=order))
    assert len(images) == 4
    for place, index in enumerate(order):
        assert np.array_equal(images[place], examples[index][0])
        assert np.array_equal(labels[place], examples[index][1])


@pytest.mark.parametrize("size", [32, 64])
def test_batches_have_the_size_asked_for_with_nothing_to_augment_too(examples: Examples, size: int):
    images, labels = all_of(batches(examples, 4, size))
    assert images.shape == (8, size, size, 3)
    assert labels.shape == (8, size, size)
    for index in range(8):
        assert abs(images[index].mean() - examples[index][0].mean()) < 12


def test_augmented_batches_have_the_size_asked_for(examples: Examples):
    images, labels = all_of(batches(examples, 3, 32, WILD))
    assert images.shape == (8, 32, 32, 3)
    assert labels.shape == (8, 32, 32)


class Dawdling(Examples):
    """Examples of which the first of all take the longest, so that threads overtake one another."""

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        time.sleep(0.02 if index % 4 == 0 else 0)
        return super().__getitem__(index)


def test_the_same_seed_gives_the_same_batches_whatever_the_threads_do(small_dataset: Maker, monkeypatch):
    monkeypatch.setattr(tf.data, "AUTOTUNE", 8)  # else a machine with few cores never has two at work
    samples = Dataset.open(small_dataset()).samples
    order = np.array([4, 0, 7, 1, 3, 2, 6, 5, 0])

    def run(threads: int, kind: type[Examples], seed: int = 11) -> tuple[np.ndarray, np.ndarray]:
        options = tf.data.Options()
        options.threading.private_threadpool_size = threads
        return all_of(batches(kind(samples, 40), 4, 32, WILD, order, seed).with_options(options))

    images, labels = run(1, Examples)
    for threads in (1, 8):
        again, labels_again = run(threads, Dawdling)
        assert np.array_equal(again, images)
        assert np.array_equal(labels_again, labels)
    assert not np.array_equal(run(1, Examples, seed=12)[0], images)


def test_a_part_of_an_order_is_varied_as_it_is_within_the_order(examples: Examples):
    order = np.array([3, 1, 4, 1, 5])
    images, labels = all_of(batches(examples, 2, 32, WILD, order, 7))
    part = np.array([1, 4])
    some, some_labels = all_of(batches(examples, 1, 32, WILD, order[part], 7, part))
    assert np.array_equal(some, images[part]) and np.array_equal(some_labels, labels[part])


def test_the_same_photo_is_varied_anew_at_each_place(examples: Examples):
    images, _ = all_of(batches(examples, 8, 32, WILD, order=np.zeros(6, int)))
    for one in range(6):
        for other in range(one):
            assert abs(images[one] - images[other]).max() > 1
