"""Light: what the lamp, the hour and the camera do to a finished picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from PIL.Image import Resampling

Plane = NDArray[np.float32]


def lit(picture: Image.Image, pet: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture in some light, through some lens: RGB uint8 (H, W, 3). `pet`, bool (H, W), is the fur."""
    if rng.uniform() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.0)))
    image = np.asarray(picture, dtype=np.float32)
    height, width = pet.shape
    light = _falloff(height, width, rng) * (1 + np.float32(0.035) * _strands(height, width, rng) * pet)
    warmth, exposure, colour = rng.normal((0, 1.02, 0.95), (0.06, 0.1, 0.12)).astype(np.float32)
    gains = exposure * np.array([1 + warmth, 1, 1 - warmth], dtype=np.float32)
    grey = image.mean(axis=2, keepdims=True)
    image = (grey + (image - grey) * colour) * light[..., None] * gains
    image += rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(rng.uniform(0.5, 4))
    return np.clip(image, 0, 255).astype(np.uint8)


def _falloff(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Light that comes from one side and, at times, leaves the corners dark: (H, W), about 1."""
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.float32(rng.uniform(0, 0.22))
    vignette = np.float32(rng.uniform(0, 0.3) if rng.uniform() < 0.5 else 0)
    tilt = np.float32(np.cos(angle)) * across + np.float32(np.sin(angle)) * down
    return np.float32(1) + slope * tilt - vignette * (across**2 + down**2) / np.float32(2)


def _strands(height: int, width: int, rng: np.random.Generator) -> Plane:
    """Noise like brushed hair, taller than wide: (H, W), mean 0, deviation about 1."""
    cells = rng.standard_normal((height // 4 + 1, width // 2 + 1), dtype=np.float32)
    return np.asarray(Image.fromarray(cells).resize((width, height), Resampling.BICUBIC))
