"""Alpha that does not flicker from frame to frame, and leaves no ghost behind what moves."""

from __future__ import annotations

import math

import numpy as np

from seg.images import resize_photo

SECONDS = 0.1  # after which an earlier frame counts for 1/e
LEVELS = (4, 2, 1)  # motion is looked for on a quarter of the size first, and refined on a half and on the whole
REACH = 6  # pixels of the smallest level: 24 of the small copy from one frame to the next
WINDOW = 9  # pixels a side of what is compared when motion is looked for
ALIKE = 5  # pixels a side of where most have the same motion
COMPARED = 5  # pixels a side of what is compared to judge whether the motion is right
STILL = 0.1  # levels of brightness for each pixel of motion: what has no texture counts as still
MOST_NOISE = 12.0  # levels between two frames that can still be noise: beyond, the picture has changed
CHANGED = 4.0  # levels above the noise at which an earlier frame counts for 1/e
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class Smoother:
    """Averages alpha over the frames of a clip, along the motion, where the pictures say that nothing else changed.

    A recursive temporal filter with motion compensation: E. Dubois, S. Sabri, "Noise Reduction in Image Sequences Using
    Motion-Compensated Temporal Filtering", IEEE Transactions on Communications, 1984. Where a pixel comes from is found
    by block matching from coarse to fine; where the earlier frame does not look like this one there, at what was
    covered, at a cut or where the motion was not found, this frame's alpha stays as it is.
    """

    def __init__(self) -> None:
        self._photo: np.ndarray | None = None
        self._alpha: np.ndarray | None = None

    def __call__(self, photo: np.ndarray, alpha: np.ndarray, seconds: float) -> np.ndarray:
        """The alpha of the next frame, smoothed: float32 ``(h, w)`` in [0, 1].

        ``photo``: the frame, RGB uint8 ``(h, w, 3)``, small; ``alpha``: float32 ``(h, w)`` in [0, 1]; ``seconds``:
        since the frame before. All frames have one size.
        """
        if self._photo is not None and self._alpha is not None:
            rows, columns = motion(photo @ LUMA, self._photo @ LUMA)
            before = self._photo[rows, columns].astype(np.float32)
            weight = trust(photo, before) * np.float32(math.exp(-seconds / SECONDS))
            alpha = alpha + weight * (self._alpha[rows, columns] - alpha)
        self._photo, self._alpha = photo, alpha
        return alpha


def trust(photo: np.ndarray, before: np.ndarray) -> np.ndarray:
    """How far each pixel looks as it did before: float32 ``(h, w)`` in [0, 1]; both ``(h, w, 3)`` in [0, 255]."""
    from scipy.ndimage import uniform_filter

    difference = uniform_filter(np.abs(photo - before).max(axis=2), COMPARED)
    noise = min(float(np.median(difference)), MOST_NOISE)
    return np.exp(-(((difference - noise).clip(0) / CHANGED) ** 2)).astype(np.float32)


def motion(photo: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From which row and column of the frame before each pixel comes: two integer arrays ``(h, w)``.

    ``photo``, ``before``: brightness in [0, 255], float32 ``(h, w)``.
    """
    from scipy.ndimage import median_filter, uniform_filter

    shape = (photo.shape[0], photo.shape[1])
    down = across = np.zeros((1, 1), int)
    for level in LEVELS:
        size = (max(1, shape[0] // level), max(1, shape[1] // level))
        now, then = resize_photo(photo, size), resize_photo(before, size)
        down, across = (2 * _resized(part, size) for part in (down, across))
        y, x = np.indices(size, sparse=True)
        reach = REACH if level == LEVELS[0] else 1
        least = np.full(size, np.inf, np.float32)
        best_down, best_across = down, across
        for step_down in range(-reach, reach + 1):
            for step_across in range(-reach, reach + 1):
                rows = (y + down + step_down).clip(0, size[0] - 1)
                columns = (x + across + step_across).clip(0, size[1] - 1)
                cost = uniform_filter(np.abs(now - then[rows, columns]), WINDOW)
                cost += STILL * (np.abs(down + step_down) + np.abs(across + step_across))
                better = cost < least
                least = np.where(better, cost, least)
                best_down = np.where(better, down + step_down, best_down)
                best_across = np.where(better, across + step_across, best_across)
        # A vector that no neighbour has is a mistake, which would carry a speck of the pet away.
        down, across = (median_filter(part, ALIKE) for part in (best_down, best_across))
    y, x = np.indices(shape, sparse=True)
    return (y + down).clip(0, shape[0] - 1), (x + across).clip(0, shape[1] - 1)


def _resized(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    rows = np.arange(size[0]) * array.shape[0] // size[0]
    columns = np.arange(size[1]) * array.shape[1] // size[1]
    return array[rows[:, np.newaxis], columns]
