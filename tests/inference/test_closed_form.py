"""Alpha of undecided pixels, from the colours around them."""

from __future__ import annotations

import numpy as np
import pytest

from seg.inference.closed_form import closed_form_alpha

RED, BLUE = np.array([220, 40, 30]), np.array([20, 60, 200])


def mixture(alpha: np.ndarray) -> np.ndarray:
    """A photo of a red subject before a blue background."""
    return (alpha[..., np.newaxis] * RED + (1 - alpha[..., np.newaxis]) * BLUE).round().astype(np.uint8)


@pytest.fixture
def hairs():
    """Alpha with hairs of changing width: opaque at the left, clear at the right, hairs in the columns between."""
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, :20] = 1
    alpha[::4, 20:40] = np.linspace(1, 0.3, 20)
    unknown = np.zeros(alpha.shape, bool)
    unknown[:, 18:44] = True
    return alpha, unknown


def test_the_alpha_of_mixed_colours_is_found_again(hairs):
    alpha, unknown = hairs
    guess = np.where(unknown, np.float32(0.5), alpha)
    found = closed_form_alpha(mixture(alpha), unknown, guess)
    assert found.dtype == np.float32
    assert np.abs(found - alpha)[unknown].mean() < 0.02
    np.testing.assert_array_equal(found[~unknown], alpha[~unknown])


def test_where_all_is_known_nothing_changes(hairs):
    alpha, _ = hairs
    np.testing.assert_array_equal(closed_form_alpha(mixture(alpha), np.zeros(alpha.shape, bool), alpha), alpha)


def test_where_colours_say_nothing_a_certain_guess_stays_and_another_is_smoothed_away():
    photo = np.full((30, 30, 3), 128, np.uint8)
    guess = np.zeros((30, 30), np.float32)
    guess[12:18, 12:18] = 1
    unknown = np.ones(guess.shape, bool)
    unknown[[0, -1]] = unknown[:, [0, -1]] = False
    held = closed_form_alpha(photo, unknown, guess, 10.0)
    free = closed_form_alpha(photo, unknown, guess)
    assert held[14:16, 14:16].min() > 0.8
    assert free[14:16, 14:16].max() < 0.5


def test_unknown_pixels_at_the_rim_get_an_alpha_too(hairs):
    alpha, _ = hairs
    unknown = np.zeros(alpha.shape, bool)
    unknown[:3] = unknown[:, :3] = unknown[:, -3:] = True
    found = closed_form_alpha(mixture(alpha), unknown, np.where(unknown, np.float32(0.5), alpha))
    assert np.abs(found - alpha).max() < 0.1
