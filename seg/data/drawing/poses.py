"""Poses: a whole animal as parts from back to front. It sits about 2 units tall; the ground is at y = 0.

In the outlines below, `w` is how wide the animal is, `up` how much higher than usual its chest.
"""
# fmt: off - outlines are lists of points, several to a line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seg.data.drawing.breeds import Build
from seg.data.drawing.canvas import Mark, Part
from seg.data.drawing.coats import Coat, limb_marks, tail_marks, torso_marks
from seg.data.drawing.colours import Colour, darker
from seg.data.drawing.heads import Mood, head_back, head_front, head_side, placed
from seg.data.drawing.shapes import Outline, Point, ellipse, mirrored, spline, tube

CREASE = [0.006, 0.022, 0.022, 0.006]  # thickness along the line of a thigh
TAG: Colour = (222, 186, 84)
MIRROR = (-1, 1)  # times an outline, its mirror image


class Sketch:
    """An animal while it is put together: how it is built, its coat, and its parts so far."""

    def __init__(self, build: Build, coat: Coat, collar: Colour | None, rng: np.random.Generator) -> None:
        self.build, self.coat, self.collar_colour, self.rng = build, coat, collar, rng
        self.parts: list[Part] = []

    def torso(
        self,
        outlines: tuple[Outline, ...],
        spines: tuple[Outline, ...],
        chest: Outline,
        creases: tuple[Outline, ...] = (),
    ) -> None:
        """The trunk; creases are drawn where a thigh lies on it. For spines and chest see `torso_marks`."""
        marks = torso_marks(self.coat, outlines, spines, chest, self.rng)
        marks += [Mark(crease, darker(self.coat.base, 0.4)) for crease in creases]
        self.parts.append(Part(outlines, self.coat.base, tuple(marks), self.build.hair, self.coat.soft, 0.6))

    def limb(
        self, axis: ArrayLike, radii: list[float], toes: float = 0.0, far: bool = False, cast: float = 0.0
    ) -> None:
        """A leg along `axis`, body first, and its paw, which sticks out by `toes`."""
        curve = spline(axis, closed=False)
        marks = limb_marks(self.coat, curve, sum(radii) / len(radii), self.rng)
        leg, hair = (tube(axis, radii),), self.build.hair
        self.parts.append(Part(leg, self.coat.base, tuple(marks), hair, self.coat.soft, 0.5, cast, far))
        self.paw((curve[-1][0] + toes, curve[-1][1] - 0.02), 1.55 * radii[-1], far)

    def paw(self, at: Point, size: float, far: bool = False) -> None:
        """A foot, flat on the ground, with lines between its toes."""
        x, y = at
        colour, hair = self.coat.paw, min(self.build.hair, 0.02)
        gaps = ([(toe, y), (toe, y - 0.6 * size)] for toe in (x - 0.28 * size, x + 0.28 * size))
        lines = tuple(Mark(tube(gap, [0.01, 0.014]), darker(colour, 0.45)) for gap in gaps)
        self.parts.append(Part((ellipse(at, size, 0.6 * size),), colour, lines, hair, relief=0.45, far=far))

    def tail(self, *axis: Point) -> None:
        """A tail along `axis`, root first."""
        kind, hair = self.build.tail, self.build.hair
        if kind == "plume":
            radii, hair = [0.08, 0.18, 0.16, 0.05], max(hair, 0.03) * 1.3
        elif kind == "stub":
            radii, axis = [0.12, 0.08], axis[:2]
        else:
            radii = [0.1, 0.09, 0.07]
        marks = tail_marks(self.coat, spline(axis, closed=False), max(radii), self.rng)
        self.parts.append(Part((tube(axis, radii),), self.coat.base, tuple(marks), hair, self.coat.soft, 0.5))

    def collar(self, left: Point, right: Point, sag: float = 0.1) -> None:
        """A band across the neck, with a tag, if the animal wears one."""
        if self.collar_colour is None:
            return
        x, y = (left[0] + right[0]) / 2, (left[1] + right[1]) / 2 - sag
        self.parts.append(Part((tube([left, (x, y), right], [0.05, 0.055, 0.05]),), self.collar_colour))
        self.parts.append(Part((ellipse((x, y - 0.09), 0.06, 0.065),), TAG, relief=0.6))

    def head(self, at: Point, radius: float, mood: Mood, view: str = "front") -> None:
        """The head, its middle at `at`; views are front, side, back."""
        draw = {"front": head_front, "side": head_side, "back": head_back}[view]
        parts = draw(self.build, self.coat, mood, self.rng)
        self.parts += placed(parts, at, radius * self.build.head, mood.tilt)

    def turned_head(self, at: Point, radius: float) -> None:
        """The head of an animal that stands side on: it looks ahead, to the right, or at the viewer."""
        mood = self.mood(turn=float(self.rng.uniform(0.1, 1.0)))
        self.head(at, radius, mood, "side" if self.rng.uniform() < 0.5 else "front")

    def mood(self, turn: float) -> Mood:
        """A face awake, mostly."""
        return Mood(
            turn=turn,
            tilt=float(self.rng.normal(0, 0.12)),
            asleep=bool(self.rng.uniform() < 0.08),
            tongue=bool(not self.build.cat and self.rng.uniform() < 0.45),
            gaze=float(self.rng.uniform(-1, 1)),
        )

    def either_side(self) -> int:
        """-1 or 1."""
        return int(self.rng.choice([-1, 1]))


def _flanks(*right: Point) -> tuple[Outline, Outline]:
    """Both sides of a trunk seen from the front, as spines: the middle lies to the right of each."""
    curve = spline(right, closed=False)
    return curve, (curve * MIRROR)[::-1]


def _sitting_front(pet: Sketch) -> None:
    w, up = pet.build.girth, 0.25 * (pet.build.legs - 1)
    side, high = pet.either_side(), pet.rng.uniform(0.05, 0.5)
    pet.tail((0.3 * side, 0.14), (0.75 * side, 0.14), (side, 0.14 + 0.4 * high), (0.95 * side, 0.17 + high))
    for x in (-0.5, 0.5):
        pet.paw((x * w, 0.09), 0.2)
    trunk = mirrored(
        [
            (0, 1.5 + up),
            (0.26, 1.38 + up),
            (0.38 * w, 1 + up),
            (0.42 * w, 0.7),
            (0.62 * w, 0.42),
            (0.6 * w, 0.12),
            (0.35 * w, 0.02),
            (0, 0.05),
        ]
    )
    flanks = _flanks((0.3 * w, 1.4), (0.42 * w, 0.9), (0.64 * w, 0.42), (0.6 * w, 0.05))
    chest = mirrored([(0, 1.65 + up), (0.2, 1.35 + up), (0.17, 1.0), (0, 0.6)])
    thigh = tube([(0.27 * w, 0.62), (0.4 * w, 0.42), (0.36 * w, 0.1)], [0.008, 0.02, 0.008])
    pet.torso((spline(trunk),), flanks, spline(chest), (thigh, thigh * MIRROR))
    for x in (-0.2, 0.2):
        pet.limb([(x * w, 0.85), (1.05 * x * w, 0.4), (x * w, 0.1)], [0.15, 0.12, 0.1], cast=0.3)
    pet.collar((-0.3, 1.3 + up), (0.3, 1.3 + up))
    pet.head((pet.rng.uniform(-0.08, 0.08), 1.68 + up), 0.46, pet.mood(pet.rng.uniform(-0.9, 0.9)))


def _sitting_side(pet: Sketch) -> None:
    w, up = pet.build.girth, 0.25 * (pet.build.legs - 1)
    lift = pet.rng.uniform(0, 0.5) if pet.build.tail != "plume" else 0.1
    pet.tail((-0.5, 0.16), (-0.9, 0.14), (-1.2, 0.14 + 0.3 * lift), (-1.4, 0.18 + lift))
    pet.limb([(0.3, 0.9), (0.44, 0.5), (0.46, 0.1)], [0.17, 0.11, 0.09], toes=0.07, far=True)
    trunk = spline(
        [
            (0.3, 1.52 + up),
            (-0.08, 1.34 + up),
            (-0.42 * w, 0.98),
            (-0.68 * w, 0.5),
            (-0.68 * w, 0.12),
            (-0.4, 0.01),
            (0.02, 0.06),
            (0.24, 0.3),
            (0.4, 0.62),
            (0.54, 0.98),
            (0.56, 1.32 + up),
        ]
    )
    thigh = ellipse((-0.26, 0.36), 0.4 * w, 0.36)
    crease = tube([(-0.28, 0.72), (0.05, 0.6), (0.13, 0.34), (0.0, 0.12)], CREASE)
    spine = spline(
        [(-0.75 * w, 0.1), (-0.72 * w, 0.5), (-0.45 * w, 1), (-0.08, 1.38 + up), (0.25, 1.6 + up)], closed=False
    )
    chest = spline([(0.5, 1.45 + up), (0.7, 1.1), (0.6, 0.7), (0.35, 0.5), (0.42, 0.9), (0.38, 1.25)])
    pet.torso((trunk, thigh), (spine,), chest, (crease,))
    pet.limb([(-0.15, 0.2), (0.02, 0.1), (0.1, 0.08)], [0.13, 0.1, 0.085], toes=0.08)
    pet.limb([(0.32, 0.95), (0.34, 0.5), (0.3, 0.1)], [0.17, 0.12, 0.095], toes=0.08, cast=0.25)
    pet.collar((0.06, 1.42 + up), (0.56, 1.28 + up))
    pet.turned_head((0.42, 1.72 + up), 0.43)


def _standing_side(pet: Sketch) -> None:
    build, rng = pet.build, pet.rng
    w = build.girth
    hip = (0.72 if build.cat else 0.8) * build.legs
    back, belly = hip + 0.33, hip - 0.2 * w
    stride, bow = rng.uniform(-0.24, 0.24), rng.uniform(0, 1) ** 2  # bow: 0 head up, 1 nose to the ground
    pet.tail(*_standing_tail(pet, back))

    def hind(x: float, far: bool = False) -> None:
        axis = [(-0.5, hip), (-0.42 + 0.4 * x, 0.62 * hip), (-0.6 + 0.8 * x, 0.34 * hip), (-0.52 + x, 0.09)]
        pet.limb(axis, [0.25 * w, 0.17, 0.09, 0.08], toes=0.06, far=far)

    def fore(x: float, far: bool = False) -> None:
        axis = [(0.48, hip + 0.05), (0.5 + 0.3 * x, 0.55 * hip), (0.5 + x, 0.1)]
        pet.limb(axis, [0.19, 0.11, 0.085], toes=0.06, far=far)

    hind(stride + 0.14, far=True)
    fore(0.12 - stride, far=True)
    trunk = spline(
        [
            (-0.74, back - 0.2),
            (-0.58, back - 0.02),
            (-0.15, back - 0.02),
            (0.3, back + 0.02),
            (0.6, back),
            (0.72, hip + 0.08),
            (0.58, belly - 0.02),
            (0.1, belly + 0.01),
            (-0.35, belly + 0.1),
            (-0.68, hip - 0.05),
        ]
    )
    throat, face = (0.72 + 0.1 * bow, back + 0.2 - 0.18 * bow), (0.92 + 0.3 * bow, back + 0.52 - 0.5 * bow)
    neck = tube([(0.42, hip + 0.12), throat, face], [0.3, 0.24, 0.2])
    spine = spline(
        [(-0.8, hip), (-0.6, back + 0.02), (-0.15, back), (0.3, back + 0.06), (0.66, back + 0.36 - 0.3 * bow)],
        closed=False,
    )
    chest = spline(
        [
            (0.95, back + 0.2),
            (0.85, hip),
            (0.6, belly - 0.12),
            (-0.3, belly - 0.05),
            (0.2, belly + 0.1),
            (0.58, hip),
            (0.76, back + 0.05),
        ]
    )
    pet.torso((trunk, neck), (spine,), chest)
    hind(stride - 0.06)
    fore(-stride)
    pet.collar((throat[0] - 0.2, throat[1] + 0.14), (throat[0] + 0.22, throat[1] - 0.06), 0.04)
    pet.turned_head((face[0] + 0.05, face[1] + 0.06), 0.4)


def _standing_tail(pet: Sketch, back: float) -> list[Point]:
    lift = pet.rng.uniform(0, 1)
    if pet.build.tail == "curl":
        return [(-0.66, back - 0.05), (-0.82, back + 0.28), (-0.58, back + 0.44), (-0.42, back + 0.24)]
    if pet.build.cat:
        return [
            (-0.68, back - 0.08),
            (-0.98, back - 0.1 + 0.25 * lift),
            (-1.15, back - 0.3 + 0.9 * lift),
            (-1.05, back - 0.45 + 1.35 * lift),
        ]
    return [
        (-0.66, back - 0.08),
        (-0.92, back - 0.05 + 0.2 * lift),
        (-1.1, back - 0.25 + 0.6 * lift),
        (-1.15, back - 0.45 + 1.0 * lift),
    ]


def _standing_front(pet: Sketch) -> None:
    w, rise = pet.build.girth, 0.7 * pet.build.legs
    side = pet.either_side()
    pet.tail((0.1 * side, rise + 0.3), (0.3 * side, rise + 0.65), (0.34 * side, rise + 0.95), (0.2 * side, rise + 1.2))
    for x in (-0.3, 0.3):  # what is further away stands higher in the picture
        axis = [(x * w, rise), (1.1 * x * w, 0.5 * rise), (1.1 * x * w, 0.19)]
        pet.limb(axis, [0.17, 0.11, 0.08], far=True)
    trunk = ellipse((0, rise + 0.14), 0.44 * w, 0.46)
    chest = spline(mirrored([(0, rise + 0.6), (0.2, rise + 0.4), (0.18, rise), (0, rise - 0.3)]))
    flanks = _flanks((0.2, rise + 0.6), (0.42 * w, rise + 0.3), (0.44 * w, rise))
    pet.torso((trunk,), flanks, chest)
    step = pet.rng.uniform(-0.06, 0.06)
    for x, y in ((-0.2, 0.1 + step), (0.2, 0.1 - step)):
        axis = [(x * w, rise + 0.1), (1.05 * x * w, 0.5 * rise), (x * w, y)]
        pet.limb(axis, [0.15, 0.11, 0.095], cast=0.3)
    pet.collar((-0.28, rise + 0.4), (0.28, rise + 0.4))
    pet.head((pet.rng.uniform(-0.12, 0.12), rise + 0.7), 0.45, pet.mood(pet.rng.uniform(-0.9, 0.9)))


def _play_bow(pet: Sketch) -> None:
    w = pet.build.girth
    pet.tail((-0.64, 0.95), (-0.86, 1.2), (-0.86, 1.5), (-0.62, 1.72))

    def legs(x: float, far: bool = False) -> None:
        hind = [(-0.54, 0.78), (-0.4 + x, 0.5), (-0.6 + x, 0.3), (-0.54 + x, 0.09)]
        pet.limb(hind, [0.24 * w, 0.17, 0.09, 0.08], toes=0.06, far=far)
        pet.limb([(0.45, 0.34), (0.72 + x, 0.14), (1.1 + x, 0.1)], [0.18, 0.11, 0.085], toes=0.08, far=far)

    legs(0.14, far=True)
    trunk = spline(
        [
            (-0.76, 0.8),
            (-0.58, 1.04),
            (-0.2, 0.94),
            (0.2, 0.68),
            (0.55, 0.6),
            (0.72, 0.36),
            (0.55, 0.12),
            (0.15, 0.28 - 0.1 * w),
            (-0.25, 0.62 - 0.1 * w),
            (-0.66, 0.62),
        ]
    )
    spine = spline([(-0.84, 0.8), (-0.6, 1.08), (-0.2, 0.97), (0.2, 0.72), (0.5, 0.66)], closed=False)
    chest = spline([(0.8, 0.5), (0.7, 0.1), (0.2, 0.1), (0.45, 0.3), (0.6, 0.5)])
    pet.torso((trunk,), (spine,), chest)
    legs(-0.04)
    pet.collar((0.45, 0.72), (0.78, 0.38), 0.04)
    pet.turned_head((0.86, 0.74), 0.4)


def _lying_side(pet: Sketch) -> None:
    tall = 0.68 * (0.5 + 0.5 * pet.build.girth)
    pet.tail((-0.85, 0.18), (-1.2, 0.14), (-1.45, 0.14), (-1.65, pet.rng.uniform(0.12, 0.4)))
    pet.limb([(0.55, 0.3), (0.85, 0.14), (1.22, 0.12)], [0.16, 0.1, 0.085], toes=0.08, far=True)
    trunk = spline(
        [
            (-0.95, 0.35),
            (-0.72, tall - 0.02),
            (-0.2, tall),
            (0.3, tall + 0.02),
            (0.62, tall + 0.3),
            (0.9, tall + 0.2),
            (0.96, 0.5),
            (0.78, 0.12),
            (0.3, 0.02),
            (-0.6, 0.01),
            (-0.92, 0.08),
        ]
    )
    thigh = ellipse((-0.52, 0.3), 0.42, 0.31)
    crease = tube([(-0.62, 0.62), (-0.2, 0.54), (-0.08, 0.28), (-0.2, 0.08)], CREASE)
    spine = spline(
        [(-1.0, 0.2), (-0.75, tall + 0.02), (-0.2, tall + 0.03), (0.3, tall + 0.05), (0.55, tall + 0.35)], closed=False
    )
    chest = spline([(0.85, tall + 0.3), (1.1, 0.6), (0.9, 0.1), (0.55, 0.0), (0.72, 0.4), (0.7, tall)])
    pet.torso((trunk, thigh), (spine,), chest, (crease,))
    pet.limb([(-0.4, 0.14), (-0.2, 0.08), (-0.08, 0.08)], [0.12, 0.095, 0.085], toes=0.08)
    pet.limb([(0.5, 0.36), (0.66, 0.14), (1.08, 0.1)], [0.19, 0.12, 0.09], toes=0.08, cast=0.25)
    pet.collar((0.5, tall + 0.26), (0.96, tall + 0.12), 0.06)
    pet.turned_head((0.82, tall + 0.58), 0.43)


def _lying_front(pet: Sketch) -> None:
    w = pet.build.girth
    side = pet.either_side()
    pet.tail((side * 0.55, 0.18), (side * 1.0, 0.15), (side * 1.25, 0.15), (side * 1.4, 0.24))
    trunk = mirrored([(0, 0.95), (0.4 * w, 0.9), (0.68 * w, 0.62), (0.8 * w, 0.28), (0.7 * w, 0.05), (0, 0.02)])
    flanks = _flanks((0.2 * w, 1.0), (0.62 * w, 0.76), (0.86 * w, 0.3), (0.75 * w, 0.0))
    chest = mirrored([(0, 0.95), (0.26, 0.75), (0.24, 0.3), (0, 0.0)])
    pet.torso((spline(trunk),), flanks, spline(chest))
    for x in (-0.66, 0.66):
        pet.paw((x * w, 0.09), 0.16)
    for x in (-1, 1):
        pet.limb([(x * 0.36, 0.5), (x * 0.34, 0.24), (x * 0.25, 0.1)], [0.17, 0.15, 0.12], cast=0.4)
    pet.collar((-0.3, 0.72), (0.3, 0.72))
    pet.head((pet.rng.uniform(-0.15, 0.15), 1.02), 0.47, pet.mood(pet.rng.uniform(-0.9, 0.9)))


def _from_behind(pet: Sketch) -> None:
    w = pet.build.girth
    side, look = pet.either_side(), float(pet.rng.uniform(-0.3, 0.3))
    for x in (-0.5, 0.5):
        pet.paw((x * w, 0.07), 0.17)
    trunk = mirrored(
        [(0, 1.5), (0.26, 1.4), (0.42 * w, 1.05), (0.48 * w, 0.7), (0.66 * w, 0.36), (0.58 * w, 0.05), (0, 0.02)]
    )
    spine = spline([(0.02, 1.6), (0.03, 0.9), (0.02, 0.1)], closed=False)
    thigh = tube([(0.5 * w, 0.62), (0.34 * w, 0.5), (0.26 * w, 0.2)], [0.006, 0.02, 0.006])
    no_chest = ellipse((0, -1), 0.01, 0.01)
    pet.torso((spline(trunk),), (spine * MIRROR, spine[::-1]), no_chest, (thigh, thigh * MIRROR))
    pet.tail((0, 0.2), (side * 0.35, 0.14), (side * 0.8, 0.14), (side * 1.1, pet.rng.uniform(0.14, 0.35)))
    pet.collar((-0.3, 1.36), (0.3, 1.36), 0.05)
    pet.head((0.3 * look, 1.7), 0.45, Mood(turn=look, tilt=-0.4 * look), "back")


def _curled_up(pet: Sketch) -> None:
    trunk = ellipse((0, 0.5), 1.0, 0.5 * (0.6 + 0.4 * pet.build.girth))
    shoulder = ellipse((0.45, 0.42), 0.5, 0.4)
    crease = tube([(-0.62, 0.78), (-0.2, 0.62), (-0.12, 0.32), (-0.3, 0.12)], CREASE)
    spine = spline([(-1.05, 0.4), (-0.7, 0.88), (0, 1.03), (0.7, 0.88), (1.0, 0.55)], closed=False)
    pet.torso((trunk, shoulder), (spine,), ellipse((0.75, 0.15), 0.4, 0.2), (crease,))
    pet.limb([(0.2, 0.22), (0.0, 0.12), (-0.2, 0.1)], [0.13, 0.1, 0.09], toes=-0.06, cast=0.3)
    pet.collar((0.2, 0.34), (0.62, 0.76), 0.0)
    turn, tilt = pet.rng.uniform((-0.9, 0.1), (0.1, 0.55)).tolist()
    pet.head((0.5, 0.44), 0.4, Mood(turn, tilt, asleep=True))
    pet.tail((-0.92, 0.36), (-0.6, 0.16), (-0.1, 0.14), (0.3, 0.16))


def _portrait(pet: Sketch) -> None:
    """Head and shoulders; the frame is to cut what lies below."""
    w = (0.84 if pet.build.cat else 1.0) * pet.build.girth
    trunk = mirrored(
        [(0, 1.5), (0.34, 1.25), (0.48 * w, 1.0), (0.74 * w, 0.68), (0.88 * w, 0.2), (0.92 * w, -0.6), (0, -0.8)]
    )
    flanks = _flanks((0.34, 1.3), (0.52 * w, 0.98), (0.78 * w, 0.6), (0.92 * w, 0.0), (0.95 * w, -0.6))
    chest = mirrored([(0, 1.4), (0.28, 1.1), (0.24, 0.6), (0.1, 0.1), (0, -0.1)])
    pet.torso((spline(trunk),), flanks, spline(chest))
    pet.collar((-0.4, 1.14), (0.4, 1.14))
    view = "side" if pet.rng.uniform() < 0.22 else "front"
    pet.head((pet.rng.uniform(-0.08, 0.08), 1.6), 0.6, pet.mood(pet.rng.uniform(-0.9, 0.9)), view)


@dataclass(frozen=True)
class Pose:
    """A pose's name, how often it is taken, and how it is drawn; the frame cuts a `close` one off below."""

    name: str
    share: float
    draw: Callable[[Sketch], None]
    close: bool = False


POSES = (
    Pose("sitting, front", 0.16, _sitting_front),
    Pose("sitting, side", 0.13, _sitting_side),
    Pose("standing, side", 0.14, _standing_side),
    Pose("standing, front", 0.07, _standing_front),
    Pose("play bow", 0.05, _play_bow),
    Pose("lying, side", 0.1, _lying_side),
    Pose("lying, front", 0.09, _lying_front),
    Pose("from behind", 0.05, _from_behind),
    Pose("curled up", 0.06, _curled_up),
    Pose("portrait", 0.15, _portrait, close=True),
)
