"""Alpha from the network's border and the photo's colours."""

from __future__ import annotations

import numpy as np
import pytest

from seg.images import fitting_size, reduce_photo
from seg.inference.matting import WORKING_SIDE, matte, matte_within

PET, BACKGROUND, BORDER = range(3)
RED, BLUE = np.array([220, 40, 30]), np.array([20, 60, 200])


def mixture(alpha: np.ndarray) -> np.ndarray:
    """A photo of a red pet before a blue background."""
    return (alpha[..., np.newaxis] * RED + (1 - alpha[..., np.newaxis]) * BLUE).round().astype(np.uint8)


def answer(labels: np.ndarray) -> np.ndarray:
    """Probabilities of a network that is sure of these labels."""
    return np.where(labels[..., np.newaxis] == np.arange(3), np.float32(0.96), np.float32(0.02))


def full_matte(photo: np.ndarray, probabilities: np.ndarray, subject: int, border: int | None) -> np.ndarray:
    """The matte at the photo's size."""
    size = photo.shape[:2]
    small = reduce_photo(photo, fitting_size(size, WORKING_SIDE))
    return matte(small, probabilities, subject, border).at(photo, size, slice(0, size[0]))


@pytest.fixture
def fur():
    """A pet whose outline is of hairs one pixel wide, and the labels of a network that saw a band."""
    alpha = np.zeros((96, 128), np.float32)
    alpha[20:76, 30:90] = 1
    alpha[20:76:2, 90:98] = 1
    labels = np.full(alpha.shape, BACKGROUND)
    labels[16:80, 26:102] = BORDER
    labels[24:72, 34:86] = PET
    return alpha, labels


def test_hairs_within_the_border_are_cut_out_one_by_one(fur):
    alpha, labels = fur
    found = full_matte(mixture(alpha), answer(labels), PET, BORDER)
    assert found.dtype == np.float32 and found.shape == alpha.shape
    assert np.abs(found - alpha).mean() < 0.01
    assert found[20:76:2, 92:96].min() > 0.9 and found[21:76:2, 92:96].max() < 0.1


def test_what_the_network_is_sure_of_is_opaque_or_clear_whatever_its_colour(fur):
    alpha, labels = fur
    photo = mixture(alpha)
    photo[40:44, 50:54] = BLUE  # a blue collar in the pet's middle
    photo[85:90, 5:10] = RED  # a red ball far away
    found = full_matte(photo, answer(labels), PET, BORDER)
    assert found[40:44, 50:54].min() == 1
    assert not found[85:90, 5:10].any()


def test_a_leg_without_a_sure_pixel_is_not_translucent():
    labels = np.full((96, 96), BACKGROUND)
    labels[10:50, 20:76] = PET
    probabilities = answer(labels)
    probabilities[50:90, 40:46] = (0.45, 0.05, 0.5)  # more pet than background, most of all border
    photo = np.full((96, 96, 3), 128, np.uint8)  # the colours say nothing
    alpha = full_matte(photo, probabilities, PET, BORDER)
    assert alpha[55:85, 42:44].min() > 0.7


def test_a_large_photo_gets_a_matte_of_its_size(fur):
    alpha, labels = fur
    large = np.kron(alpha, np.ones((8, 8), np.float32))
    found = full_matte(mixture(large), answer(labels), PET, BORDER)
    assert found.shape == large.shape
    assert np.abs(found - large).mean() < 0.02


def test_classes_without_a_border_have_a_matte_too(fur):
    alpha, _ = fur
    probabilities = np.stack([0.1 + 0.8 * alpha, 0.9 - 0.8 * alpha], axis=2).astype(np.float32)
    found = full_matte(mixture(alpha), probabilities, 0, None)
    assert np.abs(found - alpha).mean() < 0.05


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (3, 900)])
def test_the_smallest_and_the_narrowest_photos_have_a_matte(size):
    alpha = full_matte(np.zeros((*size, 3), np.uint8), np.full((7, 7, 3), 1 / 3, np.float32), PET, BORDER)
    assert alpha.shape == size and np.isfinite(alpha).all()


def test_masks_of_foreground_and_background_leave_only_the_rest_to_the_colours(fur):
    alpha, labels = fur
    known = [(labels == label).astype(np.float32) for label in (PET, BACKGROUND)]
    found = matte_within(mixture(alpha), *known).alpha
    assert (found[labels == PET] == 1).all() and not found[labels == BACKGROUND].any()
    assert np.abs(found - alpha)[labels == BORDER].mean() < 0.05
