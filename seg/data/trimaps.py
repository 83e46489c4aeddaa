"""Trimap files become arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seg.photo import MAX_PIXELS, PhotoError, check_image, open_image


def read_trimap(path: Path) -> np.ndarray:
    """The values of a trimap file, uint8 ``(H, W)``. Raises OSError, and PhotoError as ``decode_trimap`` does."""
    return decode_trimap(path.read_bytes(), path.name)


def decode_trimap(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The values of an encoded trimap, uint8 ``(H, W)``, as they are stored: no palette, no EXIF orientation.

    Values of 16 bits are cut to 255. Raises PhotoError for a file that is no picture, has more than ``max_pixels``
    pixels, holds floating point, is damaged, or has channels that differ.
    """
    image = open_image(data, name)
    check_image(image, name, max_pixels)
    try:
        values = np.asarray(image)
    except Exception as error:  # damaged files make Pillow's decoders raise nearly anything
        raise PhotoError("photo_damaged", name=name, reason=error) from None
    if values.ndim == 3:
        # Some programs save one channel as grey with alpha, or as three equal ones.
        channels = values[..., :3] if values.shape[2] > 2 else values[..., :1]
        if (channels == channels[..., :1]).all():
            values = channels[..., 0]
    if values.ndim != 2:
        raise PhotoError("trimap_coloured", name=name)
    return values.clip(0, 255).astype(np.uint8)
