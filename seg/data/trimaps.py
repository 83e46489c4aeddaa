"""Trimap files become arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seg.photo import PhotoError, open_image


def read_trimap(path: Path) -> np.ndarray:
    """The values of a trimap file, uint8 ``(H, W)``. Raises OSError, PhotoError for several channels."""
    return decode_trimap(path.read_bytes(), path.name)


def decode_trimap(data: bytes, name: str) -> np.ndarray:
    """The values of an encoded trimap, uint8 ``(H, W)``. Raises PhotoError for what is no single-channel picture."""
    image = open_image(data, name)
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
