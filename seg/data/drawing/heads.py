"""Heads: from the front (turned a little), in profile, from behind.

In head units: the middle of the skull is (0, 0) and its radius 1, x to the right, y up.
"""
# fmt: off - outlines are lists of points, several to a line

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seg.data.drawing.breeds import Build
from seg.data.drawing.canvas import Mark, Part
from seg.data.drawing.coats import Coat, face_marks, nape_marks, profile_marks
from seg.data.drawing.colours import LIGHT, Colour, darker, lighter
from seg.data.drawing.shapes import Outline, Point, ellipse, mirrored, sharpened, spline, tube

INK: Colour = (38, 27, 30)
PUPIL: Colour = (16, 13, 14)
GLINT: Colour = (255, 255, 255)
TONGUE: Colour = (226, 112, 122)


@dataclass(frozen=True)
class Mood:
    """What a face does."""

    turn: float = 0.0  # -1 to 1: the face looks to the viewer's left or right
    tilt: float = 0.0  # radians, counter-clockwise
    asleep: bool = False
    tongue: bool = False
    gaze: float = 0.0  # -1 to 1: where the pupils are


def head_front(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    """A head that shows its face."""
    return (_cat_front if build.cat else _dog_front)(build, coat, mood, rng)


def head_side(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    """A head in profile that looks to the right."""
    return (_cat_side if build.cat else _dog_side)(build, coat, mood, rng)


def head_back(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    """A head that looks away: the skull and the backs of the ears."""
    skull = _symmetric((0, 0.82), (0.5, 0.76), (0.9, 0.4), (0.96, -0.05), (0.8, -0.5), (0.4, -0.8), (0, -0.86))
    head = _skull(skull, build, coat, nape_marks(coat, skull, rng))
    if build.ears == "pointed":
        return [*_pointed_ears(build, coat, mood.turn, inside=False), head]
    return [head, *_hanging_ears(build, coat, mood.turn)]


# Strokes and dots that faces are made of.


def _symmetric(*half: Point) -> Outline:
    return spline(mirrored(list(half)))


def _stroke(axis: ArrayLike, radii: ArrayLike, colour: Colour) -> Part:
    return Part((tube(axis, radii),), colour, relief=0)


def _dot(at: Point, radius_x: float, radius_y: float, colour: Colour, angle: float = 0.0) -> Part:
    return Part((ellipse(at, radius_x, radius_y, angle),), colour, relief=0)


def _skull(outline: Outline, build: Build, coat: Coat, marks: list[Mark]) -> Part:
    return Part((outline,), coat.base, tuple(marks), 2.2 * build.hair, 2 * coat.soft, 0.55, cast=0.5)


def _ink_on(colour: Colour) -> Colour:
    """The colour of a line that shows on `colour`: dark on light fur, light on dark."""
    return INK if sum(colour) > 220 else lighter(colour, 0.28)


def _closed_eye(at: Point, wide: float, fur: Colour) -> Part:
    x, y = at
    lashes = [(x - wide, y + 0.02), (x, y - 0.08), (x + wide, y + 0.02)]
    return _stroke(lashes, [0.022, 0.038, 0.022], _ink_on(fur))


def _whiskers(roots: float, y: float, side: int) -> list[Part]:
    rows = (
        [
            (roots, y - 0.03 * row),
            (roots + 0.45 * side, y + 0.08 - 0.12 * row),
            (roots + 0.95 * side, y + 0.06 - 0.26 * row),
        ]
        for row in range(3)
    )
    return [Part((tube(axis, [0.012, 0.009, 0.004]),), LIGHT, relief=0, solid=False) for axis in rows]


# Ears.


def _pointed_ears(build: Build, coat: Coat, turn: float, inside: bool = True) -> list[Part]:
    """Both upright ears; `inside` is seen from the front only."""
    x, tall = (0.72, 0.62 * build.ear) if build.cat else (0.58, 0.8 * build.ear)
    shell = np.array([(0.16, 0.6), (0.3, 0.9), (x, 0.78 + tall), (0.88, 0.62), (0.96, 0.25), (0.5, 0.3)])
    hollow = np.array([(0.36, 0.68), (x, 0.66 + 0.84 * tall), (0.82, 0.56), (0.6, 0.4)])
    parts = []
    for side in (-1, 1):
        parts.append(Part((_on_head(shell, side, turn, tip=2),), coat.ear, hair=build.hair, relief=0.4))
        if inside:
            parts.append(Part((_on_head(hollow, side, turn, tip=1),), coat.inner_ear, relief=0.3))
    return parts


def _on_head(shape: Outline, side: int, turn: float, tip: int | None = None) -> Outline:
    """A right ear's knots as an ear on `side` of a turned head; knot `tip` stays sharp."""
    knots = shape * (side * (1 - 0.22 * turn * side), 1) + (-0.06 * turn, 0)
    outline = spline(knots, steps=6)
    return outline if tip is None else sharpened(outline, knots[tip])


def _hanging_ears(build: Build, coat: Coat, turn: float) -> list[Part]:
    """Both ears of an animal whose ears hang, or stand and tip over; they lie in front of the skull."""
    draw = _floppy_ear if build.ears == "floppy" else _folded_ear
    return [part for side in (-1, 1) for part in draw(build, coat, side, turn / 2)]


def _floppy_ear(build: Build, coat: Coat, side: int, turn: float) -> list[Part]:
    long = build.ear
    flap = np.array(
        [
            (0.48, 0.78),
            (0.86, 0.78),
            (1.16, 0.3),
            (1.22, -0.3 * long),
            (1.02, -0.85 * long),
            (0.78, -0.7 * long),
            (0.78, -0.05),
        ]
    )
    return [Part((_on_head(flap, side, turn),), coat.ear, hair=1.6 * build.hair, relief=0.5, cast=0.35)]


def _folded_ear(build: Build, coat: Coat, side: int, turn: float) -> list[Part]:
    """The base that stands, and the flap that falls to a point."""
    top = 0.92 + 0.26 * build.ear
    base = np.array([(0.28, 0.72), (0.44, top - 0.06), (0.82, top - 0.04), (0.94, 0.5), (0.6, 0.5)])
    flap = np.array([(0.38, top - 0.06), (0.66, top + 0.04), (0.94, top - 0.1), (1.2, 0.4), (0.84, 0.6)])
    return [
        Part((_on_head(base, side, turn),), darker(coat.ear, 0.2), hair=build.hair, relief=0.4),
        Part((_on_head(flap, side, turn, tip=3),), coat.ear, hair=build.hair, relief=0.5, cast=0.4),
    ]


# Faces.


def _cat_front(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    eyes_x, x = 0.2 * mood.turn, 0.28 * mood.turn  # the muzzle stands out, so it moves further than the eyes
    wide = 1.0 + 4 * min(build.hair, 0.05)  # long hair makes cheeks
    skull = _symmetric(
        (0, 0.8), (0.42, 0.78), (0.82, 0.5), (wide, 0.02), (0.92 * wide, -0.38), (0.5, -0.74), (0, -0.84)
    )
    pads = coat.muzzle if coat.white or coat.points else lighter(coat.base, 0.32)
    parts = _pointed_ears(build, coat, mood.turn)
    parts.append(_skull(skull, build, coat, face_marks(coat, (x, -0.36), 0.42, rng)))
    parts.append(Part((ellipse((x, -0.64), 0.2, 0.13),), pads, relief=0.25))
    cheeks = tuple(ellipse((x + side * 0.19, -0.42), 0.25, 0.19, -side * 0.25) for side in (-1, 1))
    parts.append(Part(cheeks, pads, relief=0.35))
    for side in (-1, 1):
        parts += _cat_eye((side * 0.43 + eyes_x, 0.1), side, coat, mood)
        mouth = [(x, -0.3), (x + 0.02 * side, -0.42), (x + 0.13 * side, -0.5), (x + 0.25 * side, -0.46)]
        parts.append(_stroke(mouth, [0.022, 0.022, 0.01], _ink_on(pads)))
        parts += _whiskers(x + side * 0.28, -0.43, side)
    nose = spline([(x - 0.13, -0.2), (x, -0.18), (x + 0.13, -0.2), (x + 0.03, -0.31), (x - 0.03, -0.31)])
    parts.append(Part((nose,), coat.nose, relief=0.3))
    return parts


def _cat_eye(at: Point, side: int, coat: Coat, mood: Mood) -> list[Part]:
    x, y = at
    if mood.asleep:
        return [_closed_eye(at, 0.2, coat.mask or coat.points or coat.base)]
    almond = spline(
        [
            (x - 0.24 * side, y - 0.1),
            (x - 0.03 * side, y + 0.17),
            (x + 0.24 * side, y + 0.11),
            (x + 0.06 * side, y - 0.16),
        ]
    )
    lid_shadow = Mark(ellipse((x, y + 0.2), 0.3, 0.14), darker(coat.iris, 0.4))
    look = x + 0.06 * mood.gaze
    return [
        Part(((almond - at) * 1.2 + at,), INK, relief=0),
        Part((almond,), coat.iris, (lid_shadow,), soft=0.03, relief=0),
        _dot((look, y), 0.075, 0.15, PUPIL),
        _dot((look - 0.07, y + 0.07), 0.045, 0.045, GLINT),
    ]


def _dog_front(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    eyes_x, x = 0.22 * mood.turn, 0.22 * mood.turn * (1 + build.muzzle)
    y = -0.3 - 0.3 * build.muzzle  # a long muzzle hangs lower in front of the skull
    wide = 0.56 - 0.12 * build.muzzle
    mouth = y - 0.2
    pads = coat.muzzle
    skull = _symmetric((0, 0.88), (0.46, 0.84), (0.84, 0.48), (0.88, 0.0), (0.74, -0.42), (0.5, -0.78), (0, -0.95))
    parts = _pointed_ears(build, coat, mood.turn) if build.ears == "pointed" else []
    parts.append(_skull(skull, build, coat, face_marks(coat, (x, y), 0.5, rng)))
    jaw = Part((ellipse((x, mouth - 0.05), wide * 0.72, 0.26),), darker(pads, 0.12), relief=0.4)
    parts.append(_tongue((x, mouth)) if mood.tongue else jaw)
    if build.beard:
        beard = [
            (x - wide * 1.15, y + 0.1),
            (x + wide * 1.15, y + 0.1),
            (x + wide * 0.9, y - 0.6),
            (x, y - 0.85),
            (x - wide * 0.9, y - 0.6),
        ]
        parts.append(Part((spline(beard),), lighter(pads, 0.15), hair=0.16, relief=0.4))
    bridge = spline(
        [
            (x - wide * 0.42, y + 0.05),
            (eyes_x - wide * 0.33, 0.12),
            (eyes_x + wide * 0.33, 0.12),
            (x + wide * 0.42, y + 0.05),
            (x, y - 0.1),
        ]
    )
    lips = (ellipse((x + side * wide * 0.42, y - 0.02), wide * 0.6, 0.29, -side * 0.35) for side in (-1, 1))
    parts.append(Part((*lips, bridge), pads, hair=build.hair, relief=0.45, cast=0.25))
    for side in (-1, 1):
        lip = [(x, y + 0.1), (x, mouth + 0.06), (x + 0.2 * side, mouth - 0.04), (x + 0.42 * side, mouth + 0.06)]
        parts.append(_stroke(lip, [0.028, 0.028, 0.012], _ink_on(pads)))
        parts += _dog_eye((side * 0.39 + eyes_x, 0.2), side, coat, mood)
    nose = [(-0.21, 0.24), (0, 0.29), (0.21, 0.24), (0.14, 0.08), (0, 0.02), (-0.14, 0.08)]
    shine = Mark(ellipse((x - 0.05, y + 0.23), 0.09, 0.035), lighter(coat.nose, 0.5))
    parts.append(Part((spline(nose) + np.array((x, y)),), coat.nose, (shine,), soft=0.02, relief=0.3))
    if build.ears != "pointed":
        parts += _hanging_ears(build, coat, mood.turn)
    return parts


def _tongue(mouth: Point) -> Part:
    shape = np.array([(-0.2, -0.05), (0.2, -0.05), (0.18, -0.45), (0, -0.58), (-0.18, -0.45)])
    groove = Mark(tube([mouth, (mouth[0], mouth[1] - 0.42)], [0.025, 0.01]), darker(TONGUE, 0.25))
    return Part((spline(shape + mouth),), TONGUE, (groove,), relief=0.3)


def _dog_eye(at: Point, side: int, coat: Coat, mood: Mood) -> list[Part]:
    x, y = at
    arch = [(x - 0.12 * side, y + 0.25), (x + 0.05 * side, y + 0.3), (x + 0.2 * side, y + 0.22)]
    brow = _stroke(arch, [0.03, 0.05, 0.02], lighter(coat.mask or coat.base, 0.12))
    if mood.asleep:
        return [brow, _closed_eye(at, 0.16, coat.mask or coat.base)]
    look = x + 0.04 * mood.gaze
    return [
        brow,
        _dot(at, 0.18, 0.165, INK, side * 0.2),
        _dot(at, 0.145, 0.13, (236, 230, 222), side * 0.2),
        _dot((look, y), 0.125, 0.13, coat.iris),
        _dot((look, y), 0.07, 0.075, PUPIL),
        _dot((look - 0.045, y + 0.055), 0.038, 0.038, GLINT),
    ]


# Profiles.


def _cat_side(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    skull = spline(
        [
            (-0.95, 0.0),
            (-0.72, 0.52),
            (-0.2, 0.8),
            (0.3, 0.74),
            (0.66, 0.42),
            (0.92, 0.02),
            (1.0, -0.18),
            (0.92, -0.4),
            (0.72, -0.6),
            (0.2, -0.78),
            (-0.55, -0.68),
        ]
    )
    pads = coat.muzzle if coat.white or coat.points else lighter(coat.base, 0.32)
    return [
        _far_ear(build, coat, tall=0.62),
        _skull(skull, build, coat, profile_marks(coat, (0.9, -0.15), rng)),
        Part((ellipse((0.78, -0.36), 0.24, 0.2, 0.3),), pads, relief=0.35),
        *_near_ear(build, coat, tall=0.62),
        Part((spline([(0.85, -0.02), (0.98, -0.02), (1.03, -0.14), (0.92, -0.2)]),), coat.nose, relief=0.3),
        _stroke([(0.96, -0.2), (0.86, -0.38), (0.66, -0.42)], [0.02, 0.02, 0.01], _ink_on(pads)),
        *_cat_eye_side(coat, mood),
        *_whiskers(0.72, -0.4, -1),
    ]


def _cat_eye_side(coat: Coat, mood: Mood) -> list[Part]:
    if mood.asleep:
        return [_closed_eye((0.53, 0.1), 0.15, coat.points or coat.base)]
    eye = spline([(0.4, 0.06), (0.48, 0.26), (0.68, 0.24), (0.72, 0.08), (0.58, -0.02)])
    middle = (0.56, 0.13)
    return [
        Part(((eye - middle) * 1.22 + middle,), INK, relief=0),
        Part((eye,), coat.iris, relief=0),
        _dot((0.62, 0.12), 0.05, 0.13, PUPIL),
        _dot((0.57, 0.19), 0.04, 0.04, GLINT),
    ]


def _dog_side(build: Build, coat: Coat, mood: Mood, rng: np.random.Generator) -> list[Part]:
    tip = 0.95 + 0.55 * build.muzzle
    skull = spline(
        [
            (-0.9, 0.1),
            (-0.6, 0.66),
            (-0.05, 0.86),
            (0.4, 0.7),
            (0.66, 0.34),
            (tip - 0.15, 0.16),
            (tip + 0.04, 0.04),
            (tip + 0.06, -0.18),
            (tip - 0.06, -0.36),
            (0.62, -0.5),
            (0.2, -0.62),
            (-0.3, -0.8),
            (-0.8, -0.5),
        ]
    )
    muzzle = spline(
        [
            (0.58, 0.26),
            (tip - 0.15, 0.15),
            (tip + 0.04, 0.03),
            (tip + 0.05, -0.18),
            (tip - 0.08, -0.35),
            (0.66, -0.46),
            (0.42, -0.15),
        ]
    )
    pads = coat.muzzle
    parts = [_far_ear(build, coat, tall=0.8)] if build.ears == "pointed" else []
    if mood.tongue:
        lolling = tube([(tip - 0.3, -0.4), (tip - 0.16, -0.62), (tip - 0.2, -0.86)], [0.1, 0.12, 0.1])
        parts.append(Part((lolling,), TONGUE, relief=0.3))
    parts.append(_skull(skull, build, coat, profile_marks(coat, (tip, -0.1), rng)))
    parts.append(Part((muzzle,), pads, hair=build.hair, relief=0.4))
    if build.beard:
        beard = spline([(0.5, -0.1), (tip, -0.1), (tip - 0.02, -0.62), (tip - 0.35, -0.82), (0.5, -0.5)])
        parts.append(Part((beard,), lighter(pads, 0.15), hair=0.16, relief=0.4))
    mouth = [(tip - 0.02, -0.24), (tip - 0.3, -0.26), (0.62, -0.34)]
    shine = Mark(ellipse((tip - 0.02, 0.08), 0.07, 0.03), lighter(coat.nose, 0.5))
    parts.append(_stroke(mouth, [0.02, 0.028, 0.012], _ink_on(pads)))
    parts.append(Part((ellipse((tip, 0.02), 0.15, 0.13, -0.3),), coat.nose, (shine,), soft=0.02, relief=0.3))
    if mood.asleep:
        parts.append(_closed_eye((0.42, 0.28), 0.14, coat.base))
    else:
        parts += [
            _dot((0.42, 0.28), 0.16, 0.14, INK, -0.2),
            _dot((0.44, 0.28), 0.12, 0.11, coat.iris),
            _dot((0.46, 0.28), 0.065, 0.07, PUPIL),
            _dot((0.43, 0.33), 0.035, 0.035, GLINT),
        ]
    return parts + _dog_ear_side(build, coat)


def _dog_ear_side(build: Build, coat: Coat) -> list[Part]:
    if build.ears == "pointed":
        return _near_ear(build, coat, tall=0.8)
    if build.ears == "floppy":
        long = build.ear
        flap = spline(
            [
                (-0.35, 0.7),
                (0.02, 0.72),
                (0.14, 0.2),
                (0.1, -0.5 * long),
                (-0.2, -0.95 * long),
                (-0.52, -0.6 * long),
                (-0.52, 0.2),
            ]
        )
        return [Part((flap,), coat.ear, hair=1.6 * build.hair, relief=0.5, cast=0.4)]
    top = 0.88 + 0.26 * build.ear
    base = spline([(-0.45, 0.6), (-0.35, top), (0.05, top + 0.04), (0.15, 0.6)])
    flap = spline([(-0.38, top), (0.0, top + 0.1), (0.24, top - 0.16), (0.36, 0.3), (0.02, 0.62)])
    return [
        Part((base,), darker(coat.ear, 0.2), hair=build.hair, relief=0.4),
        Part((sharpened(flap, (0.36, 0.28)),), coat.ear, hair=build.hair, relief=0.5, cast=0.4),
    ]


def _near_ear(build: Build, coat: Coat, tall: float) -> list[Part]:
    """The upright ear on the viewer's side of a profile, and its inside."""
    tip = 0.78 + tall * build.ear
    ear = spline([(-0.57, 0.5), (-0.45, 0.88), (-0.24, tip - 0.04), (0.15, 0.62), (0.0, 0.4)])
    inside = spline([(-0.32, 0.6), (-0.23, 0.8 * tip), (0.06, 0.6)])
    return [
        Part((sharpened(ear, (-0.22, tip + 0.04)),), coat.ear, hair=build.hair, relief=0.45, cast=0.2),
        Part((sharpened(inside, (-0.21, 0.84 * tip)),), coat.inner_ear, relief=0.25),
    ]


def _far_ear(build: Build, coat: Coat, tall: float) -> Part:
    """The upright ear on the far side of a profile."""
    tip = (0.3, 0.74 + tall * build.ear)
    ear = sharpened(spline([(0.02, 0.6), tip, (0.56, 0.42)]), tip)
    return Part((ear,), coat.ear, hair=build.hair, relief=0.4, far=True)


def placed(parts: list[Part], at: Point, radius: float, tilt: float) -> list[Part]:
    """A head's parts brought onto a body."""
    return [part.moved(at, radius, tilt) for part in parts]
