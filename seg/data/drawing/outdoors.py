"""Outdoors: gardens, beaches, snow, streets."""

from __future__ import annotations

import numpy as np

from seg.data.drawing.colours import Colour, darker, lighter, mix, nuance, one_of, tint
from seg.data.drawing.rooms import wall
from seg.data.drawing.scenery import Scene, gradient, mottled, slabs
from seg.data.drawing.shapes import Pixels, blotch


def garden(size: Pixels, rng: np.random.Generator) -> Scene:
    """Grass under the sky, with hills, trees, a fence or a hedge, and flowers."""
    scene = _open_air(size, rng.uniform(0.35, 0.6), rng)
    scene.grassy = True
    leaf = one_of(rng, (96, 144, 66), (70, 122, 72), (142, 152, 66), (176, 124, 58))
    if rng.uniform() < 0.6:
        _hills(scene, mix(leaf, (150, 180, 200), 0.45))
    for _ in range(int(rng.integers(0, 5))):
        _tree(scene, leaf)
    border = rng.choice(["fence", "hedge", "none"], p=[0.45, 0.3, 0.25])
    if border == "fence":
        _fence(scene)
    elif border == "hedge":
        for x in scene.row((0.08, 0.1)).tolist():
            bush = blotch((x, scene.far), scene.width * rng.uniform(0.07, 0.12), rng, 0.2)
            scene.polygon(bush, darker(leaf, rng.uniform(0.1, 0.4)))
    grass = one_of(rng, (112, 160, 70), (138, 168, 84), (86, 132, 66), (168, 164, 96))
    scene.lay_ground(mottled(gradient(scene.ground, darker(grass, 0.12), grass), rng, 14, 0.16, 3))
    _blades(scene, grass)
    if rng.uniform() < 0.5:
        _flowers(scene)
    return scene


def beach(size: Pixels, rng: np.random.Generator) -> Scene:
    """Sky, sea and sand."""
    scene = _open_air(size, rng.uniform(0.45, 0.58), rng)
    water = one_of(rng, (70, 140, 176), (90, 168, 176), (96, 124, 150))
    sand = one_of(rng, (224, 200, 154), (208, 184, 150), (190, 164, 128))
    deep = round(scene.far * rng.uniform(0.55, 0.75))
    sea = gradient((scene.width, scene.far - deep), darker(water, 0.15), lighter(water, 0.3))
    scene.picture.paste(sea, (0, deep))
    for x, y in rng.uniform((-0.1, deep + 6), (1, scene.far - 10), (14, 2)).tolist():
        right = scene.width * (x + rng.uniform(0.04, 0.14))
        scene.pen.line((scene.width * x, y, right, y), fill=lighter(water, 0.55), width=3)
    shore = gradient(scene.ground, darker(sand, 0.06), sand)
    scene.lay_ground(mottled(mottled(shore, rng, 4, 0.14), rng, 40, 0.12, 3))
    x = np.linspace(0, scene.width, 30)
    foam = scene.far + 0.012 * scene.height * np.sin(14 * x / scene.width + rng.uniform(0, 6))
    scene.pen.line(list(zip(x.tolist(), foam.tolist(), strict=True)), fill=(250, 250, 246), width=9)
    return scene


def snow(size: Pixels, rng: np.random.Generator) -> Scene:
    """A winter field with firs, maybe while it snows."""
    scene = Scene(size, rng.uniform(0.38, 0.58), rng)
    scene.outdoors = True
    air = one_of(rng, (186, 204, 222), (150, 176, 208), (206, 208, 214))
    scene.picture.paste(gradient(size, air, lighter(air, 0.6)))
    for x in rng.uniform(0, scene.width, int(rng.integers(2, 9))).tolist():
        high, green = scene.height * rng.uniform(0.18, 0.45), one_of(rng, (58, 92, 78), (76, 104, 96))
        trunk = (x - 0.03 * high, scene.far - 0.2 * high, x + 0.03 * high, scene.far + 6)
        scene.pen.rectangle(trunk, fill=(84, 66, 56))
        for tier in range(4):
            low, wide = scene.far - high * (0.1 + 0.2 * tier), high * (0.26 - 0.05 * tier)
            branches = [(x - wide, low), (x + wide, low), (x, low - 0.36 * high)]
            scene.pen.polygon(branches, fill=lighter(green, 0.12 * tier))
    scene.lay_ground(mottled(gradient(scene.ground, (222, 228, 238), (244, 246, 250)), rng, 50, 0.1, 3))
    if rng.uniform() < 0.5:
        for x, y, r in rng.uniform((0, 0, 2), (scene.width, scene.height, 6), (70, 3)).tolist():
            scene.pen.ellipse((x - r, y - r, x + r, y + r), fill=(250, 251, 254))
    return scene


def street(size: Pixels, rng: np.random.Generator) -> Scene:
    """A house front and a pavement."""
    scene = Scene(size, rng.uniform(0.4, 0.62), rng)
    scene.outdoors = True
    scene.picture.paste(wall(scene.above, rng))
    pen, far = scene.pen, scene.far
    door = tint(rng, (0.3, 0.65), (0.25, 0.75))
    for x in scene.row((0.32, 0.5)).tolist():
        right = x + 0.2 * scene.width
        if rng.uniform() < 0.5:
            pen.rectangle((x, 0.15 * far, right, far), fill=door)
            pen.rectangle((x + 14, 0.25 * far, right - 14, 0.55 * far), fill=darker(door, 0.25))
        else:
            glass = one_of(rng, (96, 120, 140), (60, 70, 86), (240, 214, 150))
            pen.rectangle((x, 0.12 * far, right, 0.62 * far), fill=(238, 234, 226))
            pen.rectangle((x + 9, 0.15 * far, right - 9, 0.6 * far), fill=glass)
    stone = one_of(rng, (168, 164, 160), (140, 138, 140), (184, 172, 158))
    scene.lay_ground(mottled(slabs(scene, stone, lighter(stone, 0.15)), rng, 5, 0.16))
    return scene


def _open_air(size: Pixels, far: float, rng: np.random.Generator) -> Scene:
    """The sky, with clouds."""
    scene = Scene(size, far, rng)
    scene.outdoors = True
    top = one_of(rng, (110, 170, 226), (150, 190, 220), (190, 200, 210), (240, 178, 130), (94, 130, 180))
    scene.picture.paste(gradient(size, top, lighter(top, 0.65)))
    for _ in range(int(rng.integers(0, 5))):
        x, y, r = scene.height * rng.uniform((0, 0.03, 0.02), (scene.width / scene.height, 0.3, 0.05))
        for dx, puff in ((-1.6, 0.7), (0, 1.2), (1.5, 0.85), (2.8, 0.5)):
            cloud = (x + (dx - 1.6) * r, y - puff * r, x + (dx + 1.6) * r, y + 0.7 * r)
            scene.pen.ellipse(cloud, fill=lighter(top, 0.85))
    return scene


def _hills(scene: Scene, colour: Colour) -> None:
    x = np.linspace(0, scene.width, 40)
    for layer in (0.16, 0.08):
        wave = np.sin(x / scene.width * scene.rng.uniform(4, 9) + scene.rng.uniform(0, 6))
        crest = np.stack([x, scene.far - scene.height * layer * (0.6 + 0.5 * wave)], axis=1)
        feet = [(scene.width, scene.far + 10), (0, scene.far + 10)]
        scene.polygon(np.concatenate([crest, feet]), lighter(colour, 2 * layer))


def _tree(scene: Scene, leaf: Colour) -> None:
    rng = scene.rng
    x, y, high = scene.width * rng.uniform(), scene.far + 10, scene.height * rng.uniform(0.25, 0.55)
    trunk = np.array([(-0.06, 0), (0.06, 0), (0.04, -0.6), (-0.04, -0.6)]) * high + (x, y)
    scene.polygon(trunk, (98, 72, 54))
    for dx, dy, r in rng.uniform((-0.22, 0.5, 0.14), (0.22, 0.9, 0.26), (6, 3)).tolist():
        crown = blotch((x + high * dx, y - high * dy), high * r, rng, 0.2)
        scene.polygon(crown, darker(leaf, rng.uniform(0, 0.25)))


def _fence(scene: Scene) -> None:
    rng, far = scene.rng, scene.far
    wood = one_of(rng, (232, 228, 220), (146, 108, 76), (112, 96, 84), (178, 140, 100))
    high, step = scene.height * rng.uniform(0.12, 0.3), scene.width * rng.uniform(0.05, 0.1)
    for y in (far - 0.7 * high, far - 0.25 * high):
        scene.pen.rectangle((0, y, scene.width, y + 0.02 * scene.height), fill=darker(wood, 0.2))
    top = far - high
    for x in np.arange(-step, scene.width, step).tolist():
        right, shoulder = x + 0.76 * step, top + 0.3 * step
        picket = [(x, far + 6), (x, shoulder), ((x + right) / 2, top), (right, shoulder), (right, far + 6)]
        scene.pen.polygon(picket, fill=nuance(wood, rng))


def _blades(scene: Scene, grass: Colour) -> None:
    """Blades of grass, the nearer the longer."""
    rng, count = scene.rng, 260
    places = rng.uniform(0, 1, (count, 3))
    depths = np.sort(places[:, 0])
    for depth, (_, x, tone), lean in zip(depths, places, rng.normal(0, 0.35, count), strict=True):
        x, y = scene.width * x, scene.far + depth * (scene.height - scene.far)
        tall = scene.height * (0.012 + 0.04 * depth)
        colour = mix(darker(grass, 0.35), lighter(grass, 0.25), tone)
        blade = [(x - 0.1 * tall, y), (x + 0.1 * tall, y), (x + lean * tall, y - tall)]
        scene.pen.polygon(blade, fill=colour)


def _flowers(scene: Scene) -> None:
    rng, pen = scene.rng, scene.pen
    petal = tint(rng, (0.1, 0.8), (0.8, 1.0))
    for x, depth in rng.uniform(0, 1, (int(rng.integers(6, 22)), 2)).tolist():
        x, y = scene.width * x, scene.far + depth * (scene.height - scene.far)
        r = scene.height * (0.006 + 0.014 * depth)
        for turn in np.arange(5) * 0.4 * np.pi:
            px, py = x + r * np.cos(turn), y + 0.8 * r * np.sin(turn)
            pen.ellipse((px - 0.7 * r, py - 0.6 * r, px + 0.7 * r, py + 0.6 * r), fill=petal)
        pen.ellipse((x - 0.5 * r, y - 0.4 * r, x + 0.5 * r, y + 0.4 * r), fill=(240, 200, 70))
