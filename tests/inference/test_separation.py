"""The colours of the pet at its outline, without the background's part in them."""

from __future__ import annotations

import numpy as np
import pytest

from seg.inference.separation import estimate

PET, BACKGROUND = np.array([200, 120, 40]), np.array([20, 60, 200])


def disc(height: int = 240, width: int = 320, soft: float = 12.0) -> tuple[np.ndarray, np.ndarray]:
    """A disc of one colour on another, its edge ``soft`` pixels wide: the photo and its alpha."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - height / 2, x - width / 2)
    alpha = ((height / 3 - distance) / soft + 0.5).clip(0, 1).astype(np.float32)
    mixed = alpha[..., np.newaxis] * PET + (1 - alpha[..., np.newaxis]) * BACKGROUND
    return mixed.round().astype(np.uint8), alpha


def separate(photo: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return estimate(photo, alpha).explain(photo, alpha)


def test_the_background_has_little_part_in_the_colours_of_the_outline():
    photo, alpha = disc()
    pet, background = separate(photo, alpha)
    edge = (alpha > 0.2) & (alpha < 0.8)

    def error(picture: np.ndarray, colour: np.ndarray) -> float:
        return float(np.abs(picture[edge].astype(float) - colour).mean())

    assert error(pet, PET) < error(photo, PET) / 4
    assert error(background, BACKGROUND) < error(photo, BACKGROUND) / 4


def test_where_nothing_is_mixed_the_photo_stays_as_it_is():
    photo, alpha = disc()
    pet, background = separate(photo, alpha)
    np.testing.assert_array_equal(pet[alpha == 1], photo[alpha == 1])
    np.testing.assert_array_equal(background[alpha == 0], photo[alpha == 0])


def test_the_background_is_painted_on_behind_the_pet():
    photo, alpha = disc()
    _, background = separate(photo, alpha)
    near = (alpha == 1) & (disc(soft=40)[1] < 1)
    assert np.abs(background[near].astype(float) - BACKGROUND).mean() < 30


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 900), (700, 3)])
def test_a_photo_of_any_shape_all_pet_or_all_background_can_be_separated(size, value):
    photo = np.full((*size, 3), 77, np.uint8)
    for picture in separate(photo, np.full(size, value, np.float32)):
        assert picture.shape == photo.shape and picture.dtype == np.uint8
    assert (separate(photo, np.full(size, value, np.float32))[0] == 77).all() or value < 1
