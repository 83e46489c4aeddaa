"""What lies around a subject and behind it, as arrays: the frame, a shadow, a white rim, a gradient. Pure functions.

A silhouette is the subject's alpha, float32 ``(h, w)`` in [0, 1], on a small copy. Rim and shadow are made there and
resized: both are smooth.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from seg.pictures import blurred, fitted

TOUCHING = 0.006  # what is nearer to the photo's edge than this share of its side touches it
RIM_ROOM = 1.35  # room for a rim in a frame, as a multiple of its width
SHADOW_ROOM = 0.1  # room below a subject for its shadow, as a share of its width
# Of a shadow on the ground, as shares of the subject's width or height:
NEAR_GROUND = 0.07  # columns that end so much above the lowest one say little about where the ground is
GROUND_SMOOTHNESS = 0.12  # of the line on which it stands
OVERHANG = 0.12  # what ends so high above the ground darkens it by a third of what stands on it
MEETING = 0.03  # what ends no higher above the ground stands on it
STEEPEST = 0.3  # a foot so far above the lowest one is farther away, or no foot
WIDE, TIGHT = 0.05, 0.014  # half the thickness of the soft part, and of the dark part where it stands
SOFT, DARK = 0.6, 0.7  # how dark the two parts are
SMALLEST_PART = 0.02  # area of a part of the silhouette that has a shadow, as a share of the largest part's
# Of a shadow on what is behind, as shares of the subject's longest side:
FALL, SOFTNESS = 0.025, 0.03
CLOSING = 1.2  # how far a rim closes gaps beyond its width, as a multiple of it
TINY = 1e-9


class Box(NamedTuple):
    """Where a subject is, as shares of a photo's height and width in [0, 1]."""

    top: float
    left: float
    bottom: float
    right: float


class Frame(NamedTuple):
    """The part of a photo that a picture shows, in its pixels; it may reach beyond the photo on every side."""

    top: int
    left: int
    height: int
    width: int


def box_of(silhouette: np.ndarray) -> Box | None:
    """Where a silhouette is; None where there is none. What nearly touches the photo's edge reaches to it."""
    rows, columns = (np.flatnonzero((silhouette > 0.5).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    ends = [
        (place[0] / length, (place[-1] + 1) / length)
        for place, length in zip((rows, columns), silhouette.shape, strict=True)
    ]
    (top, bottom), (left, right) = [
        (0.0 if low < TOUCHING else low, 1.0 if high > 1 - TOUCHING else high) for low, high in ends
    ]
    return Box(top, left, bottom, right)


def frame_of(
    size: tuple[int, int], box: Box | None, crop: str, margin: float = 0.0, outline: float = 0.0, shadow: bool = False
) -> Frame:
    """The frame of a photo of height and width ``size`` around the subject in ``box``.

    ``crop``: none, pet or square; ``margin`` and ``outline``: as shares of the subject's longest side. Where the photo
    cuts the subject off, the frame ends: a margin would show the cut. A rim goes around it and needs its room.
    """
    height, width = size
    if crop == "none" or box is None:
        return Frame(0, 0, height, width)
    longest = max((box.bottom - box.top) * height, (box.right - box.left) * width)
    room, rim = margin * longest, RIM_ROOM * outline * longest
    below = max(room, SHADOW_ROOM * (box.right - box.left) * width) if shadow else room
    down = _ends(box.top, box.bottom, height, max(room, rim), max(below, rim), rim)
    across = _ends(box.left, box.right, width, max(room, rim), max(room, rim), rim)
    if crop == "square":
        side = _side(down, across, (box.top, box.bottom), (box.left, box.right))
        down = _of_length(down, side, box.top, box.bottom)
        across = _of_length(across, side, box.left, box.right)
        top, left, side = round(down[0]), round(across[0]), max(1, round(side))
        return Frame(top, left, side, side)
    (top, bottom), (left, right) = ((round(low), round(high)) for low, high in (down, across))
    return Frame(top, left, max(1, bottom - top), max(1, right - left))


def _ends(low: float, high: float, length: int, before: float, after: float, rim: float) -> tuple[float, float]:
    """Where a frame begins and ends along one side of a photo."""
    return low * length - (before if low > 0 else rim), high * length + (after if high < 1 else rim)


def _side(
    down: tuple[float, float], across: tuple[float, float], rows: tuple[float, float], columns: tuple[float, float]
) -> float:
    """The side of a square: the longer one, but where the photo cuts the subject off at both ends of the shorter."""
    lengths = [high - low for low, high in (down, across)]
    cut = [length for length, ends in zip(lengths, (rows, columns), strict=True) if ends == (0, 1)]
    return min(cut) if cut else max(lengths)


def _of_length(ends: tuple[float, float], length: float, low: float, high: float) -> tuple[float, float]:
    """The same ends at another distance: they stay where the photo cuts the subject off, else at a pet's head."""
    begin, end = ends
    missing = length - (end - begin)
    if high >= 1 and low > 0 and missing > 0:
        return end - length, end
    if (low <= 0 and high < 1) or missing < 0:
        return begin, begin + length
    return begin - missing / 2, begin - missing / 2 + length


def framed(picture: np.ndarray, box: tuple[float, float, float, float], size: tuple[int, int], edge: str) -> np.ndarray:
    """A part of a picture at height and width ``size``, uint8 or float32 as the picture, ``(h, w)`` or ``(h, w, 3)``.

    ``box``: top, left, height and width as shares of the picture's, beyond [0, 1] too. ``edge``: what is beyond, as
    ``numpy.pad`` calls it: constant (nothing) or symmetric (mirrored).
    """
    height, width = picture.shape[:2]
    top, left = box[0] * height, box[1] * width
    bottom, right = top + box[2] * height, left + box[3] * width
    before = max(0, int(np.ceil(-top))), max(0, int(np.ceil(-left)))
    after = max(0, int(np.ceil(bottom - height))), max(0, int(np.ceil(right - width)))
    if any((*before, *after)):
        widths = [*zip(before, after, strict=True), *[(0, 0)] * (picture.ndim - 2)]
        picture = np.pad(picture, widths, edge)  # type: ignore[call-overload]
    part = (left + before[1], top + before[0], right + before[1], bottom + before[0])
    return np.asarray(Image.fromarray(picture).resize((size[1], size[0]), Image.Resampling.BILINEAR, box=part))


def rim_distance(silhouette: np.ndarray, width: float) -> np.ndarray:
    """How far each pixel is inside a rim around the silhouette, float32 ``(h, w)`` in pixels; negative outside.

    ``width`` in pixels. Gaps that are little wider than the rim are closed. Resized as a distance and cut at 0, the
    outline stays smooth at any size: C. Green, "Improved Alpha-Tested Magnification for Vector Textures and Special
    Effects", SIGGRAPH 2007.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    solid = silhouette > 0.5
    if not solid.any():
        return np.full(silhouette.shape, -1, np.float32)
    closing = CLOSING * width
    reach = int(np.ceil(width + closing)) + 1
    # The rim may leave the picture and come back: it is closed beyond the picture's edge.
    far = distance_transform_edt(~np.pad(solid, reach))
    outside = far > width + closing
    inside = distance_transform_edt(~outside) - closing if outside.any() else np.full(far.shape, width)
    smooth = gaussian_filter(inside, max(1.0, width / 6))
    return smooth[reach:-reach, reach:-reach].astype(np.float32)


def ground_shadow(silhouette: np.ndarray) -> np.ndarray:
    """A soft shadow on the ground on which each part of a silhouette stands, float32 ``(h, w)`` in [0, 1].

    The ground is a line that follows the lowest pixels of a part's columns, those near the ground above all; the shadow
    is darkest where the subject meets it.
    """
    from scipy.ndimage import find_objects, label

    parts, _ = label(silhouette > 0.5)
    areas = np.bincount(parts.ravel())[1:]
    shadow = np.zeros(silhouette.shape, np.float32)
    for number, place in enumerate(find_objects(parts), 1):
        if areas[number - 1] >= SMALLEST_PART * areas.max():
            height, width = (side.stop - side.start for side in place)
            shadow = np.maximum(shadow, _shadow_of(parts == number, height, width))
    return shadow


def _shadow_of(solid: np.ndarray, height: int, width: int) -> np.ndarray:
    """The shadow of one part, bool ``(h, w)``, so many pixels high and wide."""
    from scipy.ndimage import gaussian_filter1d

    columns = solid.any(axis=0)
    lowest = solid.shape[0] - 1 - solid[::-1].argmax(axis=0).astype(float)
    raised = (lowest[columns].max() - lowest) / height
    weight = np.where(columns, np.exp(-raised / NEAR_GROUND), 0)

    def smooth(row: np.ndarray, share: float) -> np.ndarray:
        return gaussian_filter1d(row, max(0.5, share * width), mode="constant")

    ground = smooth(weight * lowest, GROUND_SMOOTHNESS) / (smooth(weight, GROUND_SMOOTHNESS) + TINY)
    above = np.maximum(0, ground - lowest) / height
    stands = np.where(columns, np.exp(-((raised / STEEPEST) ** 2)), 0)
    below = np.arange(solid.shape[0])[:, np.newaxis] - ground
    soft = smooth(stands * np.exp(-above / OVERHANG), 0.04) * np.exp(-((below / (WIDE * width)) ** 2))
    dark = smooth(stands * np.exp(-((above / MEETING) ** 2)), 0.015) * np.exp(-((below / (TIGHT * width)) ** 2))
    return (1 - (1 - SOFT * soft) * (1 - DARK * dark)).clip(0, 1).astype(np.float32)


def shadow_behind(silhouette: np.ndarray) -> np.ndarray:
    """A soft shadow on what is just behind a silhouette, float32 ``(h, w)`` in [0, 1]: light comes from above."""
    from scipy.ndimage import gaussian_filter, shift

    solid = silhouette > 0.5
    longest = max(np.ptp(np.flatnonzero(solid.any(axis=axis))) + 1 if solid.any() else 1 for axis in (0, 1))
    fallen = shift(silhouette, (FALL * longest, 0), order=1, mode="constant")
    return gaussian_filter(fallen, SOFTNESS * longest, mode="nearest").clip(0, 1).astype(np.float32)


def gradient(top: tuple[int, int, int], bottom: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    """From one colour to another, RGB uint8 ``(h, w, 3)``."""
    share = np.linspace(0, 1, size[0], dtype=np.float32)[:, np.newaxis, np.newaxis]
    column = np.asarray(top) * (1 - share) + np.asarray(bottom) * share
    return np.broadcast_to(column.round().astype(np.uint8), (*size, 3))


def placed(picture: np.ndarray, size: tuple[int, int], placement: str) -> np.ndarray:
    """A photo as a background of height and width ``size``, RGB uint8 ``(h, w, 3)``.

    ``placement``: ``fill`` crops it around its middle; ``fit`` shows all of it, on itself out of focus.
    """
    filling = fitted(picture, *size)
    if placement == "fill":
        return filling
    inner = np.asarray(ImageOps.contain(Image.fromarray(picture), (size[1], size[0]), Image.Resampling.BILINEAR))
    laid = blurred(filling, 0.04).copy()
    top, left = (size[0] - inner.shape[0]) // 2, (size[1] - inner.shape[1]) // 2
    laid[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return laid


def laid_over(
    below: tuple[np.ndarray, np.ndarray], colours: np.ndarray | int, alpha: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A layer over others: colours times alpha, float32 ``(n, w, 3)`` in [0, 255], and alpha, float32 ``(n, w)``.

    ``colours``: of the layer, RGB uint8 ``(n, w, 3)``, or one grey; ``alpha``: float32 ``(n, w)`` in [0, 1].
    T. Porter, T. Duff, "Compositing Digital Images", SIGGRAPH 1984: the operator over.
    """
    clear = 1 - alpha
    premultiplied = below[0] * clear[..., np.newaxis]
    premultiplied += colours * alpha[..., np.newaxis]
    return premultiplied, alpha + below[1] * clear


def as_picture(premultiplied: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """Layers as a picture: RGBA uint8 ``(n, w, 4)``, black where it is clear; RGB ``(n, w, 3)`` without ``alpha``."""
    if alpha is None:
        return premultiplied.round().astype(np.uint8)
    picture = np.zeros((*alpha.shape, 4), np.uint8)
    picture[..., 3] = (alpha * 255).round()
    colours = premultiplied / np.maximum(alpha, np.float32(0.5 / 255))[..., np.newaxis]
    picture[..., :3] = np.where(picture[..., 3:] > 0, colours.clip(0, 255).round(), 0)
    return picture
