"""Colours: RGB triples from 0 to 255, mixed and drawn by lot."""

from __future__ import annotations

import colorsys

import numpy as np

Colour = tuple[int, int, int]

LIGHT: Colour = (255, 250, 238)
SHADOW: Colour = (22, 16, 26)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one`, with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    """`share` of the way into shadow."""
    return mix(colour, SHADOW, share)


def lighter(colour: Colour, share: float) -> Colour:
    """`share` of the way to a warm white."""
    return mix(colour, LIGHT, share)


def tint(rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]) -> Colour:
    """Any hue, within the given ranges of saturation and value (0 to 1)."""
    rgb = colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(*saturation), rng.uniform(*value))
    red, green, blue = (round(255 * channel) for channel in rgb)
    return red, green, blue


def one_of(rng: np.random.Generator, *colours: Colour) -> Colour:
    """One of the colours, a little lighter or darker."""
    return nuance(colours[int(rng.integers(len(colours)))], rng)


def nuance(colour: Colour, rng: np.random.Generator) -> Colour:
    """The colour, a little lighter or darker."""
    shift = rng.uniform(-0.12, 0.12)
    return lighter(colour, shift) if shift > 0 else darker(colour, -shift)
