"""Areas of a photo as programs for annotation store them, painted into a mask.

Coordinates are pixels from the upper left corner of the photo: the first pixel reaches from 0 to 1, its centre is at
0.5. A pixel belongs to an area where its centre does, so that areas that touch neither overlap nor leave a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seg.data.annotations.errors import AnnotationError

# Rows crossed by all edges of a polygon together. One around a tree has thousands, and each takes some 50 bytes.
MOST_CROSSINGS = 20_000_000
CIRCLE_CORNERS = 180
MOST_RUN_BITS = 40  # of the length of a run; photos have at most 28


class Shape(Protocol):
    """An area; ``area`` is its size in pixels, roughly."""

    @property
    def area(self) -> float: ...

    def paint(self, mask: np.ndarray, value: int) -> None:
        """Set the pixels of the area in a mask, uint8 ``(H, W)``; what lies outside the photo is left out.

        Raises AnnotationError.
        """


@dataclass(frozen=True)
class Polygon:
    """``corners``: float64 ``(N, 2)``, x and y. Where its edges cross, the even-odd rule says what is inside.

    Raises ValueError for fewer than three corners, or any that is no number.
    """

    corners: np.ndarray

    def __post_init__(self) -> None:
        if self.corners.ndim != 2 or self.corners.shape[1] != 2 or len(self.corners) < 3:
            raise ValueError("a polygon has three corners or more")
        if not np.isfinite(self.corners).all():
            raise ValueError("a corner is no number")

    @property
    def area(self) -> float:
        x, y = self.corners.T
        return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)

    def paint(self, mask: np.ndarray, value: int) -> None:
        height, width = mask.shape
        # Corners far outside would overflow below; one photo further out changes nothing that is seen of most shapes.
        corners = self.corners.clip([-width, -height], [2 * width, 2 * height])
        ends = np.roll(corners, -1, axis=0)
        # An edge crosses the rows whose centre lies between its ends.
        first, last = (
            np.ceil(pick(corners[:, 1], ends[:, 1]) - 0.5).clip(0, height).astype(int)
            for pick in (np.minimum, np.maximum)
        )
        rows_crossed = last - first
        if rows_crossed.sum() > MOST_CROSSINGS:
            raise AnnotationError("annotation_corners", count=len(corners))
        if not rows_crossed.any():
            return
        edge = np.repeat(np.arange(len(corners)), rows_crossed)
        row = np.arange(len(edge)) - np.repeat(np.cumsum(rows_crossed) - rows_crossed, rows_crossed) + first[edge]
        (x, y), (dx, dy) = corners[edge].T, (ends - corners)[edge].T
        column = np.ceil(x + (row + 0.5 - y) * dx / dy - 0.5).clip(0, width).astype(int)
        top, bottom = row.min(), row.max() + 1
        crossings = np.zeros((bottom - top, width + 1), np.uint8)  # an overflow keeps it odd or even
        np.add.at(crossings, (row - top, column), 1)
        inside = np.bitwise_xor.accumulate(crossings & 1, axis=1)[:, :width].astype(bool)
        mask[top:bottom][inside] = value


@dataclass(frozen=True)
class Polygons:
    """Several polygons that are one area together: what a post in front of a car leaves of it."""

    parts: tuple[Polygon, ...]

    @property
    def area(self) -> float:
        return sum(part.area for part in self.parts)

    def paint(self, mask: np.ndarray, value: int) -> None:
        for part in self.parts:
            part.paint(mask, value)


@dataclass(frozen=True)
class Runs:
    """Run lengths as COCO has them: ``counts``, int64, pixels outside and inside by turns, column by column.

    ``size``: height and width of the photo that they describe.
    """

    counts: np.ndarray
    size: tuple[int, int]

    @property
    def area(self) -> float:
        return float(self.counts[1::2].sum())

    def paint(self, mask: np.ndarray, value: int) -> None:
        height, width = mask.shape
        if self.size != mask.shape or self.counts.sum() != height * width:
            raise AnnotationError("annotation_runs", pixels=int(self.counts.sum()), width=width, height=height)
        inside = np.repeat(np.arange(len(self.counts)) % 2 == 1, self.counts)
        mask[inside.reshape(width, height).T] = value


@dataclass(frozen=True)
class Stamp:
    """Some of the pixels of a box: ``pixels``, bool ``(h, w)``, with the box's ``left`` and ``top`` in the photo."""

    pixels: np.ndarray
    left: int
    top: int

    @property
    def area(self) -> float:
        return float(self.pixels.sum())

    def paint(self, mask: np.ndarray, value: int) -> None:
        y, x = np.nonzero(self.pixels)
        y, x = y + self.top, x + self.left
        seen = (y >= 0) & (y < mask.shape[0]) & (x >= 0) & (x < mask.shape[1])
        mask[y[seen], x[seen]] = value


def rectangle(first: Sequence[float], second: Sequence[float]) -> Polygon:
    """The rectangle between two opposite corners. Raises ValueError."""
    (left, top), (right, bottom) = first, second
    return Polygon(np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float))


def circle(centre: Sequence[float], on_it: Sequence[float]) -> Polygon:
    """The circle around a point, through another, as a polygon of many corners. Raises ValueError."""
    radius = np.hypot(*np.subtract(on_it, centre, dtype=float))
    angles = np.linspace(0, 2 * np.pi, CIRCLE_CORNERS, endpoint=False)
    return Polygon(np.array(centre, float) + radius * np.column_stack([np.cos(angles), np.sin(angles)]))


def run_lengths(text: str) -> list[int]:
    """The run lengths that COCO has packed into a text: five bits a letter, as differences from the last but one.

    Raises ValueError for another text.
    """
    counts: list[int] = []
    number, bits = 0, 0
    for letter in text:
        piece = ord(letter) - 48
        if not 0 <= piece < 64 or bits > MOST_RUN_BITS:
            raise ValueError("the run lengths are damaged")
        number |= (piece & 31) << bits
        bits += 5
        if piece & 32:  # more pieces follow
            continue
        if piece & 16:  # the highest bit of a negative number
            number -= 1 << bits
        counts.append(number + (counts[-2] if len(counts) > 2 else 0))
        number, bits = 0, 0
    if bits:
        raise ValueError("the run lengths end too early")
    return counts
