"""An array that a program gives becomes a photo's pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image

from seg.photo.opening import check_size
from seg.photo.photo import PhotoError
from seg.photo.upright import Upright, upright


def array_to_rgb(array: np.ndarray, name: str, max_pixels: int) -> Upright:
    """A copy of an array as ``read_photo`` takes it. Raises PhotoError."""
    if array.ndim == 2:
        array = array[:, :, np.newaxis].repeat(3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        raise PhotoError("photo_shape", name=name, shape=array.shape)
    check_size(array.shape[0], array.shape[1], name, max_pixels)
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise PhotoError("photo_range", name=name)
        array = np.round(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise PhotoError("photo_dtype", name=name, dtype=array.dtype)
    return upright(Image.fromarray(np.ascontiguousarray(array)))
