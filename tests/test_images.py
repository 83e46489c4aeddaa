"""Resizing: photos and probabilities smoothly, labels never to a label that was not there."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seg.images import resize_labels, resize_photo, resize_probabilities


def image_and_labels(size: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """A photo whose pixels show their labels, one channel a label, in blocks that look different from every side."""
    blocks = np.random.default_rng(5).integers(0, 3, (6, 6)).astype(np.uint8)
    labels = blocks.repeat(size // 6, axis=0).repeat(size // 6, axis=1)
    return (250 * np.eye(3)).astype(np.uint8)[labels], labels


def test_a_photo_is_resized_smoothly_and_its_labels_are_not():
    labels = np.random.default_rng(0).integers(0, 3, (37, 53)).astype(np.uint8)
    for size in (8, 32, 100):
        small = resize_labels(labels, size)
        assert (small.shape, small.dtype) == ((size, size), np.uint8)
        assert set(np.unique(small)) <= {0, 1, 2}
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[::2] = 255  # finer than the small picture can show: antialiasing makes it grey, not stripes
    grey = resize_photo(photo, 16)
    assert (grey.shape, grey.dtype) == ((16, 16, 3), np.uint8)
    assert abs(grey.astype(int) - 127).max() <= 30


def test_photo_and_labels_are_resized_to_the_same_place():
    image, labels = image_and_labels()
    for size in (32, 64, 160, (60, 130)):
        small, small_labels = resize_photo(image, size), resize_labels(labels, size)
        assert (small.argmax(axis=2) == small_labels).mean() > 0.95


def test_a_size_is_a_side_or_height_and_width():
    image, labels = image_and_labels()
    assert resize_photo(image, 20).shape == (20, 20, 3)
    assert resize_photo(image, (20, 30)).shape == (20, 30, 3)
    assert resize_labels(labels, (20, 30)).shape == (20, 30)


def test_resizing_to_the_same_size_changes_nothing():
    image, labels = image_and_labels()
    assert np.array_equal(resize_photo(image, 96), image)
    assert np.array_equal(resize_labels(labels, 96), labels)


def test_resizing_interpolates_between_neighbours_and_keeps_what_is_even():
    ramp = np.repeat(np.linspace(0, 1, 8, dtype=np.float32)[:, None, None], 3, axis=2)
    larger = resize_probabilities(ramp, (16, 5))[:, 2, 0]
    assert (np.diff(larger) >= 0).all()
    np.testing.assert_allclose(larger[1:-1], (np.arange(1, 15) - 0.5) / 2 / 7, atol=1e-6)  # pixel centres, not corners
    even = np.full((8, 8, 3), 0.25, np.float32)
    for size in ((3, 3), (8, 8), (50, 21)):
        np.testing.assert_allclose(resize_probabilities(even, size), 0.25, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (90, 1), (20, 70), (70, 20), (31, 49), (32, 48), (100, 333)])
def test_resized_probabilities_are_what_pillow_computes(size):
    probabilities = np.random.default_rng(1).dirichlet((1, 1, 1), (32, 48)).astype(np.float32)
    channels = [Image.fromarray(np.ascontiguousarray(probabilities[..., c])) for c in range(3)]
    expected = np.stack([np.asarray(c.resize(size[::-1], Image.Resampling.BILINEAR)) for c in channels], axis=2)
    np.testing.assert_allclose(resize_probabilities(probabilities, size), expected, atol=1e-6)
