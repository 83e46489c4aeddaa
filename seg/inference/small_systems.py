"""Many symmetric systems of three equations at once: a plane of numbers for each of the matrix's nine.

NumPy's ``linalg`` calls LAPACK for each matrix: of 3 by 3 the call takes ten times as long as the arithmetic.
"""

from __future__ import annotations

import numpy as np


def cholesky(matrices: np.ndarray) -> np.ndarray:
    """The lower triangles L with L Lᵀ = matrix, of positive matrices ``(3, 3, ...)``; returns the same shape."""
    lower = np.zeros_like(matrices)
    for column in range(3):
        for row in range(column, 3):
            rest = matrices[row, column] - sum(lower[row, k] * lower[column, k] for k in range(column))
            lower[row, column] = np.sqrt(rest) if row == column else rest / lower[column, column]
    return lower


def solve_lower(lower: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The x with L x = right: ``lower`` ``(3, 3, ...)``, ``right`` and x ``(3, ...)``."""
    solved = np.empty_like(right)
    for row in range(3):
        solved[row] = (right[row] - sum(lower[row, k] * solved[k] for k in range(row))) / lower[row, row]
    return solved


def solve(lower: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The x with L Lᵀ x = right; shapes as for ``solve_lower``."""
    solved = solve_lower(lower, right)
    for row in (2, 1, 0):
        solved[row] = (solved[row] - sum(lower[k, row] * solved[k] for k in range(row + 1, 3))) / lower[row, row]
    return solved
