"""Closed-form matting: how opaque each undecided pixel is, found from the colours around it.

A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", PAMI 2008. Within a window of 3 by
3 pixels the subject's colours are assumed to vary along a line, and the background's along another one: then alpha is a
linear function of the colours in it. The alphas that come nearest to that in all windows at once solve a linear system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Colours in [0, 1] of a window that vary less than about the square root of this count as one colour.
SMOOTHNESS = 1e-6
TOLERANCE = 1e-4
MOST_STEPS = 500


def closed_form_alpha(
    photo: np.ndarray, unknown: np.ndarray, alpha: np.ndarray, certainty: np.ndarray | float = 0.0
) -> np.ndarray:
    """Alpha of the unknown pixels, the others as they are: float32 ``(H, W)`` in [0, 1].

    ``photo``: RGB uint8 ``(H, W, 3)``, at least 3 pixels high and wide. ``unknown``: bool ``(H, W)``. ``alpha``:
    float32 ``(H, W)`` in [0, 1], right where it is known, elsewhere the guess to start from. ``certainty``: how much an
    unknown pixel is held to its guess, float32 ``(H, W)`` or one number, at least 0; the colours' say has the weight of
    about 1.
    """
    from scipy.sparse import diags_array

    if not unknown.any():
        return alpha
    laplacian, pixels = _matting_laplacian(photo, unknown)
    # Pixels of the windows, numbered as in the Laplacian: those to be computed, and those beside them that are known.
    wanted = unknown.ravel()[pixels]
    guess = alpha.ravel()[pixels].astype(np.float64)
    held = np.broadcast_to(np.asarray(certainty, np.float64), alpha.shape).ravel()[pixels][wanted]
    rows = laplacian[wanted]
    system = (rows[:, wanted] + diags_array(held)).tocsr()
    target = held * guess[wanted] - rows[:, ~wanted] @ guess[~wanted]
    result = alpha.astype(np.float32).ravel()
    result[pixels[wanted]] = _conjugate_gradients(system, target, guess[wanted]).clip(0, 1)
    return result.reshape(alpha.shape)


def _conjugate_gradients(system: csr_array, target: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """The solution of a symmetric, positive system, float64 ``(N,)``, with Jacobi's preconditioner.

    Y. Saad, "Iterative Methods for Sparse Linear Systems", 2003, algorithm 9.1. SciPy's ``cg`` is the same, but takes
    its scalar products from BLAS, whose threads meet at each of them and keep all cores spinning: 128 steps with 22,000
    unknown pixels took 1.57 s of processor time, and take 0.10 s here.
    """
    preconditioner = 1 / system.diagonal().clip(1e-12)
    solution, residual = guess.copy(), target - system @ guess
    step = preconditioner * residual
    energy = _dot(residual, step)
    # Where no known pixel is near, the target is 0, and all steps would not reach it.
    enough = TOLERANCE**2 * (_dot(target, target) or _dot(residual, residual))
    for _ in range(MOST_STEPS):
        if _dot(residual, residual) <= enough:
            break
        bent = system @ step
        length = energy / _dot(step, bent)
        solution += length * step
        residual -= length * bent
        scaled = preconditioner * residual
        before, energy = energy, _dot(residual, scaled)
        step = scaled + energy / before * step
    return solution


def _dot(first: np.ndarray, second: np.ndarray) -> float:
    return float((first * second).sum())


def _matting_laplacian(photo: np.ndarray, unknown: np.ndarray) -> tuple[csr_array, np.ndarray]:
    """The matting Laplacian of all windows that hold an unknown pixel, float64, sparse, and which pixels it is about.

    These are indices into the flat photo, in rising order: one row and one column for each.
    """
    from scipy.ndimage import binary_dilation
    from scipy.sparse import csr_array

    width = unknown.shape[1]
    centres = binary_dilation(unknown, np.ones((3, 3), bool))
    centres[[0, -1]] = False
    centres[:, [0, -1]] = False
    rows, columns = np.arange(-1, 2)[:, np.newaxis] * width, np.arange(-1, 2)
    windows = np.flatnonzero(centres)[:, np.newaxis] + (rows + columns).ravel()  # (N, 9)
    colours = photo.reshape(-1, 3)[windows] / 255.0  # (N, 9, 3)
    colours -= colours.mean(axis=1, keepdims=True)
    spread = colours.transpose(0, 2, 1) @ colours / 9 + np.eye(3) * (SMOOTHNESS / 9)
    affinity = (1 + colours @ np.linalg.inv(spread) @ colours.transpose(0, 2, 1)) / 9  # (N, 9, 9)
    pixels, numbered = np.unique(windows, return_inverse=True)
    numbered = numbered.reshape(windows.shape)
    shape = affinity.shape
    entries = (np.eye(9) - affinity).ravel()
    places = (
        np.broadcast_to(numbered[:, :, np.newaxis], shape).ravel(),
        np.broadcast_to(numbered[:, np.newaxis], shape).ravel(),
    )
    return csr_array((entries, places), shape=(len(pixels), len(pixels))), pixels
