"""Augmentation: labels stay labels, image and labels stay together, pixels stay in their range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from seg.data.augmentation import Augmentation, crop_and_colour, lower_quality
from seg.data.batches import batches
from seg.data.examples import Examples
from tests.data.arrays import SHAPES_ONLY, WILD, all_of

Maker = Callable[..., Path]


def example(size: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """An image whose pixels are their labels' colours, in blocks that look different from every side."""
    blocks = np.random.default_rng(5).integers(0, 3, (6, 6)).astype(np.uint8)
    labels = blocks.repeat(size // 6, axis=0).repeat(size // 6, axis=1)
    return COLOURS[labels], labels


# One channel a label, so that no mixture of two looks like the third.
COLOURS = 250 * np.eye(3, dtype=np.float32)


def test_labels_are_never_interpolated(examples: Examples):
    assert set(np.unique(all_of(batches(examples, 4))[1])) == {0, 1, 2}
    for seed in range(5):
        labels = all_of(batches(examples, 4, 32, WILD, seed=seed))[1]
        assert labels.dtype == np.uint8
        assert set(np.unique(labels)) <= {0, 1, 2}


def test_a_class_between_whose_labels_another_lies_does_not_bring_it_in():
    # Halfway between pet (0) and border (2) lies background (1), if labels were mixed.
    image, labels = example(96)
    labels = np.where(labels == 1, 2, labels).astype(np.uint8)
    for place in range(20):
        cut = crop_and_colour(image, labels, 64, SHAPES_ONLY, tf.constant([1, place], tf.int64))[1].numpy()
        assert 1 not in cut


def test_a_crop_fills_in_no_corners_and_what_is_not_labelled_stays_so():
    image, labels = example(96)
    labels = np.where(labels == 0, 255, 1).astype(np.uint8)
    for place in range(30):
        cut = crop_and_colour(image, labels, 64, SHAPES_ONLY, tf.constant([2, place], tf.int64))[1].numpy()
        assert set(np.unique(cut)) == {1, 255}, "what is filled in has the label 0"


def test_image_and_labels_are_cut_by_the_same_box():
    image, labels = example(96)
    mirrored = upright = cropped = 0
    for place in range(30):
        seed = tf.constant([3, place], tf.int64)
        cut, cut_labels = (tensor.numpy() for tensor in crop_and_colour(image, labels, 96, SHAPES_ONLY, seed))
        assert cut.shape == (96, 96, 3)
        assert cut_labels.shape == (96, 96)
        # Where the image shows a pure colour, and no mixture of two blocks, the label is that colour's.
        pure = cut.max(axis=2) > 248
        assert pure.mean() > 0.7
        assert np.array_equal(cut_labels[pure], cut.argmax(axis=2)[pure])
        cropped += not np.array_equal(cut_labels, labels) and not np.array_equal(cut_labels, labels[:, ::-1])
        # The same draws without the mirror show which way round it was.
        straight = crop_and_colour(image, labels, 96, Augmentation(min_area=0.3, aspect=0.5), seed)[1].numpy()
        upright += (cut_labels == straight).mean() > 0.98
        mirrored += (cut_labels == straight[:, ::-1]).mean() > 0.98
    assert cropped == 30
    assert mirrored + upright == 30
    assert 5 < mirrored < 25


def test_a_mirrored_picture_is_the_picture_from_right_to_left():
    image, labels = example(96)
    seen = set()
    for place in range(12):
        cut, cut_labels = crop_and_colour(
            image, labels, 96, Augmentation(mirror=True), tf.constant([0, place], tf.int64)
        )
        straight = np.allclose(cut, image, atol=0.5)
        assert straight or np.allclose(cut, image[:, ::-1], atol=0.5)
        assert np.array_equal(cut_labels, labels if straight else labels[:, ::-1])
        seen.add(straight)
    assert seen == {True, False}


@pytest.mark.parametrize(("source_size", "size"), [(480, 384), (280, 224), (200, 160), (97, 96), (224, 224), (64, 384)])
@pytest.mark.parametrize("how", [Augmentation(mirror=True), SHAPES_ONLY], ids=["mirror", "crop"])
def test_no_pixel_comes_from_outside_the_photo(source_size: int, size: int, how: Augmentation):
    # crop_and_resize paints what lies outside black and labels it 0, and rounding is enough to lie outside.
    image, labels = (
        tf.fill((source_size, source_size, 3), 200.0),
        tf.fill((source_size, source_size), tf.constant(2, tf.uint8)),
    )
    for place in range(8):
        cut, cut_labels = crop_and_colour(image, labels, size, how, tf.constant([1, place], tf.int64))
        assert cut.numpy().min() > 199
        assert cut_labels.numpy().min() == 2


def test_crops_are_never_smaller_than_asked():
    # Each pixel knows its place, so that the box can be read off the image.
    place = np.stack(np.broadcast_arrays(np.arange(96.0)[:, None], np.arange(96.0), 0.0), axis=2).astype(np.float32)
    labels = np.zeros((96, 96), np.uint8)
    how = Augmentation(min_area=0.5)
    areas = []
    for index in range(40):
        cut = crop_and_colour(place, labels, 48, how, tf.constant([2, index], tf.int64))[0].numpy()
        height, width = np.ptp(cut[..., 0]) / 95, np.ptp(cut[..., 1]) / 95
        assert height == pytest.approx(width, abs=0.01)  # nothing was asked to be stretched
        areas.append(height * width)
    assert 0.49 < min(areas) < 0.65
    assert 0.85 < max(areas) <= 1.001


def test_stretching_stays_within_what_is_asked():
    place = np.stack(np.broadcast_arrays(np.arange(96.0)[:, None], np.arange(96.0), 0.0), axis=2).astype(np.float32)
    ratios = []
    for index in range(40):
        how = Augmentation(min_area=0.3, aspect=0.5)
        cut = crop_and_colour(place, np.zeros((96, 96), np.uint8), 48, how, tf.constant([2, index], tf.int64))[
            0
        ].numpy()
        ratios.append(np.ptp(cut[..., 0]) / np.ptp(cut[..., 1]))
    assert 1 / 1.52 < min(ratios) < 0.9
    assert 1.1 < max(ratios) < 1.52


@pytest.mark.parametrize(
    "how",
    [Augmentation(brightness=0.5), Augmentation(contrast=0.5), Augmentation(saturation=0.8), Augmentation(hue=0.3)],
    ids=lambda how: next(name for name, value in vars(how).items() if value not in (False, 0.0, 1.0)),
)
def test_changes_of_colour_leave_the_labels_and_vary_the_image(how: Augmentation):
    image, labels = example(96)
    image = 0.3 * image + 60
    seen = []
    for place in range(6):
        cut, cut_labels = crop_and_colour(image, labels, 96, how, tf.constant([0, place], tf.int64))
        assert np.array_equal(cut_labels, labels)
        seen.append(cut.numpy())
    assert abs(np.stack(seen) - image).max() > 10
    assert np.ptp(np.stack(seen), axis=0).max() > 10


@pytest.mark.parametrize("how", [WILD, replace(WILD, saturation=0.0, hue=0.0)], ids=["all", "no colours"])
def test_the_wildest_augmentation_stays_between_0_and_255(examples: Examples, how: Augmentation):
    images = np.concatenate([all_of(batches(examples, 4, 32, how, seed=seed))[0] for seed in range(3)])
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 255
    assert images.max() > 200


@pytest.mark.parametrize("share", ["grey", "blur", "jpeg"])
def test_a_picture_is_spoiled_as_often_as_asked_and_its_labels_stay(examples: Examples, share: str):
    order = np.zeros(60, int)
    plain, labels = examples[0]
    spoiled, same = all_of(batches(examples, 20, None, Augmentation(**{share: 0.5}), order, 7))
    assert (same == labels).all()
    # ``augment`` resizes to the same size: equal but for rounding.
    changed = abs(spoiled - plain).max(axis=(1, 2, 3)) > 1
    assert 0.3 < changed.mean() < 0.7


def test_a_grey_picture_has_no_colour_and_a_blurred_one_no_fine_detail(examples: Examples):
    grey = lower_quality(examples[0][0], Augmentation(grey=1.0), np.random.default_rng(0)).astype(int)
    assert (grey.max(axis=-1) == grey.min(axis=-1)).all()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    blurred = lower_quality(noise, Augmentation(blur=1.0), np.random.default_rng(0))
    assert blurred.std() < noise.std() / 1.2 and abs(blurred.mean() - noise.mean()) < 3


def test_only_an_augmentation_of_nothing_is_none():
    assert Augmentation().is_none
    assert not any(
        Augmentation(**one).is_none  # type: ignore[arg-type]
        for one in (
            {"mirror": True},
            {"min_area": 0.9},
            {"aspect": 0.1},
            {"brightness": 0.1},
            {"contrast": 0.1},
            {"saturation": 0.1},
            {"hue": 0.1},
        )
    )
