"""Photos, labels and probabilities at another size: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

BILINEAR, NEAREST = Image.Resampling.BILINEAR, Image.Resampling.NEAREST
BLOCK_ROWS = 32  # so many rows of probabilities fit into a processor's cache

Size = int | tuple[int, int]  # height and width in pixels; one number stands for both


def resize_photo(pixels: np.ndarray, size: Size) -> np.ndarray:
    """RGB uint8 ``(H, W, 3)`` at another size, bilinear with antialiasing: what the network is shown."""
    return np.asarray(Image.fromarray(pixels).resize(_width_height(size), BILINEAR))


def reduce_photo(pixels: np.ndarray, size: Size) -> np.ndarray:
    """As ``resize_photo``, a little coarser and faster where it makes a large photo small: not for the network."""
    return np.asarray(Image.fromarray(pixels).resize(_width_height(size), BILINEAR, reducing_gap=2))


def resize_labels(labels: np.ndarray, size: Size) -> np.ndarray:
    """Labels or a trimap, uint8 ``(H, W)``, at another size, nearest neighbour: no label lies between two others."""
    return np.asarray(Image.fromarray(labels).resize(_width_height(size), NEAREST))


def resize_probabilities(probabilities: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Probabilities float32 ``(h, w, C)`` at height and width ``size``, bilinear with antialiasing.

    The likeliest labels of resized probabilities have smooth outlines; resized labels have steps.
    """
    resized = np.empty((probabilities.shape[2], *size), np.float32)
    for rows, block in resized_blocks(probabilities, size):
        resized[:, rows] = block
    return resized.transpose(1, 2, 0)


def resized_blocks(probabilities: np.ndarray, size: tuple[int, int]) -> Iterator[tuple[slice, np.ndarray]]:
    """Probabilities ``(h, w, C)`` resized to ``(H, W)``, ``BLOCK_ROWS`` rows at a time.

    Yields the slice of rows and their values, float32 ``(C, n, W)``, equal to Pillow's up to rounding. A fifth of
    Pillow's time: each block stays in the processor's cache while the caller uses it. There are no matrix products
    here because NumPy's threads would keep spinning on the cores that the network needs next, and double its time.
    """
    height, width = size
    # Pillow changes the width, and the height where it shrinks: each new row is then a mean of many.
    source_rows = min(height, probabilities.shape[0])
    wide = np.stack(
        [
            np.asarray(
                Image.fromarray(np.ascontiguousarray(channel, np.float32)).resize((width, source_rows), BILINEAR)
            )
            for channel in probabilities.transpose(2, 0, 1)
        ]
    )
    # Each row of the result is a mixture of the two source rows whose centres enclose its centre.
    centres = np.clip((np.arange(height) + 0.5) * source_rows / height - 0.5, 0, source_rows - 1)
    above = centres.astype(int)
    below = np.minimum(above + 1, source_rows - 1)
    share_below = (centres - above).astype(np.float32)[:, np.newaxis]
    for begin in range(0, height, BLOCK_ROWS):
        rows = slice(begin, min(height, begin + BLOCK_ROWS))
        block = wide[:, above[rows]] * (1 - share_below[rows])
        block += wide[:, below[rows]] * share_below[rows]
        yield rows, block


def _width_height(size: Size) -> tuple[int, int]:
    """The order that Pillow expects."""
    height, width = (size, size) if isinstance(size, int) else size
    return width, height
