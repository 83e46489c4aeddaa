"""A cut-out without a rim: what colour the pet has where the photo shows a mixture of pet and background."""

from __future__ import annotations

import numpy as np
from PIL import Image

WORKING_SIDE = 640  # pixels of the longest side on which colours are estimated: away from the outline they vary slowly
RADII = (0.09, 0.009)  # of the longest side; the paper's 90 and 6 pixels of a photo of some 1000
NOTHING = 1e-4  # of a window
HALF_A_STEP = 0.5 / 255  # nearer to 0 or 1 than this, alpha is 0 or 255 in a file


def separate(photo: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colours of the pet and of what is behind it, as if each filled the photo: RGB uint8 ``(H, W, 3)`` twice.

    ``photo``: RGB uint8 ``(H, W, 3)``; ``alpha``: float ``(H, W)`` in [0, 1]. A pixel of the outline is a mixture of
    both; laid over another background, the old one's part in it shows as a rim. Where alpha is 1 the pet's colours
    are the photo's own, where it is 0 the background's are. By blur fusion: Forte, "Approximate Fast Foreground
    Colour Estimation", ICIP 2021.
    """
    small, small_alpha = _smaller(photo) / np.float32(255), _smaller(alpha.astype(np.float32))[..., np.newaxis]
    pet = background = small
    for share in RADII:
        radius = max(1, round(share * max(small.shape)))
        pet, background = _fused(small, small_alpha, pet, background, radius)
    # As bytes from here on: a photo of 12 megapixels takes 36 MB so, and 144 MB in floating point.
    pet, background = (_resized((each * 255).round().astype(np.uint8), alpha.shape) for each in (pet, background))
    opaque, clear = alpha > 1 - HALF_A_STEP, alpha < HALF_A_STEP
    mixed = ~(opaque | clear)
    a, own, front, back = alpha[mixed, np.newaxis], photo[mixed], pet[mixed], background[mixed]
    # What the two estimates leave unexplained of the photo's pixel: its fine texture.
    missing = own - a * front - (1 - a) * back
    pet[mixed] = (front + a * missing).clip(0, 255).round()
    background[mixed] = (back + (1 - a) * missing).clip(0, 255).round()
    for colours, own_there in ((pet, opaque), (background, clear)):
        # Bit by bit: choosing pixels by a mask takes five times as long.
        bits = np.where(own_there, np.uint8(255), np.uint8(0))[..., np.newaxis]
        np.bitwise_xor(colours, (colours ^ photo) & bits, out=colours)
    return pet, background


def _fused(
    photo: np.ndarray, alpha: np.ndarray, pet: np.ndarray, background: np.ndarray, radius: int
) -> tuple[np.ndarray, np.ndarray]:
    """One step of blur fusion; all float32 in [0, 1] and ``(h, w, 3)``, but for alpha ``(h, w, 1)``."""
    covered = _blur(alpha, radius)
    # Where a window holds nothing of one of them, its estimate stays as it was.
    pet = (_blur(pet * alpha, radius) + NOTHING * pet) / (covered + NOTHING)
    background = (_blur(background * (1 - alpha), radius) + NOTHING * background) / (1 - covered + NOTHING)
    missing = photo - alpha * pet - (1 - alpha) * background
    return (pet + alpha * missing).clip(0, 1), (background + (1 - alpha) * missing).clip(0, 1)


def _blur(array: np.ndarray, radius: int) -> np.ndarray:
    """The mean over ``radius`` pixels to each side along both of the first two axes; at the rim, of what is there."""
    for axis in (0, 1):
        length = array.shape[axis]
        sums = np.insert(np.cumsum(array, axis, dtype=np.float64), 0, 0, axis)
        places = np.arange(length)
        ends, starts = np.minimum(places + radius + 1, length), np.maximum(places - radius, 0)
        count = (ends - starts)[:, np.newaxis] if axis else (ends - starts)[:, np.newaxis, np.newaxis]
        array = ((sums.take(ends, axis) - sums.take(starts, axis)) / count).astype(np.float32)
    return array


def _smaller(array: np.ndarray) -> np.ndarray:
    """Made as small as ``WORKING_SIDE``; itself where it is no larger."""
    height, width = array.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    return _resized(array, (max(1, round(height * scale)), max(1, round(width * scale))))


def _resized(array: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """RGB uint8 ``(h, w, 3)`` or float32 ``(h, w)`` to height and width ``size``, bilinear; always a copy."""
    height, width = size
    return np.array(Image.fromarray(array).resize((width, height), Image.Resampling.BILINEAR))
