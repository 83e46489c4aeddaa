"""What every background is made of: a scene, gradients, mottled surfaces, slabs. In pixels, y down."""

from __future__ import annotations

import itertools

import numpy as np
from PIL import Image, ImageChops, ImageDraw
from PIL.Image import Resampling

from seg.data.drawing.colours import Colour, darker, lighter
from seg.data.drawing.shapes import Outline, Pixels


class Scene:
    """A background, with `far` the pixel row where its floor or ground begins."""

    def __init__(self, size: Pixels, far: float, rng: np.random.Generator) -> None:
        self.picture = Image.new("RGB", size)
        self.pen = ImageDraw.Draw(self.picture)
        self.width, self.height = size
        self.far = round(far * self.height)
        self.rng = rng
        self.outdoors = False
        self.grassy = False

    @property
    def above(self) -> Pixels:
        """Size of what lies above the ground: wall or sky."""
        return self.width, self.far

    @property
    def ground(self) -> Pixels:
        """Size of the floor or ground."""
        return self.width, self.height - self.far

    def lay_ground(self, surface: Image.Image) -> None:
        """Covers the ground."""
        self.picture.paste(surface, (0, self.far))

    def row(self, step: tuple[float, float]) -> np.ndarray:
        """Left edges, in pixels, of a row of things; `step` is the range of their distance, of the width."""
        start = self.rng.uniform(-0.1, 0.1)
        return np.arange(start, 1.0, self.rng.uniform(*step)) * self.width

    def polygon(self, outline: Outline, colour: Colour) -> None:
        """Fills an outline (N, 2) in pixels."""
        self.pen.polygon([(x, y) for x, y in outline.tolist()], fill=colour)


def gradient(size: Pixels, top: Colour, bottom: Colour) -> Image.Image:
    """From one colour at the top to another at the bottom."""
    ramp = np.linspace(top, bottom, 64).round().astype(np.uint8)[:, None]
    return Image.fromarray(ramp).resize(size, Resampling.BILINEAR)


def mottled(
    picture: Image.Image, rng: np.random.Generator, grain: float, strength: float, stretch: float = 1.0
) -> Image.Image:
    """The picture under smooth noise, its blotches `grain` pixels high and `stretch` times as wide."""
    cells = (max(2, int(picture.height / grain)), max(2, int(picture.width / grain / stretch)))
    veil = Image.fromarray((255 * (1 - strength * rng.random(cells))).astype(np.uint8))
    return ImageChops.multiply(picture, veil.resize(picture.size, Resampling.BILINEAR).convert("RGB"))


def slabs(scene: Scene, stone: Colour, other: Colour) -> Image.Image:
    """A floor of slabs in perspective, every second one of the other colour."""
    _width, height = scene.ground
    floor = gradient(scene.ground, darker(stone, 0.2), lighter(stone, 0.08))
    pen = ImageDraw.Draw(floor)
    vanish, feet = feet_of_lines(scene)
    rows = np.concatenate([[0], np.cumsum(np.linspace(0.4, 1.6, 7))])
    rows = rows / rows[-1] * height
    for row, (top, bottom) in enumerate(itertools.pairwise(rows)):
        near, nearer = 0.3 + 0.7 * top / height, 0.3 + 0.7 * bottom / height
        for left, right in zip(feet[row % 2 : -1 : 2], feet[row % 2 + 1 :: 2], strict=False):
            upper = [(left * near, top), (right * near, top)]
            lower = [(right * nearer, bottom), (left * nearer, bottom)]
            pen.polygon([(vanish + x, y) for x, y in upper + lower], fill=other)
    return mottled(floor, scene.rng, 40, 0.1)


def feet_of_lines(scene: Scene) -> tuple[float, np.ndarray]:
    """Lines that run away from the viewer: where they lean to, and how far from it each meets the lower edge.

    At the upper end of the floor they are 0.3 times as far from it.
    """
    count = 2 * int(scene.rng.integers(15, 26))
    return scene.width * scene.rng.uniform(0.2, 0.8), np.linspace(-2.8, 2.8, count) * scene.width
