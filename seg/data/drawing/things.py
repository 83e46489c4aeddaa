"""Things that lie about, behind the pet and before it. In units: about 1 tall, the ground at y = 0, y up."""
# fmt: off - outlines are lists of points, several to a line

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seg.data.drawing.canvas import Mark, Part
from seg.data.drawing.colours import LIGHT, darker, lighter, nuance, one_of, tint
from seg.data.drawing.shapes import blotch, box, ellipse, spline, tube


def ball(rng: np.random.Generator) -> list[Part]:
    """A ball with a band round it."""
    rubber, paint = tint(rng, (0.4, 0.9), (0.5, 1.0)), tint(rng, (0, 0.5), (0.7, 1.0))
    band = Mark(tube([(-0.6, 0.3), (0, 0.4), (0.6, 0.75)], [0.09, 0.1, 0.09]), paint)
    return [Part((ellipse((0, 0.48), 0.48, 0.48),), rubber, (band,), relief=0.7)]


def yarn(rng: np.random.Generator) -> list[Part]:
    """A ball of wool and its loose end."""
    wool = tint(rng, (0.2, 0.8), (0.5, 0.95))
    slants = rng.uniform(-0.4, 0.4, (9, 2)).tolist()
    lines = ([(-0.5, 0.45 + lean), (0, 0.5 + bend), (0.5, 0.45 - lean)] for lean, bend in slants)
    turns = tuple(Mark(tube(line, [0.012, 0.02, 0.012]), darker(wool, 0.35)) for line in lines)
    end = tube([(0.3, 0.05), (0.8, 0.04), (1.0, 0.16), (1.3, 0.04)], [0.03, 0.03, 0.03])
    return [Part((end,), wool, relief=0.3), Part((ellipse((0, 0.46), 0.46, 0.46),), wool, turns, hair=0.02, relief=0.6)]


def carton(rng: np.random.Generator) -> list[Part]:
    """A cardboard box, open."""
    card = one_of(rng, (196, 156, 110), (176, 136, 96), (220, 208, 190), (120, 140, 160))
    w = rng.uniform(0.5, 0.9)
    inside = np.array([(-w, 0.85), (w, 0.85), (0.85 * w, 1.05), (-0.85 * w, 1.05)])
    flap = np.array([(w, 0.85), (1.3 * w, 0.6), (1.2 * w, 0.95), (0.85 * w, 1.05)])
    tape = Mark(box(-0.08, 0, 0.08, 0.9), lighter(card, 0.3))
    return [
        Part((inside,), darker(card, 0.5), relief=0),
        Part((box(-w, 0, w, 0.85),), card, (tape,), relief=0.15),
        Part((flap,), lighter(card, 0.15), relief=0.1),
    ]


def bowl(rng: np.random.Generator) -> list[Part]:
    """A food bowl, heaped."""
    glaze = tint(rng, (0.1, 0.8), (0.4, 0.98))
    bits = tuple(ellipse((x, y), 0.11, 0.08) for x, y in rng.uniform((-0.5, 0.5), (0.5, 0.6), (9, 2)))
    side = np.array([(-0.85, 0.5), (0.85, 0.5), (1.0, 0.0), (-1.0, 0.0)])
    band = Mark(box(-1.1, 0.15, 1.1, 0.28), lighter(glaze, 0.5))
    return [
        Part((ellipse((0, 0.5), 0.85, 0.16),), darker(glaze, 0.4), relief=0),
        Part(bits, (130, 84, 52)),
        Part((side,), glaze, (band,), relief=0.4),
    ]


def bone(rng: np.random.Generator) -> list[Part]:
    """A bone to chew."""
    knobs = (ellipse((x, y), 0.19, 0.15) for x in (-0.75, 0.75) for y in (0.14, 0.32))
    shaft = tube([(-0.7, 0.22), (0.7, 0.22)], [0.11, 0.11])
    return [Part((shaft, *knobs), one_of(rng, (236, 224, 196), (214, 190, 150)), relief=0.6)]


def plant(rng: np.random.Generator) -> list[Part]:
    """A pot plant with broad leaves."""
    leaf = one_of(rng, (72, 128, 70), (104, 150, 74), (56, 104, 84))
    parts = []
    for angle, reach in rng.uniform((-1.2, 0.6), (1.2, 1.1), (9, 2)).tolist():
        x, y = np.sin(angle) * reach, np.cos(angle) * reach
        axis = [(0, 0.4), (0.45 * x, 0.45 + 0.65 * y), (x, 0.45 + y)]
        vein = Mark(tube(axis, [0.008, 0.012, 0.004]), lighter(leaf, 0.3))
        parts.append(Part((tube(axis, [0.02, 0.13, 0.01]),), nuance(leaf, rng), (vein,)))
    pot = np.array([(-0.34, 0.5), (0.34, 0.5), (0.25, 0.0), (-0.25, 0.0)])
    clay = one_of(rng, (190, 104, 72), (226, 222, 214), (80, 96, 120))
    return [*parts, Part((pot, box(-0.38, 0.42, 0.38, 0.54)), clay, relief=0.45)]


def cushion(rng: np.random.Generator) -> list[Part]:
    """A cushion, of plush at times: not all that is furry is a pet."""
    cloth = one_of(rng, tint(rng, (0.1, 0.7), (0.3, 0.95)), (200, 150, 100), (230, 224, 214), (70, 64, 68))
    shape = spline(
        [(-0.9, 0.05), (-0.85, 0.45), (-0.92, 0.85), (0, 0.8), (0.92, 0.85), (0.85, 0.45), (0.9, 0.05), (0, 0.04)]
    )
    stripes = tuple(Mark(box(x - 0.06, -0.1, x + 0.06, 1), lighter(cloth, 0.4)) for x in (-0.45, 0.0, 0.45))
    striped, plush = rng.uniform(size=2) < (0.4, 0.5)
    return [Part((shape,), cloth, stripes if striped else (), hair=0.04 * plush, relief=0.6)]


def pouffe(rng: np.random.Generator) -> list[Part]:
    """A shaggy stool with the colours and the patches of a coat."""
    coat = one_of(rng, (196, 150, 100), (120, 120, 126), (232, 222, 204), (58, 50, 52), (216, 146, 84))
    seat = spline([(-0.8, 0.12), (-0.85, 0.6), (-0.5, 0.9), (0.5, 0.9), (0.85, 0.6), (0.8, 0.12)])
    places = rng.uniform((-0.8, 0.1), (0.8, 0.9), (8, 2)).tolist()
    patches = tuple(Mark(blotch((x, y), 0.17, rng), darker(coat, 0.4)) for x, y in places)
    feet = (box(-0.61, 0, -0.49, 0.2), box(0.49, 0, 0.61, 0.2))
    return [
        Part(feet, (86, 62, 44), relief=0.3),
        Part((seat,), coat, patches if rng.uniform() < 0.5 else (), hair=0.05, soft=0.01, relief=0.6),
    ]


def books(rng: np.random.Generator) -> list[Part]:
    """A pile of books."""
    pile, low = [], 0.0
    count = int(rng.integers(3, 7))
    for thick, x, w in rng.uniform((0.1, -0.12, 0.55), (0.2, 0.12, 0.75), (count, 3)).tolist():
        cover = tint(rng, (0.2, 0.8), (0.25, 0.9))
        label = Mark(box(x - 0.7 * w, low, x - 0.5 * w, low + thick), lighter(cover, 0.5))
        pile.append(Part((box(x - w, low, x + w, low + thick),), cover, (label,), relief=0.25))
        low += thick
    return pile


def boot(rng: np.random.Generator) -> list[Part]:
    """A rubber boot."""
    rubber = tint(rng, (0.3, 0.9), (0.3, 0.9))
    shape = spline(
        [(-0.32, 1.0), (0.12, 1.0), (0.14, 0.45), (0.5, 0.32), (0.62, 0.12), (0.6, 0.0), (-0.34, 0.0), (-0.3, 0.4)]
    )
    sole = Mark(box(-1, 0, 1, 0.09), darker(rubber, 0.6))
    brim = Mark(box(-1, 0.9, 1, 1.1), lighter(rubber, 0.3))
    return [Part((shape,), rubber, (sole, brim), relief=0.6)]


def vase(rng: np.random.Generator) -> list[Part]:
    """A vase with flowers."""
    petal = tint(rng, (0.3, 0.9), (0.7, 1.0))
    heads = rng.uniform((-0.4, 1.0), (0.4, 1.5), (5, 2)).tolist()
    stems = tuple(tube([(0, 0.6), (0.5 * x, 0.9), (x, y)], [0.02, 0.02, 0.02]) for x, y in heads)
    body = spline(
        [(-0.14, 0.8), (0.14, 0.8), (0.12, 0.62), (0.32, 0.32), (0.2, 0.0), (-0.2, 0.0), (-0.32, 0.32), (-0.12, 0.62)]
    )
    return [
        Part(stems, (84, 124, 70), relief=0),
        *(Part((blotch((x, y), 0.15, rng, 0.25),), petal) for x, y in heads),
        Part(tuple(ellipse((x, y), 0.05, 0.05) for x, y in heads), (244, 208, 90), relief=0),
        Part((body,), tint(rng, (0.1, 0.7), (0.4, 0.95)), relief=0.6),
    ]


def rock(rng: np.random.Generator) -> list[Part]:
    """A boulder."""
    stone = one_of(rng, (140, 136, 132), (168, 156, 140), (110, 110, 116))
    left, right = rng.uniform(0.5, 0.85, 2).tolist()
    shape = spline([(-0.8, 0.0), (-0.75, 0.4), (-0.3, left), (0.3, right), (0.75, 0.35), (0.8, 0.0)], steps=4)
    places = rng.uniform((-0.6, 0), (0.6, 0.6), (6, 2)).tolist()
    lichen = tuple(Mark(blotch((x, y), 0.12, rng), lighter(stone, 0.15)) for x, y in places)
    return [Part((shape,), stone, lichen, soft=0.02, relief=0.7)]


def bush(rng: np.random.Generator) -> list[Part]:
    """A round shrub."""
    leaf = one_of(rng, (84, 132, 66), (108, 146, 82), (70, 104, 70), (164, 120, 60))
    places = rng.uniform((-0.55, 0.28), (0.55, 0.7), (7, 2)).tolist()
    return [Part((blotch((x, y), 0.36, rng, 0.15),), nuance(leaf, rng), hair=0.07) for x, y in places]


def stump(rng: np.random.Generator) -> list[Part]:
    """A tree stump with its rings."""
    bark, wood = one_of(rng, (112, 84, 62), (140, 112, 84)), (200, 164, 118)
    side = spline([(-0.5, 0.75), (0.5, 0.75), (0.52, 0.3), (0.68, 0), (0, 0.02), (-0.68, 0), (-0.52, 0.3)])
    cracks = (tube([(x, 0.7), (1.1 * x, 0.05)], [0.015, 0.025]) for x in (-0.3, 0.0, 0.25))
    grooves = tuple(Mark(crack, darker(bark, 0.4)) for crack in cracks)
    rings = tuple(
        Mark(ellipse((0, 0.75), 0.5 * share, 0.13 * share), tone)
        for share, tone in ((0.85, lighter(wood, 0.2)), (0.6, wood), (0.35, lighter(wood, 0.2)))
    )
    return [Part((side,), bark, grooves), Part((ellipse((0, 0.75), 0.5, 0.13),), wood, rings, relief=0)]


def bucket(rng: np.random.Generator) -> list[Part]:
    """A toy bucket."""
    paint = tint(rng, (0.5, 0.9), (0.5, 1.0))
    handle = tube([(-0.48, 0.8), (-0.3, 1.15), (0.3, 1.15), (0.48, 0.8)], [0.03, 0.03, 0.03])
    side = np.array([(-0.5, 0.82), (0.5, 0.82), (0.36, 0.0), (-0.36, 0.0)])
    return [
        Part((handle,), LIGHT, relief=0),
        Part((ellipse((0, 0.82), 0.5, 0.11),), darker(paint, 0.5), relief=0),
        Part((side,), paint),
    ]


def grass_tuft(rng: np.random.Generator) -> list[Part]:
    """Blades before the paws: too thin to take pixels from the pet."""
    green = one_of(rng, (112, 160, 70), (138, 168, 84), (86, 132, 66))
    places = rng.uniform((-0.5, -0.25, 0.4), (0.5, 0.25, 1.0), (9, 3)).tolist()
    blades = ([(x, -0.05), (x + 0.4 * lean, 0.6 * tall), (x + lean, tall)] for x, lean, tall in places)
    return [Part(tuple(tube(axis, [0.06, 0.04, 0.01]) for axis in blades), green, relief=0, solid=False)]


Maker = Callable[[np.random.Generator], list[Part]]
INDOORS: tuple[Maker, ...] = (ball, yarn, carton, bowl, bone, plant, cushion, pouffe, books, boot, vase)
OUTDOORS: tuple[Maker, ...] = (ball, carton, bowl, bone, plant, boot, rock, bush, stump, bucket, cushion)
