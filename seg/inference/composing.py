"""A cut-out with what lies behind it and around it, composed in bands: shown and downloaded alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seg.images import bands, fitting_size, resize_rows, resized_blocks
from seg.inference import layers
from seg.inference.cutout_options import Backdrop, CutoutOptions
from seg.inference.layers import Box, Frame
from seg.photo import read_photo
from seg.pictures import blurred

SILHOUETTE_SIDE = 640  # pixels of the longest side on which shadow and rim are made
# Pixels of a background's longest side: it is enlarged for larger pictures, band by band.
BACKDROP_SIDE = 4096
BLUR_PIXELS = 8  # radius of a blur from which on a larger copy would look the same
STRONGEST_BLUR = 0.06  # radius as a share of the photo's longest side
# A square around a pet in a wide photo has more pixels than the photo: of so many, or of the photo's, it is as sharp
# as the photo, and beyond that smaller.
MOST_PIXELS = 12_000_000


@dataclass(frozen=True, eq=False)
class Pieces:
    """What a cut-out is composed of: a subject and the background that it had.

    ``size``: height and width. ``silhouette``: the subject's alpha on a copy of ``SILHOUETTE_SIDE`` pixels, uint8
    ``(h, w)``. ``colours_at`` gives the subject's colours in some rows, RGB uint8 ``(n, W, 3)``, and its alpha, float32
    ``(n, W)``; ``background`` the photo's background on a copy whose longest side has so many pixels at most, RGB
    uint8, with the subject painted over.
    """

    size: tuple[int, int]
    silhouette: np.ndarray
    colours_at: Callable[[slice], tuple[np.ndarray, np.ndarray]]
    background: Callable[[int], np.ndarray]


def frame(size: tuple[int, int], box: Box | None, options: CutoutOptions) -> Frame:
    """The part of a photo of height and width ``size`` that the options show, around the subject in ``box``."""
    return layers.frame_of(size, box, options.crop, options.margin, options.outline, options.shadow > 0)


def composed_side(size: tuple[int, int], silhouette: np.ndarray, options: CutoutOptions) -> int:
    """The longest side to which a photo is reduced before it is composed, usually its own: memory stays bounded."""
    seen = frame(size, layers.box_of(silhouette / np.float32(255)), options)
    most = max(MOST_PIXELS, size[0] * size[1])
    scale = min(1.0, (most / (seen.height * seen.width)) ** 0.5)
    return max(1, int(max(size) * scale))


def compose(pieces: Pieces, options: CutoutOptions) -> np.ndarray:
    """The subject as the options say: RGBA uint8 ``(H, W, 4)`` where the background is transparent, else RGB.

    Raises PhotoError for a backdrop that cannot be read.
    """
    silhouette = pieces.silhouette / np.float32(255)
    box = layers.box_of(silhouette)
    seen = frame(pieces.size, box, options)
    size = (seen.height, seen.width)
    share = _share(seen, pieces.size)
    small = layers.framed(silhouette, share, fitting_size(size, SILHOUETTE_SIDE), "constant")
    rim = shadow = None
    if box and options.outline:
        longest = max((box.bottom - box.top) * pieces.size[0], (box.right - box.left) * pieces.size[1])
        pixels = small.shape[0] / seen.height
        rim = layers.rim_distance(small, max(1.0, options.outline * longest * pixels))
    if box and options.shadow:
        # A sticker lies on what is behind it, and of a pet whose feet are outside the photo the ground is not seen.
        stands = rim is None and box.bottom < 1
        shadow = options.shadow * (layers.ground_shadow(small) if stands else layers.shadow_behind(small))
    behind = _behind(pieces, options, seen, share)
    is_clear = behind is None
    picture = np.empty((*size, 4 if is_clear else 3), np.uint8)
    for rows in bands(*size):
        height = rows.stop - rows.start
        laid = np.zeros((height, seen.width, 3), np.float32), np.zeros((height, seen.width), np.float32)
        if behind is not None:
            laid = resize_rows(behind, size, rows).astype(np.float32), np.ones_like(laid[1])
        if shadow is not None:
            laid = layers.laid_over(laid, 0, _field(shadow, size, rows))
        colours, alpha = _subject(pieces, seen, rows)
        if rim is not None:
            enlarged = np.float32(seen.height / rim.shape[0])
            inside = (_field(rim, size, rows) * enlarged + np.float32(0.5)).clip(0, 1)
            laid = layers.laid_over(laid, 255, inside)
            alpha *= inside  # a hair beyond the rim is no part of a sticker
        laid = layers.laid_over(laid, colours, alpha)
        picture[rows] = layers.as_picture(laid[0], laid[1] if is_clear else None)
    return picture


def _share(seen: Frame, size: tuple[int, int]) -> tuple[float, float, float, float]:
    height, width = size
    return seen.top / height, seen.left / width, seen.height / height, seen.width / width


def _field(field: np.ndarray, size: tuple[int, int], rows: slice) -> np.ndarray:
    """Some rows of a small field, float32 ``(h, w)``, at height and width ``size``."""
    enlarged = np.empty((rows.stop - rows.start, size[1]), np.float32)
    for at, block in resized_blocks(field[..., np.newaxis], size, rows):
        enlarged[at.start - rows.start : at.stop - rows.start] = block[0]
    return enlarged


def _subject(pieces: Pieces, seen: Frame, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    """The subject's colours and alpha in some rows of a frame; there is none beyond the photo."""
    height, width = pieces.size
    colours = np.zeros((rows.stop - rows.start, seen.width, 3), np.uint8)
    alpha = np.zeros(colours.shape[:2], np.float32)
    first, last = max(0, rows.start + seen.top), min(height, rows.stop + seen.top)
    left, right = max(0, seen.left), min(width, seen.left + seen.width)
    if first < last and left < right:
        shift = seen.top + rows.start
        there = slice(first - shift, last - shift), slice(left - seen.left, right - seen.left)
        of_photo, its_alpha = pieces.colours_at(slice(first, last))
        colours[there], alpha[there] = of_photo[:, left:right], its_alpha[:, left:right]
    return colours, alpha


def _behind(
    pieces: Pieces, options: CutoutOptions, seen: Frame, share: tuple[float, float, float, float]
) -> np.ndarray | None:
    """What is laid behind the subject, RGB uint8 ``(h, w, 3)``, no larger than needed; None for nothing."""
    size = fitting_size((seen.height, seen.width), BACKDROP_SIDE)
    if options.background == "colour":
        return np.full((1, 1, 3), options.colours[0], np.uint8)
    if options.background == "gradient":
        return layers.gradient(options.colours[0], options.colours[-1], (size[0], 1))
    if options.background == "blur":
        strength = options.blur * STRONGEST_BLUR
        side = BACKDROP_SIDE if strength * BACKDROP_SIDE < BLUR_PIXELS else round(BLUR_PIXELS / strength)
        background = pieces.background(max(side, SILHOUETTE_SIDE))
        out_of_focus = blurred(background, strength)
        scale = out_of_focus.shape[0] / pieces.size[0]
        small = max(1, round(seen.height * scale)), max(1, round(seen.width * scale))
        return layers.framed(out_of_focus, share, small, "symmetric")
    if options.background == "photo" and options.backdrop:
        return layers.placed(_read(options.backdrop, max(size)), size, options.placement)
    return None


def _read(backdrop: Backdrop, side: int) -> np.ndarray:
    """A backdrop's pixels, RGB uint8 ``(h, w, 3)``."""
    # Twice as long as the picture, it fills it also where it is cropped to half.
    return read_photo(backdrop.source, backdrop.name, backdrop.max_pixels, draft=2 * side).pixels
