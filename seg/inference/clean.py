"""A subject without islands and holes that the network is not sure of; several sure subjects stay."""

from __future__ import annotations

import numpy as np

SURE_ENOUGH = 0.8  # median share of the subject in an island that stays, of the background in a hole that stays
SMALLEST_ISLAND = 0.02  # area of an island that stays, as a share of the largest island's
LARGEST_HOLE = 0.01  # area of a hole that can be filled, as a share of the largest island's
HAZE = 0.4  # share below which the subject is no more than a guess; about 0.5 is common within a border
REACH = 0.05  # how far from what is no haze it can be fur, as a share of the longest side


def without_islands_and_holes(share: np.ndarray) -> np.ndarray:
    """``share``, float32 ``(H, W)`` in [0, 1], of the subject against the background: a copy that is clean.

    An island is a connected region where the subject is likelier. The largest stays; others stay if they are large
    enough and the network is sure of them, else their share becomes 0. So does that of what lies around them, where the
    subject is less likely than the background: all of it that leads to no island that stays, and haze that reaches far.
    Small holes of which the network is not sure become 1.

    >>> import numpy as np
    >>> from seg.inference.clean import without_islands_and_holes
    >>> share = np.zeros((40, 40), np.float32)
    >>> share[5:25, 5:25] = 0.95  # the pet
    >>> share[14, 14] = 0.4  # a hole in it
    >>> share[32:36, 30:34] = 0.6  # an island of which the network is not sure
    >>> clean = without_islands_and_holes(share)
    >>> float(clean[14, 14]), float(clean[34, 32])
    (1.0, 0.0)
    """
    from scipy.ndimage import distance_transform_edt, label, median

    islands, count = label(share > 0.5)
    if not count:
        return share
    areas = np.bincount(islands.ravel())[1:]
    numbers = np.arange(1, count + 1)
    sure = np.asarray(median(share, islands, numbers)) >= SURE_ENOUGH
    stays = (areas >= SMALLEST_ISLAND * areas.max()) & sure
    stays[areas.argmax()] = True
    clean = np.where(np.isin(islands, numbers[~stays]), np.float32(0), share)
    around, _ = label(clean > 0)
    clean[~np.isin(around, np.unique(around[np.isin(islands, numbers[stays])]))] = 0
    clean[distance_transform_edt(clean <= HAZE) > REACH * max(share.shape)] = 0

    holes, count = label(clean <= 0.5)
    if count:
        numbers = np.arange(1, count + 1)
        small = np.bincount(holes.ravel(), minlength=count + 1)[1:] <= LARGEST_HOLE * areas.max()
        unsure = np.asarray(median(clean, holes, numbers)) > 1 - SURE_ENOUGH
        rim = np.unique(np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]]))
        clean[np.isin(holes, numbers[small & unsure & ~np.isin(numbers, rim)])] = 1
    return clean
