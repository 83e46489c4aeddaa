"""Outlines: the smooth curves that everything drawn is made of.

An outline is a float64 array (N, 2) of x, y points. Animals and things are drawn in their own units, x to the
right, y UP, the ground at y = 0; `Placement` puts them on the canvas, in pixels, y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Outline = NDArray[np.float64]
Point = tuple[float, float]
Pixels = tuple[int, int]


def spline(points: ArrayLike, closed: bool = True, steps: int = 8) -> Outline:
    """A Catmull-Rom curve through `points` (N, 2), with `steps` points to a span."""
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:  # mirrored end points let an open curve reach its own ends
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    before, start, end, after = padded[:-3, None], padded[1:-2, None], padded[2:-1, None], padded[3:, None]
    t = (np.arange(steps) / steps)[None, :, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def normals(curve: Outline) -> Outline:
    """Unit vectors (N, 2) to the left of an open curve's direction of travel."""
    along = np.gradient(curve, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return np.stack([-along[:, 1], along[:, 0]], axis=1)


def fractions(curve: Outline) -> NDArray[np.float64]:
    """How far along the curve each of its points lies, (N,), 0 at its start and 1 at its end."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    return lengths / max(lengths[-1], 1e-9)


def tube(axis: ArrayLike, radii: ArrayLike) -> Outline:
    """A limb: the outline around a smooth open `axis`, as thick as `radii` say along it, with round ends."""
    middle = spline(axis, closed=False)
    given = np.asarray(radii, dtype=np.float64)
    at = fractions(middle)
    thick = np.interp(at, np.linspace(0, 1, len(given)), given)
    side = normals(middle) * thick[:, None]
    turn = np.linspace(0, np.pi, 9)[1:-1, None]
    across, onward = side[-1], np.array([side[-1][1], -side[-1][0]])
    end = middle[-1] + np.cos(turn) * across + np.sin(turn) * onward
    across, onward = -side[0], np.array([-side[0][1], side[0][0]])
    start = middle[0] + np.cos(turn) * across + np.sin(turn) * onward
    return np.concatenate([middle + side, end, (middle - side)[::-1], start])


def ellipse(centre: Point, radius_x: float, radius_y: float, angle: float = 0.0) -> Outline:
    """An ellipse, turned by `angle` radians counter-clockwise."""
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = np.stack([radius_x * np.cos(turn), radius_y * np.sin(turn)], axis=1)
    return moved(ring, centre, angle=angle)


def box(left: float, bottom: float, right: float, top: float) -> Outline:
    """An upright rectangle."""
    return np.array([(left, bottom), (right, bottom), (right, top), (left, top)], dtype=np.float64)


def blotch(centre: Point, radius: float, rng: np.random.Generator, rough: float = 0.35) -> Outline:
    """An irregular round patch: a circle whose radius wavers by up to `rough` of itself."""
    turn = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    reach = radius * (1 + rng.uniform(-rough, rough, 9))
    ring = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)
    return spline(ring + np.asarray(centre), steps=5)


def mirrored(half: list[Point]) -> list[Point]:
    """The points of a right half, top to bottom, completed by their mirror images into a whole outline.

    A point on the axis (x = 0) stands once.
    """
    return half + [(-x, y) for x, y in reversed(half) if x]


def moved(outline: Outline, to: Point = (0.0, 0.0), scale: float = 1.0, angle: float = 0.0) -> Outline:
    """The outline turned counter-clockwise about the origin, scaled, then moved by `to`."""
    cos, sin = np.cos(angle), np.sin(angle)
    return outline @ np.array([[cos, sin], [-sin, cos]]) * scale + np.asarray(to)


def sharpened(outline: Outline, tip: ArrayLike) -> Outline:
    """The outline with its point nearest to `tip` drawn out to it: a spline alone would round it."""
    outline, tip = outline.copy(), np.asarray(tip)
    outline[np.argmin(np.hypot(*(outline - tip).T))] = tip
    return outline


def bounds(outlines: Sequence[Outline]) -> tuple[float, float, float, float]:
    """Left, lowest, right, highest of all points."""
    points = np.concatenate(outlines)
    (left, low), (right, high) = points.min(axis=0), points.max(axis=0)
    return float(left), float(low), float(right), float(high)


def furry(outline: Outline, hair: float, rng: np.random.Generator) -> Outline:
    """The outline, in pixels, of something with hair: with tufts up to `hair` long that hang a little."""
    if hair < 0.8:  # shorter than a pixel
        return outline
    closed = np.concatenate([outline, outline[:1]])
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    count = 2 * int(np.clip(walked[-1] / max(1.1 * hair, 4.0), 8, 400))  # tips and, between them, notches
    at = (np.arange(count) + rng.uniform(-0.3, 0.3, count)) * (walked[-1] / count) % walked[-1]
    ring = np.stack([np.interp(at, walked, closed[:, axis]) for axis in (0, 1)], axis=1)
    along = np.roll(ring, -1, axis=0) - np.roll(ring, 1, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    area = np.sum(ring[:, 0] * np.roll(ring[:, 1], -1) - ring[:, 1] * np.roll(ring[:, 0], -1))
    outward = np.stack([along[:, 1], -along[:, 0]], axis=1) * np.sign(area)
    reach = hair * rng.uniform(-0.15, 1.0, count)
    reach[1::2] *= 0.15
    tufts: Outline = ring + outward * reach[:, None]
    tufts[:, 1] += 0.4 * np.abs(reach)  # down, in pixels
    return tufts


@dataclass(frozen=True)
class Placement:
    """Where units become pixels: `origin` is the pixel (x, y) of the unit point (0, 0)."""

    scale: float
    origin: Point
    flip: bool = False

    def pixels(self, outline: Outline) -> Outline:
        """Points in units, y up, to points in pixels, y down."""
        across = -self.scale if self.flip else self.scale
        return outline * np.array([across, -self.scale]) + np.asarray(self.origin)
