"""How surely a network disagrees with a trimap: the trimaps that may be wrong come first."""

from __future__ import annotations

import math

import numpy as np

from seg.classes import Classes

# Smaller probabilities count as this one: a single pixel weighs no more, and none without end.
LEAST_PROBABILITY = 1e-3
MOST = -math.log(LEAST_PROBABILITY)


def disagreement(true: np.ndarray, probabilities: np.ndarray, classes: Classes) -> float:
    """The mean cross-entropy, -log of the true class's probability, in [0, 6.9]; nan where no pixel counts.

    ``true``: labels uint8 ``(H, W)``; ``probabilities``: float ``(H, W, C)``. Pixels that the trimap calls border, and
    those of no class, do not count: there the annotators did not decide.

    Labels with a high loss are often wrong: J. Huang et al., "O2U-Net: A Simple Noisy Label Detection Approach for Deep
    Neural Networks", ICCV 2019. Of the 460 official test photos that are at hand, two have trimaps of background alone:
    they come first and third by it. By the mean of 1 - p, p being the self-confidence of C. G. Northcutt et al.,
    "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021, the one with a small dog comes after
    photos on which the network is merely unsure; that paper's counts need thresholds of all photos, and are 0 for most.

    >>> import numpy as np
    >>> from seg.classes import PETS
    >>> from seg.evaluation.disagreement import disagreement
    >>> pet, border = np.array([[0]]), np.array([[2]])
    >>> sure, unsure = np.array([[[0.01, 0.98, 0.01]]]), np.array([[[0.4, 0.5, 0.1]]])  # both say background
    >>> [round(disagreement(pet, answer, PETS), 1) for answer in (sure, unsure)], disagreement(border, sure, PETS)
    ([4.6, 0.9], nan)
    """
    counted = true < len(classes)
    if classes.border:
        counted &= true != classes.border.label
    if not counted.any():
        return float("nan")
    of_true = np.take_along_axis(probabilities[counted], true[counted][:, np.newaxis], axis=1)
    return float(-np.log(of_true.clip(LEAST_PROBABILITY, 1)).mean())
