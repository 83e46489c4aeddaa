"""Examples made of several pictures: each pixel keeps its label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import IGNORED, PETS, Classes
from seg.data.augmentation import Augmentation
from seg.data.batches import batches
from seg.data.dataset import Dataset, DatasetError
from seg.data.examples import Examples, NoPetPhotos
from seg.data.mixing import Mixer, cover_pet, paste_pet
from seg.data.no_pets import photos_in
from tests.data.arrays import GREEN

Maker = Callable[..., Path]


def square_pet(size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """A red square with a border of blue around it, on black."""
    image = np.zeros((size, size, 3), np.uint8)
    labels = np.full((size, size), BACKGROUND, np.uint8)
    for inset, colour, label in ((size // 4 - 4, (0, 0, 255), BORDER), (size // 4, (255, 0, 0), PET)):
        image[inset:-inset, inset:-inset] = colour
        labels[inset:-inset, inset:-inset] = label
    return image, labels


PET, BACKGROUND, BORDER = (PETS[name].label for name in ("pet", "background", "border"))
BLUE = (0, 0, 200)


def test_a_pasted_pet_is_as_large_as_asked_and_leaves_the_rest_of_the_photo():
    image, labels = square_pet(64)
    surround = np.full((96, 128, 3), GREEN, np.uint8)
    mixed, mixed_labels = paste_pet(image, labels, surround, 0.5, (1.0, 0.0))
    assert mixed.shape == surround.shape and mixed_labels.shape == (96, 128)
    rows, columns = np.nonzero(mixed_labels == PET)
    # Half of a picture's 64 by 64, whose pet is half a side, at the bottom left: 48 by 64 pixels, 24 by 32 of them pet.
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (96 - 36, 96 - 13, 16, 47)
    assert (mixed[mixed_labels == PET] == (255, 0, 0)).all(axis=1).mean() > 0.9
    far = np.ones((96, 128), bool)
    far[48:, :64] = False
    assert (mixed[far] == GREEN).all() and (mixed_labels[far] == BACKGROUND).all()
    assert (mixed[50, 1] == GREEN).all(), "the pet's own background is not pasted"


def test_what_is_not_labelled_is_pasted_and_covered_as_what_it_may_be_and_stays_without_a_label():
    image, labels = square_pet(64)
    image[:8, :8], labels[:8, :8] = (200, 200, 0), IGNORED
    surround = np.full((64, 64, 3), GREEN, np.uint8)
    mixed, mixed_labels = paste_pet(image, labels, surround, 1.0, (0.5, 0.5))
    assert np.array_equal(mixed_labels, labels) and (mixed[:8, :8] == (200, 200, 0)).all()
    assert (cover_pet(image, labels, surround)[:8, :8] == GREEN).all(), "nothing of it is called background"


def test_pasting_at_full_size_keeps_the_labels():
    image, labels = square_pet(64)
    mixed, mixed_labels = paste_pet(image, labels, np.full((64, 64, 3), GREEN, np.uint8), 1.0, (0.5, 0.5))
    assert np.array_equal(mixed_labels, labels)
    assert np.array_equal(mixed[labels != BACKGROUND], image[labels != BACKGROUND])
    assert (mixed[labels == BACKGROUND] == GREEN).all()


def test_a_covered_pet_is_gone_and_the_rest_of_its_photo_is_left():
    image, labels = square_pet(64)
    covered = cover_pet(image, labels, np.full((64, 64, 3), GREEN, np.uint8))
    assert covered.dtype == np.uint8
    assert (covered[labels != BACKGROUND] == GREEN).all()
    far = np.ones((64, 64), bool)
    far[7:-7, 7:-7] = False  # the square begins at 12
    assert (covered[far] == image[far]).all()
    edge = covered[32, :12, 1]
    assert (np.diff(edge.astype(int)) >= 0).all() and 0 < np.unique(edge)[1] < 200, "a soft edge"


def taken(examples: Examples, no_pets: NoPetPhotos | None, how: Augmentation, seed: int = 1):
    data = list(batches(examples, 4, augmentation=how, seed=seed, order=np.arange(200) % 8, no_pets=no_pets))
    return np.concatenate([images for images, _ in data]), np.concatenate([labels for _, labels in data])


def test_as_many_examples_as_asked_show_no_pet_or_one_far_away(small_dataset, no_pets_folder: Path):
    examples = Examples(Dataset.open(small_dataset()).samples, 64)
    no_pets = NoPetPhotos(photos_in(no_pets_folder), 64)
    how = Augmentation(no_pet=0.3, far=0.3)
    images, labels = taken(examples, no_pets, how)
    green = (abs(images - GREEN) < 2).all(axis=-1)
    no_pet = (labels == BACKGROUND).all(axis=(1, 2))
    far = green.any(axis=(1, 2)) & ~no_pet
    assert green[no_pet].all()
    assert 0.2 < no_pet.mean() < 0.4 and 0.2 < far.mean() < 0.4
    shares = (labels == PET).mean(axis=(1, 2))
    assert shares[far].max() < 0.8**2 * shares[~far & ~no_pet].max() * 1.1
    again = taken(examples, no_pets, how)
    assert np.array_equal(images, again[0]) and np.array_equal(labels, again[1])


def test_a_pet_far_away_is_as_small_as_asked(no_pets_folder: Path):
    images, _ = taken(
        Plain(), NoPetPhotos(photos_in(no_pets_folder), 64), Augmentation(far=1.0, far_sides=(0.25, 0.25))
    )
    green = (abs(images - GREEN) < 2).all(axis=-1)
    assert ((~green).mean(axis=(1, 2)) <= 0.25**2 + 1e-6).all() and not green.all()


def test_a_pet_is_covered_by_a_photo_without_one_as_often_as_asked(no_pets_folder: Path):
    images, labels = taken(Plain(), NoPetPhotos(photos_in(no_pets_folder), 64), Augmentation(no_pet=1.0, covered=0.8))
    assert (labels == BACKGROUND).all()
    # Three of the eight examples are background alone: laid over these, the photo without a pet hides nothing.
    hides_nothing = (abs(images - GREEN) > 2).any(axis=-1).all(axis=(1, 2))
    assert 0.2 < hides_nothing.mean() < 0.4


def test_without_such_photos_every_example_shows_its_pet(small_dataset):
    examples = Examples(Dataset.open(small_dataset()).samples, 64)
    _, labels = taken(examples, None, Augmentation(no_pet=0.5, far=0.5))
    assert all((each == PET).mean() > 0.1 for each in labels)


class Plain(Examples):
    """Examples of one colour and one label each: example ``i`` is of label ``i % 3``."""

    def __init__(self, number: int = 8, size: int = 64):
        super().__init__([None] * number, size)  # type: ignore[list-item]

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        shape = (self.size, self.size)
        return np.full((*shape, 3), 30 * index, np.uint8), np.full(shape, index % 3, np.uint8)


def test_a_rectangle_of_another_example_brings_its_labels_along():
    images, labels = taken(Plain(), None, Augmentation(cutmix=1.0))
    images = images.round().astype(int)
    assert np.array_equal(labels, images[..., 0] // 30 % 3)
    tops = set()
    for place, image in enumerate(images[..., 0]):
        rows, columns = np.nonzero(image != 30 * (place % 8))
        if rows.size:  # else the other was the example itself
            height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
            assert len(np.unique(image)) == 2 and rows.size == height * width, "one rectangle of one example"
            assert 0.09 < rows.size / image.size < 0.51 and 0.45 < height / width < 2.2
            tops.add(rows.min())
    assert len(tops) > 10, "they lie in different places"


def test_as_many_examples_as_asked_have_a_rectangle_of_another():
    images, _ = taken(Plain(), None, Augmentation(cutmix=0.5))
    mixed = np.mean([len(np.unique(image.round())) > 1 for image in images])
    assert 0.5 * 7 / 8 - 0.1 < mixed < 0.5 * 7 / 8 + 0.1


def test_a_rectangle_takes_as_much_of_the_picture_as_asked():
    images, _ = taken(Plain(), None, Augmentation(cutmix=1.0, cutmix_areas=(0.04, 0.04)))
    others = [(image != 30 * (place % 8)).mean() for place, image in enumerate(images[..., 0].round())]
    assert 0.03 < max(others) < 0.05


def test_a_mosaic_is_four_examples_each_in_its_quarter_with_its_labels():
    images, labels = taken(Plain(), None, Augmentation(mosaic=1.0))
    assert np.array_equal(labels, images[..., 0].round() // 30 % 3)
    for place, image in enumerate(images[..., 0].round()):
        quarters = [
            image[rows, columns] for rows in (slice(0, 32), slice(32, 64)) for columns in (slice(0, 32), slice(32, 64))
        ]
        assert all(len(np.unique(quarter)) == 1 for quarter in quarters)
        assert quarters[0][0, 0] == 30 * (place % 8), "the example itself is the first"


def test_half_of_the_rectangles_show_no_pet_where_there_are_such_photos(no_pets_folder: Path):
    images, labels = taken(Plain(), NoPetPhotos(photos_in(no_pets_folder), 64), Augmentation(cutmix=1.0))
    green = (abs(images - GREEN) < 2).all(axis=-1)
    assert (labels[green] == BACKGROUND).all()
    assert 0.4 < green.any(axis=(1, 2)).mean() < 0.6


def test_photos_without_a_pet_are_mixed_with_each_other(tmp_path: Path):
    folder = tmp_path / "two"
    folder.mkdir()
    for name, colour in (("green", GREEN), ("blue", BLUE)):
        Image.new("RGB", (80, 60), colour).save(folder / f"{name}.png")
    how = Augmentation(no_pet=1.0, cutmix=0.5)
    images, labels = taken(Plain(), NoPetPhotos(photos_in(folder), 64), how)
    green, blue = ((abs(images - colour) < 2).all(axis=-1) for colour in (GREEN, BLUE))
    both = (green.any(axis=(1, 2)) & blue.any(axis=(1, 2))).mean()
    assert 0.2 < both < 0.5
    assert (labels[green | blue] == BACKGROUND).all()


def test_photos_without_a_pet_need_classes_with_a_background(no_pets_folder: Path):
    roads = Classes(tuple(replace(member, role="") for member in PETS))
    with pytest.raises(DatasetError, match="no background"):
        Mixer(Examples([], 64, roads), NoPetPhotos(photos_in(no_pets_folder), 64), Augmentation())
    Mixer(Examples([], 64, roads), None, Augmentation())
