"""Alpha of a small copy at the photo's size."""

from __future__ import annotations

import numpy as np

from seg.images import reduce_photo
from seg.inference.guided_filter import apply_coefficients, linear_coefficients


def guided_upsampling(alpha: np.ndarray, small: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Alpha of the small copy at the photo's size, in two bands."""
    size, middle = photo.shape[:2], photo.shape[0] // 2 + 7
    coefficients = linear_coefficients(alpha, small)
    rows = (slice(0, middle), slice(middle, size[0]))
    return np.concatenate([apply_coefficients(coefficients, photo[each], size, each) for each in rows])


def test_an_edge_of_the_small_copy_becomes_as_sharp_as_the_photos():
    photo = np.zeros((200, 200, 3), np.uint8)
    photo[:, 101:] = (200, 150, 90)
    small = reduce_photo(photo, (50, 50))
    alpha = (small[..., 0] / 200).astype(np.float32)
    full = guided_upsampling(alpha, small, photo)
    assert full.shape == (200, 200) and full.dtype == np.float32
    assert full[:, :100].max() < 0.1 and full[:, 102:].min() > 0.9


def test_where_the_photo_has_one_colour_alpha_is_only_resized():
    photo = np.full((90, 120, 3), 77, np.uint8)
    full = guided_upsampling(np.full((30, 40), 0.4, np.float32), reduce_photo(photo, (30, 40)), photo)
    np.testing.assert_allclose(full, 0.4, atol=1e-4)


def test_alpha_stays_between_zero_and_one():
    random = np.random.default_rng(3)
    photo = random.integers(0, 256, (64, 80, 3), np.uint8)
    full = guided_upsampling(random.random((16, 20), np.float32), reduce_photo(photo, (16, 20)), photo)
    assert full.min() >= 0 and full.max() <= 1
