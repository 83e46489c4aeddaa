"""The network on more than it can see at once: in overlapping parts, whose answers are blended without seams."""

from __future__ import annotations

import numpy as np

from seg.images import resize_photo
from seg.inference.engines import Engine

STEP = 32  # pixels: sides of what the network sees are multiples of it
LARGEST_SIDE = 416  # pixels of what the network sees at once: the side of its training's largest images
OVERLAP = 96  # pixels at least that neighbouring parts share


def see(engine: Engine, pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Probabilities float32 ``(h, w, C)`` in [0, 1] of a photo that is resized to height and width ``size``.

    ``pixels``: RGB uint8 ``(H, W, 3)``. ``size``: multiples of ``STEP``; a side above ``LARGEST_SIDE`` is seen in
    parts, one after another, so that memory does not grow with it.
    """
    image = resize_photo(pixels, size).astype(np.float32)
    blended: np.ndarray | None = None
    for rows, row_weights in overlapping(size[0]):
        for columns, column_weights in overlapping(size[1]):
            answer = engine.probabilities(image[np.newaxis, rows, columns])[0]
            if blended is None:
                blended = np.zeros((*size, answer.shape[2]), np.float32)
            blended[rows, columns] += np.outer(row_weights, column_weights)[..., np.newaxis] * answer
    assert blended is not None  # every side has a part
    return blended


def overlapping(length: int) -> list[tuple[slice, np.ndarray]]:
    """The parts of a side, evenly spread, with the weight of each pixel of theirs, float32 in (0, 1].

    Where two overlap, the weight of one falls as that of the other rises: weights sum to 1 at each pixel of the side.
    """
    count = max(1, -(-(length - OVERLAP) // (LARGEST_SIDE - OVERLAP)))
    side = min(length, -(-(length + (count - 1) * OVERLAP) // (count * STEP)) * STEP)
    starts = [round(number * (length - side) / max(1, count - 1)) for number in range(count)]
    weights = [np.ones(side, np.float32) for _ in starts]
    for number in range(1, count):
        shared = starts[number - 1] + side - starts[number]
        weights[number][:shared] = rising(shared)
        weights[number - 1][-shared:] = rising(shared)[::-1]
    return [(slice(start, start + side), weight) for start, weight in zip(starts, weights, strict=True)]


def rising(length: int) -> np.ndarray:
    """Weights from nearly 0 to nearly 1, float32 ``(length,)``; with the same from the other side they sum to 1."""
    return ((np.arange(length) + 0.5) / length).astype(np.float32)
