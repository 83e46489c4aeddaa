"""Alpha at a photo's full size from alpha that was computed on a small copy: edges follow the photo's pixels.

K. He, J. Sun, "Fast Guided Filter", arXiv:1505.00996, 2015: in each window alpha is a linear function of the colours,
whose coefficients vary slowly; they are computed on the small copy, resized, and applied to each pixel of the photo.
"""

from __future__ import annotations

import numpy as np

from seg.images import resized_blocks
from seg.inference.small_systems import cholesky, solve

RADIUS = 2  # pixels of the small copy to each side of a window
# Variance of colours in [0, 1] below which a window counts as one colour: noise and grain of a photo stay below.
NOISE = 1e-5


def linear_coefficients(alpha: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Around each pixel of a small photo, alpha as a linear function of the colours in [0, 1].

    ``alpha``: float32 ``(h, w)`` in [0, 1]; ``photo``: RGB uint8 ``(h, w, 3)``. Returns three slopes and an offset,
    float32 ``(h, w, 4)``.
    """
    colours = np.ascontiguousarray(photo.transpose(2, 0, 1)) / np.float32(255)
    mean_colour, mean_alpha = _mean(colours), _mean(alpha)
    # Covariance of the colours with each other, (3, 3, h, w), and with alpha, (3, h, w).
    spread = np.empty((3, 3, *alpha.shape))
    for row in range(3):
        for column in range(row + 1):
            product = _mean(colours[row] * colours[column]) - mean_colour[row] * mean_colour[column]
            spread[row, column] = product + (row == column) * NOISE
    shared = _mean(colours * alpha) - mean_colour * mean_alpha
    slopes = solve(cholesky(spread), shared.astype(np.float64)).astype(np.float32)
    offset = mean_alpha - (slopes * mean_colour).sum(axis=0)
    return _mean(np.concatenate([slopes, offset[np.newaxis]])).transpose(1, 2, 0)


def apply_coefficients(coefficients: np.ndarray, colours: np.ndarray, size: tuple[int, int], rows: slice) -> np.ndarray:
    """Alpha of some rows of a photo of height and width ``size``, float32 ``(n, W)`` in [0, 1].

    ``coefficients``: float32 ``(h, w, 4)``, of its small copy; ``colours``: these rows, RGB uint8 ``(n, W, 3)``.
    """
    alpha = np.empty(colours.shape[:2], np.float32)
    for at, block in resized_blocks(coefficients, size, rows):
        here = slice(at.start - rows.start, at.stop - rows.start)
        seen = colours[here].transpose(2, 0, 1) / np.float32(255)
        alpha[here] = ((block[:3] * seen).sum(axis=0) + block[3]).clip(0, 1)
    return alpha


def _mean(array: np.ndarray) -> np.ndarray:
    """The mean of the window around each pixel of planes ``(..., h, w)``; at the rim they are mirrored."""
    from scipy.ndimage import uniform_filter

    return uniform_filter(array, 2 * RADIUS + 1, axes=(-2, -1))
