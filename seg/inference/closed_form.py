"""Closed-form matting: how opaque each undecided pixel is, found from the colours around it.

A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", PAMI 2008. Within a window of 3 by
3 pixels the subject's colours are assumed to vary along a line, and the background's along another one: then alpha is a
linear function of the colours in it. The alphas that come nearest to that in all windows at once solve a linear system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seg.inference.small_systems import cholesky, solve_lower

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

    >>> import numpy as np
    >>> from seg.inference.closed_form import closed_form_alpha
    >>> grey = np.linspace(0, 250, 11).astype(np.uint8)  # from one colour to another
    >>> photo = np.broadcast_to(grey[:, np.newaxis], (5, 11, 3))
    >>> alpha = np.zeros((5, 11), np.float32)
    >>> alpha[:, -1] = 1
    >>> unknown = np.ones((5, 11), bool)
    >>> unknown[:, [0, -1]] = False
    >>> closed_form_alpha(photo, unknown, alpha)[2].astype(float).round(1).tolist()  # alpha is linear in the colours
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    """
    if not unknown.any():
        return alpha
    held = np.broadcast_to(np.asarray(certainty, np.float64), alpha.shape)[unknown]
    system, target = _equations(photo, unknown, alpha, held)
    result = alpha.astype(np.float32)
    result[unknown] = _conjugate_gradients(system, target, alpha[unknown].astype(np.float64)).clip(0, 1)
    return result


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


def _equations(
    photo: np.ndarray, unknown: np.ndarray, alpha: np.ndarray, held: np.ndarray
) -> tuple[csr_array, np.ndarray]:
    """The system of the ``N`` unknown pixels in rising order: a sparse ``(N, N)`` and its right side ``(N,)``, float64.

    The system is the matting Laplacian with ``held``, float64 ``(N,)``, added to its diagonal; what the Laplacian says
    of known pixels is on the right side.
    """
    from scipy.ndimage import binary_dilation
    from scipy.sparse import csr_array

    width, pixels = unknown.shape[1], np.flatnonzero(unknown)
    count = len(pixels)
    centres = binary_dilation(unknown, np.ones((3, 3), bool))
    centres[[0, -1]] = False
    centres[:, [0, -1]] = False
    places = np.flatnonzero(centres)
    steps = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    whitened = _whitened(photo, [places + down * width + right for down, right in steps])

    # Two pixels of one window are at most two rows and two columns apart: 25 numbers for each unknown pixel, and a row
    # more for the known ones, which is not used. Within one of the steps below no pixel comes twice.
    numbered = np.full(unknown.size, count)
    numbered[pixels] = np.arange(count)
    rows = [numbered[places + down * width + right] for down, right in steps]
    entries = np.zeros((25, count + 1))
    for first, (down, right) in enumerate(steps):
        for second in range(first, 9):
            lower, further = steps[second][0] - down, steps[second][1] - right
            affinity = (1 + (whitened[:, first] * whitened[:, second]).sum(axis=0)) / 9
            share = (first == second) - affinity
            entries[12 + 5 * lower + further, rows[first]] += share
            if first != second:
                entries[12 - 5 * lower - further, rows[second]] += share
    entries = np.ascontiguousarray(entries[:, :count].T)
    entries[:, 12] += held

    apart = np.array([down * width + right for down in range(-2, 3) for right in range(-2, 3)])
    # Beyond the rim the entries are 0, whichever pixel stands for it.
    neighbours = (pixels[:, np.newaxis] + apart).clip(0, unknown.size - 1)
    known = np.where(unknown, 0, alpha).ravel()[neighbours]
    target = held * alpha.ravel()[pixels] - (entries * known).sum(axis=1)
    columns = numbered[neighbours]
    used = (columns < count) & (entries != 0)
    ends = np.concatenate([[0], used.sum(axis=1).cumsum()])
    return csr_array((entries[used], columns[used], ends), shape=(count, count)), target


def _whitened(photo: np.ndarray, windows: list[np.ndarray]) -> np.ndarray:
    """The colours of windows so that their products are what the Laplacian compares, float64 ``(3, 9, n)``.

    ``windows``: the nine pixels of each, as indices into the flat photo, ``(n,)`` each. From each colour the window's
    mean is taken, and the rest is divided by the root of the window's covariance.
    """
    planes = np.ascontiguousarray(photo.reshape(-1, 3).T) / 255.0
    colours = np.stack([planes[:, pixels] for pixels in windows], axis=1)
    colours -= colours.mean(axis=1, keepdims=True)
    spread = np.empty((3, 3, colours.shape[2]))
    for row in range(3):
        for column in range(row + 1):
            spread[row, column] = (colours[row] * colours[column]).sum(axis=0) / 9 + (row == column) * SMOOTHNESS / 9
    return solve_lower(cholesky(spread)[:, :, np.newaxis], colours)
