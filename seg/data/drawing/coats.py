"""Coats: a base colour and layers over it - patches, a saddle, stripes, points, white - on each body part."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seg.data.drawing.canvas import Mark
from seg.data.drawing.colours import Colour, darker, lighter, mix
from seg.data.drawing.shapes import Outline, Point, blotch, bounds, ellipse, fractions, normals, spline, tube

WHITE: Colour = (243, 239, 232)
RAGGED = 0.03  # how far the hair along a marking's edge reaches over it, in units


@dataclass(frozen=True)
class Coat:
    """Colours of one animal. Layers, in painting order; one that is None or empty is not there."""

    base: Colour
    iris: Colour
    nose: Colour
    patches: tuple[Colour, ...] = ()
    patch_size: float = 0.3  # radius of a patch, in units
    saddle: Colour | None = None  # a mantle over the back
    stripes: Colour | None = None
    points: Colour | None = None  # the cold ends of the body: face, ears, legs, tail
    mask: Colour | None = None  # the face alone
    ears: Colour | None = None
    white: bool = False  # chest, belly, paws, muzzle, blaze, tail tip

    @property
    def muzzle(self) -> Colour:
        """The colour around nose and mouth."""
        return WHITE if self.white else self.points or self.mask or lighter(self.base, 0.3)

    @property
    def ear(self) -> Colour:
        """The outside of an ear."""
        return self.ears or self.points or self.saddle or self.base

    @property
    def inner_ear(self) -> Colour:
        """The skin inside an ear, seen through thin hair."""
        return mix((226, 160, 150), darker(self.ear, 0.2), 0.45)

    @property
    def paw(self) -> Colour:
        """The feet."""
        return WHITE if self.white else self.points or self.base

    @property
    def soft(self) -> float:
        """How far markings run into one another, in units: points are a haze, all others have an edge."""
        return 0.05 if self.points else 0.0

    def varied(self, rng: np.random.Generator) -> Coat:
        """The same coat on another animal: a little lighter or darker, warmer or cooler throughout."""
        light, warm = rng.uniform(-16, 16), rng.uniform(-8, 8)
        shift = np.array([light + warm, light, light - warm])

        def shifted(colour: Colour) -> Colour:
            red, green, blue = np.clip(colour + shift, 12, 250).astype(int).tolist()
            return red, green, blue

        def maybe(colour: Colour | None) -> Colour | None:
            return None if colour is None else shifted(colour)

        return replace(
            self,
            base=shifted(self.base),
            patches=tuple(shifted(colour) for colour in self.patches),
            saddle=maybe(self.saddle),
            stripes=maybe(self.stripes),
            points=maybe(self.points),
            mask=maybe(self.mask),
            ears=maybe(self.ears),
        )


def patched(coat: Coat, outlines: tuple[Outline, ...], rng: np.random.Generator) -> list[Mark]:
    """Patches strewn over the box around the outlines; together they cover some half of it."""
    if not coat.patches:
        return []
    left, low, right, high = bounds(outlines)
    radius = coat.patch_size
    count = min(70, int(np.ceil(0.2 * (right - left) * (high - low) / radius**2)))
    return [
        Mark(
            blotch((rng.uniform(left, right), rng.uniform(low, high)), radius * rng.uniform(0.45, 1.35), rng),
            coat.patches[int(rng.integers(len(coat.patches)))],
            hair=RAGGED if radius > 0.2 else 0.0,
        )
        for _ in range(count)
    ]


def torso_marks(
    coat: Coat, outlines: tuple[Outline, ...], spines: tuple[Outline, ...], chest: Outline, rng: np.random.Generator
) -> list[Mark]:
    """Marks on a trunk. Spines run along the back, the flank on their right; the chest may be white."""
    marks = patched(coat, outlines, rng)
    for spine in spines:
        flank = -normals(spine)
        if coat.saddle:
            marks.append(Mark(_saddle(spine, flank), coat.saddle, RAGGED))
        if coat.stripes:
            marks += [Mark(stripe, coat.stripes) for stripe in _stripes(spine, flank, rng)]
    if coat.white:
        marks.append(Mark(chest, WHITE, RAGGED))
    return marks


def _saddle(spine: Outline, flank: Outline) -> Outline:
    """A mantle over the spine, deepest in its middle."""
    depth = 0.3 * np.sin(np.pi * np.clip(fractions(spine), 0.06, 0.94)) ** 0.5
    return np.concatenate([spine - flank * 0.15, (spine + flank * depth[:, None])[::-1]])


def _stripes(spine: Outline, flank: Outline, rng: np.random.Generator) -> list[Outline]:
    """Tapering stripes from the spine down the flank."""
    at = fractions(spine)
    stripes = []
    for place in np.arange(0.08, 0.97, 0.115) + rng.uniform(-0.02, 0.02):
        index = int(np.argmin(np.abs(at - place)))
        start, down = spine[index], flank[index]
        along = np.array([-down[1], down[0]])
        length, bend = rng.uniform(0.28, 0.48), rng.uniform(-0.08, 0.08)
        middle, end = start + down * length / 2 + along * bend, start + down * length - along * bend / 2
        stripes.append(tube([start - down * 0.08, middle, end], [0.045, 0.04, 0.006]))
    return stripes


def _rings(axis: Outline, radius: float, places: list[float], thick: float) -> list[Outline]:
    """Bands across a limb or tail at the given fractions of its axis."""
    at, side = fractions(axis), normals(axis)
    bands = []
    for place in places:
        index = int(np.argmin(np.abs(at - place)))
        reach = side[index] * radius * 1.3
        sag = np.array([-side[index][1], side[index][0]]) * thick * 0.6
        ends = axis[index] - reach, axis[index] + sag, axis[index] + reach
        bands.append(tube(ends, [thick, thick * 0.5, thick]))
    return bands


def _end(axis: Outline, share: float, radius: float) -> Outline:
    """What covers the last `share` of a limb or tail."""
    return tube(axis[-max(3, int(len(axis) * share)) :], [radius, radius])


def limb_marks(coat: Coat, axis: Outline, radius: float, rng: np.random.Generator) -> list[Mark]:
    """Marks on a leg whose `axis` runs from the body to the paw."""
    marks = patched(coat, (axis,), rng)
    if coat.stripes:
        marks += [Mark(ring, coat.stripes) for ring in _rings(axis, radius, [0.35, 0.52, 0.69], 0.022)]
    if coat.points:
        marks.append(Mark(_end(axis, 0.67, 1.7 * radius), coat.points))
    if coat.white:
        marks.append(Mark(_end(axis, 0.33, 1.7 * radius), WHITE, RAGGED))
    return marks


def tail_marks(coat: Coat, axis: Outline, radius: float, rng: np.random.Generator) -> list[Mark]:
    """Marks on a tail whose `axis` runs from the body to the tip."""
    marks = patched(coat, (axis,), rng)
    whole = coat.points or coat.saddle
    if whole:
        marks.append(Mark(tube(axis, [1.9 * radius, 1.9 * radius]), whole))
    if coat.stripes:
        places = np.arange(0.2, 0.95, 0.14).tolist()
        marks += [Mark(ring, coat.stripes) for ring in _rings(axis, radius, places, 0.03)]
        marks.append(Mark(_end(axis, 0.2, 1.9 * radius), coat.stripes))
    if coat.white:
        marks.append(Mark(_end(axis, 0.2, 1.9 * radius), WHITE, RAGGED))
    return marks


def face_marks(coat: Coat, muzzle: Point, reach: float, rng: np.random.Generator) -> list[Mark]:
    """Marks on a face, in head units (the skull's radius is 1); its muzzle reaches `reach` to either side."""
    x, y = muzzle
    brow = x / 2  # what is higher up moves less when the head turns
    marks = []
    if coat.patches:
        side = int(rng.choice([-1, 1]))
        for eye, chance in ((side, 1.0), (-side, 0.55)):
            if rng.uniform() < chance:
                colour = coat.patches[int(rng.integers(len(coat.patches)))]
                marks.append(Mark(blotch((eye * 0.6 + brow, 0.35), 0.62, rng, 0.2), colour, RAGGED))
    if coat.saddle:
        cap = [(0.95, 1.2), (0.75, 0.2), (0.25, 0.55), (0, 0.3), (-0.25, 0.55), (-0.75, 0.2), (-0.95, 1.2)]
        marks.append(Mark(spline(cap), coat.saddle, RAGGED))
    if coat.stripes:
        marks += [Mark(tube(axis, [0.02, 0.06, 0.03]), coat.stripes) for axis in _face_stripes(brow)]
    dark = coat.points or coat.mask
    if dark:
        right = [(x + 0.6, y + 0.55), (x + reach * 1.5, y), (x + reach, y - 0.5)]
        left = [(2 * x - px, py) for px, py in reversed(right)]
        marks.append(Mark(spline([(x, y + 0.85), *right, (x, y - 0.75), *left]), dark, RAGGED))
    if coat.white:
        blaze = rng.uniform(0.07, 0.2)
        right = [(brow + blaze, 0.35), (x + reach, y + 0.12), (x + reach, y - 0.5)]
        left = [(x - reach, y - 0.5), (x - reach, y + 0.12), (brow - blaze, 0.35)]
        marks.append(Mark(spline([(brow, 0.75), *right, (x, y - 0.8), *left]), WHITE, RAGGED))
    return marks


def _face_stripes(brow: float) -> list[list[Point]]:
    """A tabby's M on the forehead and the lines on its cheeks."""
    lines = [[(brow, 0.5), (brow / 2, 0.7), (0.0, 0.95)]]
    for side in (-1, 1):
        lines += [
            [(side * 0.13 + brow, 0.42), (side * 0.2, 0.65), (side * 0.16, 0.95)],
            [(side * 0.36 + brow, 0.45), (side * 0.42, 0.66), (side * 0.4, 0.9)],
            [(side * 0.62 + brow, -0.02), (side * 0.85, -0.05), (side * 1.1, 0.05)],
            [(side * 0.6 + brow, -0.25), (side * 0.82, -0.3), (side * 1.05, -0.22)],
        ]
    return lines


def profile_marks(coat: Coat, nose: Point, rng: np.random.Generator) -> list[Mark]:
    """Marks on a head in profile that looks to the right, in head units."""
    x, y = nose
    marks = []
    if coat.patches:
        colour = coat.patches[int(rng.integers(len(coat.patches)))]
        marks.append(Mark(ellipse((0.1, 0.4), 0.62, 0.5, 0.2), colour, RAGGED))
    if coat.saddle:
        marks.append(Mark(ellipse((-0.25, 0.75), 0.8, 0.5, -0.15), coat.saddle, RAGGED))
    if coat.stripes:
        lines = (
            [(0.35, 0.4), (0.15, 0.6), (-0.1, 0.9)],
            [(0.55, 0.42), (0.4, 0.62), (0.25, 0.85)],
            [(0.25, 0.05), (-0.1, 0.0), (-0.5, 0.1)],
            [(0.2, -0.2), (-0.15, -0.3), (-0.55, -0.2)],
        )
        marks += [Mark(tube(axis, [0.03, 0.06, 0.03]), coat.stripes) for axis in lines]
    dark = coat.points or coat.mask
    if dark:
        marks.append(Mark(ellipse((x - 0.15, y), 0.62, 0.5), dark, RAGGED))
    if coat.white:
        throat = [(x + 0.2, y + 0.3), (x + 0.2, y - 0.6), (-0.1, -0.9), (-0.1, -0.5), (x - 0.5, y - 0.1)]
        marks.append(Mark(spline(throat), WHITE, RAGGED))
    return marks


def nape_marks(coat: Coat, skull: Outline, rng: np.random.Generator) -> list[Mark]:
    """Marks on a head seen from behind, in head units."""
    marks = patched(coat, (skull,), rng)
    if coat.saddle:
        marks.append(Mark(ellipse((0, 0.1), 0.75, 0.9), coat.saddle, RAGGED))
    if coat.stripes:
        lines = ([(x, 0.85), (x * 1.4, 0.2), (x, -0.4)] for x in (-0.35, 0.0, 0.35))
        marks += [Mark(tube(axis, [0.05, 0.06, 0.03]), coat.stripes) for axis in lines]
    return marks
