"""Alpha over time: less flicker where the pet moves, and no ghost where it was."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from seg.clips.smoothing import Smoother, motion

STEP, COUNT, SIDE = 3, 8, 96


@pytest.fixture(scope="module")
def moving() -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """A textured square that moves over a textured ground, with noise: frames, true alpha, and one that flickers."""
    rng = np.random.default_rng(0)
    ground = rng.uniform(0, 120, (SIDE // 4, SIDE // 4, 3)).repeat(4, axis=0).repeat(4, axis=1)
    square = rng.uniform(140, 250, (10, 10, 3)).repeat(4, axis=0).repeat(4, axis=1)
    frames, true, flickering = [], [], []
    for t in range(COUNT):
        frame, alpha = ground.copy(), np.zeros((SIDE, SIDE), np.float32)
        here = np.s_[30:70, 10 + STEP * t : 50 + STEP * t]
        frame[here], alpha[here] = square, 1
        frames.append((frame + rng.normal(0, 4, frame.shape)).clip(0, 255).astype(np.uint8))
        true.append(alpha)
        flickering.append((alpha + rng.normal(0, 0.15, alpha.shape)).clip(0, 1).astype(np.float32))
    return frames, true, flickering


def smoothed(frames: list[np.ndarray], alphas: list[np.ndarray], seconds: float = 1 / 30) -> list[np.ndarray]:
    smoother = Smoother()
    return [smoother(frame, alpha, seconds) for frame, alpha in zip(frames, alphas, strict=True)]


def flicker(alphas: list[np.ndarray]) -> float:
    """Mean absolute change of alpha from frame to frame on the square, which is followed."""
    squares = [alpha[32:68, 12 + STEP * t : 48 + STEP * t] for t, alpha in enumerate(alphas)]
    return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(squares)]))


def test_motion_is_found_where_something_moves_and_nowhere_else(moving):
    frames = moving[0]
    rows, columns = motion(*(frame.mean(axis=2).astype(np.float32) for frame in (frames[3], frames[2])))
    y, x = np.indices(rows.shape)
    inside, outside = np.s_[36:64, 25:53], np.s_[2:20, 2:90]
    for place, expected in ((inside, STEP), (outside, 0)):
        found = (rows == y) & (columns == x - expected)
        assert found[place].mean() > 0.75


def test_a_pet_that_moves_flickers_less(moving):
    frames, _, alphas = moving
    assert flicker(smoothed(frames, alphas)) < 0.65 * flicker(alphas)


def test_a_pet_that_moves_leaves_no_ghost(moving):
    frames, true, _ = moving
    out = smoothed(frames, true)
    left = np.s_[32:68, 10 : 10 + STEP * (COUNT - 1) - 2]  # where the square was before
    assert out[-1][left].mean() < 0.02
    assert np.abs(out[-1] - true[-1]).mean() < 0.01


def test_at_a_cut_nothing_of_the_picture_before_stays(moving):
    frames, true, _ = moving
    other = np.full_like(frames[0], 30)
    out = smoothed([frames[0], other], [true[0], np.zeros_like(true[0])])
    assert out[1].max() < 0.05


def test_what_was_shown_long_ago_does_not_count(moving):
    frames, _, alphas = moving
    late = smoothed(frames, alphas, seconds=2.0)
    assert np.abs(late[-1] - alphas[-1]).max() < 1e-4
