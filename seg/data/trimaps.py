"""Trimap files become arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from seg.photo import MAX_PIXELS, PhotoError, check_image, open_image

# What makes a photo upright, by its EXIF orientation (EXIF 2.32, tag 274).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_trimap(path: Path, orientation: int = 1) -> np.ndarray:
    """The values of a trimap file, uint8 ``(H, W)``. Raises OSError, and PhotoError as ``decode_trimap`` does.

    ``orientation``: that of the photo by EXIF, where the trimap was drawn on the photo as it lies in its file.

    >>> import numpy as np
    >>> from seg import Dataset
    >>> from seg.data.trimaps import read_trimap
    >>> trimap = read_trimap(Dataset.open()["Abyssinian_88"].trimap)
    >>> trimap.dtype.name, np.unique(trimap).tolist()
    ('uint8', [1, 2, 3])
    """
    return upright_as(orientation, decode_trimap(path.read_bytes(), path.name))


def upright_as(orientation: int, values: np.ndarray) -> np.ndarray:
    """An array ``(H, W)`` as it lies in a photo's file, turned upright as EXIF turns the photo.

    >>> import numpy as np
    >>> from seg.data.trimaps import upright_as
    >>> upright_as(6, np.array([[1, 2, 3]], np.uint8)).tolist()  # 6: the camera was held upright
    [[1], [2], [3]]
    """
    turn = TURNS.get(orientation)
    return values if turn is None else np.asarray(Image.fromarray(values).transpose(turn))


def decode_trimap(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The values of an encoded trimap, uint8 ``(H, W)``, as they are stored: no palette, no EXIF orientation.

    Values of 16 bits are cut to 255. Raises PhotoError for a file that is no picture, has more than ``max_pixels``
    pixels, holds floating point, is damaged, or has channels that differ.

    >>> import numpy as np
    >>> from seg.data.trimaps import decode_trimap
    >>> from seg.pictures import encode_png
    >>> decode_trimap(encode_png(np.array([[1, 2, 3]], np.uint8)), "mine.png").tolist()
    [[1, 2, 3]]
    >>> decode_trimap(encode_png(np.array([[[255, 0, 0]]], np.uint8)), "red.png")
    Traceback (most recent call last):
        ...
    seg.photo.photo.PhotoError: red.png has colours: a trimap has one channel, with the value of a class in each pixel.
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
