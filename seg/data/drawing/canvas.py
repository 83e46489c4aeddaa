"""The canvas: parts are painted on it from back to front, and it knows which of its pixels are the pet's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling

from seg.data.drawing.colours import LIGHT, SHADOW, Colour
from seg.data.drawing.shapes import Outline, Pixels, Placement, Point, furry, moved

COARSE = 4  # relief and shadows are smooth: they are worked out at a quarter of the size
MARGIN = 8  # pixels around a part, so that nothing of it touches its window's edge


@dataclass(frozen=True)
class Mark:
    """Something painted on a part and nowhere beyond it: a stripe, a patch, a crease."""

    outline: Outline
    colour: Colour
    hair: float = 0.0  # length of the tufts along its edge, in units


@dataclass(frozen=True)
class Part:
    """One piece of an animal or a thing: the union of its outlines, in units, y up."""

    outlines: tuple[Outline, ...]
    colour: Colour
    marks: tuple[Mark, ...] = ()
    hair: float = 0.0  # length of the tufts along the outline, in units
    soft: float = 0.0  # how far the marks' edges run into one another, in units
    relief: float = 0.5  # 0 flat, 1 round: light on the side of the lamp, shade on the other
    cast: float = 0.0  # how dark a shadow it casts on the rest of the pet behind it
    far: bool = False  # on the far side of the animal, so in its shade
    solid: bool = True  # False for whiskers and grass: too thin for their pixels to change hands

    def moved(self, to: Point, scale: float, angle: float) -> Part:
        """The part and everything on it turned (radians, counter-clockwise), scaled, then moved."""
        return replace(
            self,
            outlines=tuple(moved(outline, to, scale, angle) for outline in self.outlines),
            marks=tuple(
                Mark(moved(mark.outline, to, scale, angle), mark.colour, mark.hair * scale) for mark in self.marks
            ),
            hair=self.hair * scale,
            soft=self.soft * scale,
        )


class Canvas:
    """A picture being painted (RGB), and beside it the mask of the pet (L, same size): 255 pet, 0 all else.

    `light` is the direction that the light comes from, in pixels: (-1, -1) is the upper left.
    """

    def __init__(self, picture: Image.Image, light: Point) -> None:
        self.picture = picture
        self.pet = Image.new("L", picture.size, 0)
        self.light = light

    def paint(self, parts: Iterable[Part], at: Placement, rng: np.random.Generator, pet: bool = False) -> None:
        """Paints the parts in order; what is solid becomes the pet's if `pet`, and ceases to be if not."""
        for part in parts:
            outlines = [furry(at.pixels(outline), part.hair * at.scale, rng) for outline in part.outlines]
            corner, size = self._window(outlines)
            if min(size) <= 0:
                continue
            mask = Image.new("L", size, 0)
            pen = ImageDraw.Draw(mask)
            for outline in outlines:
                pen.polygon(points(outline, corner), fill=255)
            patch = self._rounded(_coloured(part, at, corner, size, rng), mask, part, corner)
            self.picture.paste(patch, corner, mask)
            if part.solid:
                self.pet.paste(255 if pet else 0, corner, mask)

    def stain(self, outline: Outline, blur: float, strength: float) -> None:
        """Darkens a soft-edged region, given in pixels: the shadow that grounds whatever stands on it."""
        (left, top), (width, height) = self._window([outline], margin=2 * blur + COARSE)
        if min(width, height) < COARSE:
            return
        small = Image.new("L", (width // COARSE, height // COARSE), 0)
        shape = points(outline / COARSE, (left / COARSE, top / COARSE))
        ImageDraw.Draw(small).polygon(shape, fill=round(255 * strength))
        small = small.filter(ImageFilter.GaussianBlur(blur / COARSE))
        shadow = small.resize((width, height), Resampling.BILINEAR)
        self.picture.paste(SHADOW, (left, top, left + width, top + height), shadow)

    def _window(self, outlines: list[Outline], margin: float = MARGIN) -> tuple[Pixels, Pixels]:
        """Corner and size of the window around the outlines; it ends a little beyond the canvas."""
        every = np.concatenate(outlines)
        beyond = max(self.picture.size) // 4
        low = np.maximum(every.min(axis=0) - margin, -beyond)
        high = np.minimum(every.max(axis=0) + margin, np.array(self.picture.size) + beyond)
        left, top = (int(side) for side in np.floor(low))
        right, bottom = (int(side) for side in np.ceil(high))
        return (left, top), (right - left, bottom - top)

    def _rounded(self, patch: Image.Image, mask: Image.Image, part: Part, corner: Pixels) -> Image.Image:
        """The patch lit as if its mask bulged; on the way, its shadow falls on what the pet has behind it.

        Blurred, the mask is a height map; the difference of two shifted copies is its slope to the light.
        """
        thickness = min(mask.size) - 2 * MARGIN
        if thickness < 5 * COARSE or not (part.relief or part.cast):
            return patch
        blur = 0.13 * thickness / COARSE
        margin = int(3 * blur) + 2
        small = mask.reduce(COARSE)
        height = Image.new("L", (small.width + 2 * margin, small.height + 2 * margin), 0)
        height.paste(small, (margin, margin))
        height = height.filter(ImageFilter.GaussianBlur(blur))
        dx, dy = (round(blur * side) for side in self.light)
        if part.cast:
            self._cast(ImageChops.offset(height, -dx, round(1.4 * blur)), part.cast, corner, margin)
        inside = (margin, margin, margin + small.width, margin + small.height)
        near = ImageChops.offset(height, dx, dy).crop(inside)
        away = ImageChops.offset(height, -dx, -dy).crop(inside)
        for one, other, colour, strength in ((near, away, LIGHT, 0.5), (away, near, SHADOW, 1.6)):
            slope = ImageChops.subtract(one, other, scale=1 / (strength * part.relief + 1e-6))
            patch.paste(colour, (0, 0, *mask.size), slope.resize(mask.size, Resampling.BILINEAR))
        return patch

    def _cast(self, height: Image.Image, strength: float, corner: Pixels, margin: int) -> None:
        """Lets a part's shadow, its shifted height map, fall on the pet so far."""
        weaker = height.point([round(0.7 * strength * value) for value in range(256)])
        shadow = weaker.resize((COARSE * height.width, COARSE * height.height), Resampling.BILINEAR)
        left, top = corner[0] - COARSE * margin, corner[1] - COARSE * margin
        window = (left, top, left + shadow.width, top + shadow.height)
        self.picture.paste(SHADOW, window, ImageChops.multiply(shadow, self.pet.crop(window)))


def _coloured(part: Part, at: Placement, corner: Pixels, size: Pixels, rng: np.random.Generator) -> Image.Image:
    """The part's colour and marks, flat, over its whole window."""
    patch = Image.new("RGB", size, part.colour)
    pen = ImageDraw.Draw(patch)
    for mark in part.marks:
        outline = furry(at.pixels(mark.outline), mark.hair * at.scale, rng)
        pen.polygon(points(outline, corner), fill=mark.colour)
    if part.marks and part.soft * at.scale > 0.5:
        patch = patch.filter(ImageFilter.BoxBlur(part.soft * at.scale))
    return Image.blend(patch, Image.new("RGB", size, SHADOW), 0.25) if part.far else patch


def points(outline: Outline, corner: tuple[float, float] = (0, 0)) -> list[tuple[float, float]]:
    """The outline as Pillow takes it, seen from `corner`."""
    return [(x, y) for x, y in (outline - corner).tolist()]
