"""Colours for what is clear, so that formats that mix neighbouring pixels draw no dark rim around the subject."""

from __future__ import annotations

import numpy as np
from PIL import Image

BLOCK = 16  # pixels a side of what codecs of videos and of WebP compress together
TINY = np.float32(1e-6)


def without_dark_rims(rgba: np.ndarray) -> np.ndarray:
    """A copy, RGBA uint8 ``(H, W, 4)``, whose clear pixels have the colours of the subject nearby.

    Far away they have its mean colour, which takes no room in a file; nothing of the background comes back.
    """
    weight = rgba[..., 3:].astype(np.float32)
    sums = np.concatenate([rgba[..., :3] * weight, weight], axis=2)
    channels = [np.asarray(Image.fromarray(sums[..., channel]).reduce(BLOCK)) for channel in range(4)]
    blocks = np.stack(channels, axis=-1)
    mean = blocks[..., :3].sum(axis=(0, 1)) / (blocks[..., 3].sum() + TINY)
    near = np.where(blocks[..., 3:] > 0, blocks[..., :3] / (blocks[..., 3:] + TINY), mean).clip(0, 255)
    rows, columns = (np.arange(length) // BLOCK for length in rgba.shape[:2])
    filled = rgba.copy()
    clear = rgba[..., 3] == 0
    filled[clear, :3] = near.round().astype(np.uint8)[rows[:, np.newaxis], columns][clear]
    return filled
