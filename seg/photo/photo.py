"""A photo, why a file is none, and what a person is to know of one that could be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seg.errors import SegError
from seg.photo.details import Details


class PhotoError(SegError):
    """A photo or trimap that cannot be used."""


class PhotoWarning(SegError):
    """What a person is to know of a photo that is used all the same. It is never raised: ``Photo.warnings`` has it."""

    def of(self, name: str) -> PhotoWarning:
        """The same of a photo that is known by another name: two visitors may have given the same file."""
        return PhotoWarning(self.code, **{**self.values, "name": name})


@dataclass(frozen=True, eq=False)
class Photo:
    """RGB pixels, uint8 ``(H, W, 3)`` in [0, 255], upright, sRGB, and the name the user knows the photo by.

    ``full_size`` is the height and width of the photo in its file, which ``pixels`` may be smaller than. ``alpha`` is
    how opaque the file says each pixel is, uint8 ``(H, W)`` in [0, 255], and None where all are opaque; ``pixels`` lie
    on white where they are not. ``warnings`` say what is wrong with the file. ``details`` are what results keep of its
    EXIF. ``orientation`` is how EXIF says that the file's rows and columns lie, 1 where they are upright.

    >>> import numpy as np
    >>> from seg.photo import read_photo
    >>> rgba = np.array([[[200, 0, 0, 255], [200, 0, 0, 0]]], np.uint8)  # an opaque red pixel and a clear one
    >>> photo = read_photo(rgba)
    >>> photo.pixels.tolist(), photo.alpha.tolist()
    ([[[200, 0, 0], [255, 255, 255]]], [[255, 0]])
    >>> photo.size, photo.full_size, photo.colours_at(slice(0, 1)).shape
    ((1, 2), (1, 2), (1, 2, 3))
    """

    pixels: np.ndarray
    name: str = "photo"
    full_size: tuple[int, int] = (0, 0)
    alpha: np.ndarray | None = None
    warnings: tuple[PhotoWarning, ...] = ()
    details: Details = Details()
    orientation: int = 1

    def __post_init__(self) -> None:
        if self.full_size == (0, 0):
            object.__setattr__(self, "full_size", self.size)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def colours_at(self, rows: slice) -> np.ndarray:
        """Some rows without the white on which ``pixels`` lie, RGB uint8 ``(n, W, 3)``; what is clear stays white."""
        if self.alpha is None:
            return self.pixels[rows]
        share = self.alpha[rows, :, np.newaxis] / np.float32(255)
        colours = (self.pixels[rows] - 255 * (1 - share)) / np.maximum(share, np.float32(1 / 255))
        return np.where(share > 0, colours.clip(0, 255).round(), 255).astype(np.uint8)
