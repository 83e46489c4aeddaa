"""Photos without a pet: which are kept from training, and pets put small into them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import PETS
from seg.data.dataset import Dataset, DatasetError
from seg.data.no_pets import Surroundings, is_held_back, paste_pet, photos_in
from seg.data.pipeline import Augmentation, Examples, batches

PET, BACKGROUND, BORDER = (PETS[name].label for name in ("pet", "background", "border"))
GREEN = (0, 200, 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nine green photos, and what is none."""
    folder = tmp_path / "no-pets"
    folder.mkdir()
    for number in range(9):
        Image.new("RGB", (40, 30), GREEN).save(folder / f"thing-{number}.png")
    (folder / "._thing-0.png").write_bytes(b"AppleDouble")
    (folder / "list.txt").write_text("thing-0")
    return folder


def square_pet(size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """A red square with a border of blue around it, on black."""
    image = np.zeros((size, size, 3), np.uint8)
    labels = np.full((size, size), BACKGROUND, np.uint8)
    for inset, colour, label in ((size // 4 - 4, (0, 0, 255), BORDER), (size // 4, (255, 0, 0), PET)):
        image[inset:-inset, inset:-inset] = colour
        labels[inset:-inset, inset:-inset] = label
    return image, labels


def test_the_pictures_of_a_folder_are_found_by_name(folder: Path):
    assert [path.name for path in photos_in(folder)] == [f"thing-{number}.png" for number in range(9)]


def test_a_folder_without_photos_is_named(tmp_path: Path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetError, match="there are no photos in"):
            photos_in(place)


def test_one_photo_of_three_is_held_back_whatever_stands_beside_it_and_where(tmp_path: Path):
    names = [f"photo-{number}.jpg" for number in range(3000)]
    held = [name for name in names if is_held_back(tmp_path / name)]
    assert 900 < len(held) < 1100
    assert held == [name for name in names if is_held_back(Path("elsewhere") / name.replace(".jpg", ".png"))]


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


def test_pasting_at_full_size_keeps_the_labels():
    image, labels = square_pet(64)
    mixed, mixed_labels = paste_pet(image, labels, np.full((64, 64, 3), GREEN, np.uint8), 1.0, (0.5, 0.5))
    assert np.array_equal(mixed_labels, labels)
    assert np.array_equal(mixed[labels != BACKGROUND], image[labels != BACKGROUND])
    assert (mixed[labels == BACKGROUND] == GREEN).all()


def taken(examples: Examples, surroundings: Surroundings | None, how: Augmentation, seed: int = 1):
    data = list(batches(examples, 4, augmentation=how, seed=seed, order=np.arange(200) % 8, surroundings=surroundings))
    return np.concatenate([images for images, _ in data]), np.concatenate([labels for _, labels in data])


def test_as_many_examples_as_asked_show_no_pet_or_one_far_away(small_dataset, folder: Path):
    examples = Examples(Dataset.open(small_dataset()).samples, 64)
    surroundings = Surroundings(photos_in(folder), 64)
    how = Augmentation(no_pet=0.3, far=0.3)
    images, labels = taken(examples, surroundings, how)
    green = (abs(images - GREEN) < 2).all(axis=-1)
    no_pet = (labels == BACKGROUND).all(axis=(1, 2))
    far = green.any(axis=(1, 2)) & ~no_pet
    assert green[no_pet].all()
    assert 0.2 < no_pet.mean() < 0.4 and 0.2 < far.mean() < 0.4
    shares = (labels == PET).mean(axis=(1, 2))
    assert shares[far].max() < 0.8**2 * shares[~far & ~no_pet].max() * 1.1
    again = taken(examples, surroundings, how)
    assert np.array_equal(images, again[0]) and np.array_equal(labels, again[1])


def test_without_such_photos_every_example_shows_its_pet(small_dataset):
    examples = Examples(Dataset.open(small_dataset()).samples, 64)
    _, labels = taken(examples, None, Augmentation(no_pet=0.5, far=0.5))
    assert all((own == PET).mean() > 0.1 for own in labels)
