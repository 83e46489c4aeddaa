"""Photos, labels and probabilities at another size: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image, ImageCms

BILINEAR, NEAREST = Image.Resampling.BILINEAR, Image.Resampling.NEAREST
BLOCK_ROWS = 32  # so many rows of probabilities fit into a processor's cache
# A band of a large photo: as floating point with three channels it takes 50 MB, where 100 million pixels take 1.2 GB.
BAND_PIXELS = 2**22
# Pillow copies a photo before it resizes it: 400 MB for 100 million pixels.
LARGE_PIXELS = 25_000_000

Size = int | tuple[int, int]  # height and width in pixels; one number stands for both


@cache
def srgb_profile() -> bytes:
    """The ICC profile that says that numbers are sRGB, the same bytes at any time."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + bytes(12) + profile[36:]  # bytes 24 to 35 are the moment at which it was made


def bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a picture from the top, ``BAND_PIXELS`` pixels at a time."""
    rows = max(1, BAND_PIXELS // width)
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))


def fitting_size(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """Height and width of a picture made so small that neither is above ``longest_side``; the same where none is.

    >>> from seg.images import fitting_size
    >>> fitting_size((3000, 4000), 400), fitting_size((30, 40), 400)
    ((300, 400), (30, 40))
    """
    scale = min(1.0, longest_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resize_photo(pixels: np.ndarray, size: Size) -> np.ndarray:
    """RGB uint8 ``(H, W, 3)`` at another size, bilinear with antialiasing: what the network is shown.

    A photo of more than ``LARGE_PIXELS`` is first reduced in bands, to at least four times that size.

    >>> import numpy as np
    >>> from seg.images import resize_photo
    >>> stripes = np.zeros((64, 64, 3), np.uint8)
    >>> stripes[:, ::2] = 255  # black and white columns, a pixel each
    >>> small = resize_photo(stripes, 8)
    >>> small.shape, small[4, 4].tolist()  # their mean: without antialiasing it were one or the other
    ((8, 8, 3), [128, 128, 128])
    """
    width, height = _width_height(size)
    if pixels.shape[0] * pixels.shape[1] > LARGE_PIXELS:
        pixels = _divided(pixels, min(pixels.shape[0] // (4 * height), pixels.shape[1] // (4 * width)))
    return np.asarray(Image.fromarray(pixels).resize((width, height), BILINEAR))


def reduce_photo(pixels: np.ndarray, size: Size) -> np.ndarray:
    """As ``resize_photo``, a little coarser and faster where it makes a large photo small.

    A photo of many bands is first reduced band by band: Pillow would copy all of it, 400 MB for 100 million pixels.
    Of grey pictures ``(H, W)`` the same.

    >>> import numpy as np
    >>> from seg.images import reduce_photo
    >>> reduce_photo(np.zeros((1200, 1600, 3), np.uint8), (300, 400)).shape
    (300, 400, 3)
    >>> reduce_photo(np.zeros((1200, 1600), np.uint8), 224).shape
    (224, 224)
    """
    width, height = _width_height(size)
    if pixels.shape[0] * pixels.shape[1] > BAND_PIXELS:
        factor = min(pixels.shape[0] // (2 * height), pixels.shape[1] // (2 * width))
        pixels = _divided(pixels, factor)
    return np.asarray(Image.fromarray(pixels).resize((width, height), BILINEAR, reducing_gap=2))


def _divided(pixels: np.ndarray, factor: int) -> np.ndarray:
    """A picture with the mean of every ``factor`` x ``factor`` pixels as one pixel, made in bands; itself below 2."""
    if factor < 2:
        return pixels
    rows = max(1, BAND_PIXELS // (pixels.shape[1] * factor)) * factor
    return np.concatenate(
        [
            np.asarray(Image.fromarray(pixels[top : top + rows]).reduce(factor))
            for top in range(0, pixels.shape[0], rows)
        ]
    )


def resize_rows(picture: np.ndarray, size: tuple[int, int], rows: slice) -> np.ndarray:
    """Some rows of an RGB picture uint8 ``(h, w, 3)`` as ``resize_photo`` makes them at height and width ``size``."""
    scale = picture.shape[0] / size[0]
    box = (0, rows.start * scale, picture.shape[1], min(picture.shape[0], rows.stop * scale))
    return np.asarray(Image.fromarray(picture).resize((size[1], rows.stop - rows.start), BILINEAR, box=box))


def resize_labels(labels: np.ndarray, size: Size) -> np.ndarray:
    """Labels or a trimap, uint8 ``(H, W)``, at another size, nearest neighbour: no label lies between two others.

    >>> import numpy as np
    >>> from seg.images import resize_labels
    >>> resize_labels(np.array([[1, 3]], np.uint8), (1, 6)).tolist()  # 1 is pet and 3 border; 2 would be background
    [[1, 1, 1, 3, 3, 3]]
    """
    return np.asarray(Image.fromarray(labels).resize(_width_height(size), NEAREST))


def resize_probabilities(probabilities: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Probabilities float32 ``(h, w, C)`` at height and width ``size``, bilinear with antialiasing.

    The likeliest labels of resized probabilities have smooth outlines; resized labels have steps.

    >>> import numpy as np
    >>> from seg.images import resize_probabilities
    >>> small = np.array([[[1, 0], [0, 1]]], np.float32)  # two pixels, each surely of one class
    >>> large = resize_probabilities(small, (1, 4))
    >>> large[0, :, 0].tolist(), large.argmax(axis=2).tolist()
    ([1.0, 0.75, 0.25, 0.0], [[0, 0, 1, 1]])
    """
    resized = np.empty((probabilities.shape[2], *size), np.float32)
    for rows, block in resized_blocks(probabilities, size):
        resized[:, rows] = block
    return resized.transpose(1, 2, 0)


def resized_blocks(
    probabilities: np.ndarray, size: tuple[int, int], wanted: slice | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Probabilities ``(h, w, C)`` resized to ``(H, W)``, ``BLOCK_ROWS`` rows at a time: all, or the ``wanted`` rows.

    Yields the slice of rows and their values, float32 ``(C, n, W)``, equal to Pillow's up to rounding. A fifth of
    Pillow's time: each block stays in the processor's cache while the caller uses it. There are no matrix products
    here because NumPy's threads would keep spinning on the cores that the network needs next, and double its time.
    """
    height, width = size
    first, last = (wanted.start, wanted.stop) if wanted else (0, height)
    # Pillow changes the width, and the height where it shrinks: each new row is then a mean of many.
    source_rows = min(height, probabilities.shape[0])
    # Each row of the result is a mixture of the two source rows whose centres enclose its centre.
    centres = np.clip((np.arange(first, last) + 0.5) * source_rows / height - 0.5, 0, source_rows - 1)
    above = centres.astype(int)
    below = np.minimum(above + 1, source_rows - 1)
    share_below = (centres - above).astype(np.float32)[:, np.newaxis]
    if source_rows == probabilities.shape[0]:
        needed = slice(above[0], below[-1] + 1)
        probabilities, source_rows = probabilities[needed], needed.stop - needed.start
        above, below = above - needed.start, below - needed.start
    wide = np.stack(
        [
            np.asarray(
                Image.fromarray(np.ascontiguousarray(channel, np.float32)).resize((width, source_rows), BILINEAR)
            )
            for channel in probabilities.transpose(2, 0, 1)
        ]
    )
    for begin in range(0, last - first, BLOCK_ROWS):
        rows = slice(begin, min(last - first, begin + BLOCK_ROWS))
        block = wide[:, above[rows]] * (1 - share_below[rows])
        block += wide[:, below[rows]] * share_below[rows]
        yield slice(first + rows.start, first + rows.stop), block


def _width_height(size: Size) -> tuple[int, int]:
    """The order that Pillow expects."""
    height, width = (size, size) if isinstance(size, int) else size
    return width, height
