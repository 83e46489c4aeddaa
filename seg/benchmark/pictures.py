"""Photos for measurements: random, each another one, about as large on disk as a camera's."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def random_photo(seed: int, size: tuple[int, int], format: str = "JPEG") -> bytes:
    """An encoded picture of this height and width, another one for each seed: a coarse random pattern."""
    shape = (max(2, size[0] // 12), max(2, size[1] // 12), 3)
    coarse = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(buffer, format, quality=90)
    return buffer.getvalue()
