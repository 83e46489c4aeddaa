"""Indoors: rooms, beds and sofas, the photographer's studio."""

from __future__ import annotations

import itertools

import numpy as np
from PIL import Image, ImageDraw
from PIL.Image import Resampling

from seg.data.drawing.colours import Colour, darker, lighter, mix, nuance, one_of, tint
from seg.data.drawing.scenery import Scene, feet_of_lines, gradient, mottled, slabs
from seg.data.drawing.shapes import Pixels


def room(size: Pixels, rng: np.random.Generator) -> Scene:
    """A wall, furniture along it, and a floor."""
    scene = Scene(size, rng.uniform(0.42, 0.68), rng)
    scene.picture.paste(wall(scene.above, rng))
    scene.lay_ground(_floor(scene))
    board = tint(rng, (0, 0.25), (0.55, 0.97))
    scene.pen.rectangle((0, 0.94 * scene.far, scene.width, scene.far), fill=board)
    scene.pen.line((0, scene.far, scene.width, scene.far), fill=darker(board, 0.5), width=3)
    if rng.uniform() < 0.75:
        for piece in rng.choice(len(FURNITURE), int(rng.integers(1, 3)), replace=False).tolist():
            FURNITURE[piece](scene)
    if rng.uniform() < 0.35:
        _rug(scene)
    return scene


def wall(size: Pixels, rng: np.random.Generator) -> Image.Image:
    """A painted, papered, panelled or brick wall."""
    width, height = size
    paint = tint(rng, (0.03, 0.5), (0.4, 0.98))
    surface = gradient(size, lighter(paint, 0.1), darker(paint, 0.1))
    pen = ImageDraw.Draw(surface)
    other = mix(paint, tint(rng, (0.1, 0.5), (0.3, 0.95)), 0.35)
    step = int(width * rng.uniform(0.05, 0.14))
    pattern = rng.choice(["plain", "stripes", "dots", "bricks", "panels"], p=[0.4, 0.2, 0.12, 0.13, 0.15])
    if pattern == "stripes":
        for x in range(0, width, 2 * step):
            pen.rectangle((x, 0, x + step, height), fill=other)
    elif pattern == "dots":
        _dots(pen, size, step, other)
    elif pattern == "bricks":
        brick = one_of(rng, (166, 90, 70), (190, 170, 150), (120, 116, 120), (206, 200, 192))
        high = max(8, step // 2)
        pen.rectangle((0, 0, width, height), fill=darker(brick, 0.3))
        for row, y in enumerate(range(0, height, high)):
            for x in range(-(row % 2) * step // 2, width, step):
                pen.rectangle((x + 1, y + 1, x + step - 3, y + high - 3), fill=nuance(brick, rng))
    elif pattern == "panels":
        for x in range(0, width, 2 * step):
            frame = (x + 6, 0.35 * height, x + 2 * step - 12, 0.95 * height)
            pen.rectangle(frame, outline=darker(paint, 0.3), width=4)
        pen.rectangle((0, 0.28 * height, width, 0.3 * height), fill=lighter(paint, 0.4))
    return mottled(surface, rng, 60, 0.08)


def _dots(pen: ImageDraw.ImageDraw, size: Pixels, step: int, colour: Colour) -> None:
    for row, y in enumerate(range(0, size[1], step)):
        for x in range((row % 2) * step // 2, size[0], step):
            pen.ellipse((x, y, x + 0.45 * step, y + 0.45 * step), fill=colour)


def _floor(scene: Scene) -> Image.Image:
    rng = scene.rng
    kind = rng.choice(["planks", "slabs", "carpet"], p=[0.4, 0.25, 0.35])
    if kind == "carpet":
        return _carpet(scene)
    stone = one_of(rng, (176, 124, 78), (140, 92, 58), (206, 168, 122), (116, 84, 64), (190, 184, 176))
    if kind == "slabs":
        return slabs(scene, stone, tint(rng, (0, 0.3), (0.25, 0.95)))
    floor = Image.new("RGB", scene.ground)
    pen = ImageDraw.Draw(floor)
    vanish, feet = feet_of_lines(scene)
    low = scene.ground[1]
    for left, right in itertools.pairwise(feet):
        tone = darker(stone, rng.uniform(0, 0.25))
        plank = [(0.3 * left, 0), (0.3 * right, 0), (right, low), (left, low)]
        pen.polygon([(vanish + x, y) for x, y in plank], fill=tone)
        pen.line((vanish + 0.3 * left, 0, vanish + left, low), fill=darker(tone, 0.35), width=2)
    return mottled(floor, rng, 5, 0.1, stretch=0.2)


def _carpet(scene: Scene) -> Image.Image:
    rng = scene.rng
    width, height = scene.ground
    wool = tint(rng, (0.05, 0.6), (0.35, 0.92))
    carpet = gradient(scene.ground, darker(wool, 0.15), wool)
    pen = ImageDraw.Draw(carpet)
    other = mix(wool, tint(rng, (0.2, 0.6), (0.3, 0.9)), 0.5)
    pattern = rng.choice(["plain", "stripes", "lozenges"])
    for y in np.geomspace(8, height, int(rng.integers(5, 9))).tolist():  # nearer rows are further apart
        deep = 0.02 * height + 0.09 * y
        if pattern == "stripes":
            pen.rectangle((0, y, width, y + 0.6 * deep), fill=other)
        elif pattern == "lozenges":
            for x in np.arange(0, width + 4 * deep, 4 * deep).tolist():
                lozenge = [(x, y), (x + deep, y + deep / 2), (x, y + deep), (x - deep, y + deep / 2)]
                pen.polygon(lozenge, fill=other)
    return mottled(mottled(carpet, rng, 3, 0.18), rng, 50, 0.1)


def _rug(scene: Scene) -> None:
    rng = scene.rng
    width, height = scene.ground
    x, y = width * rng.uniform(0.3, 0.7), scene.far + height * rng.uniform(0.5, 0.8)
    wide, deep = width * rng.uniform(0.3, 0.6), height * rng.uniform(0.25, 0.5)
    one, other = tint(rng, (0.2, 0.7), (0.3, 0.9)), tint(rng, (0.1, 0.6), (0.4, 0.95))
    for share, colour in ((1.0, one), (0.88, other), (0.7, one), (0.45, other)):
        dx, dy = wide * share, deep * share
        scene.pen.ellipse((x - dx, y - dy, x + dx, y + dy), fill=colour)


def _window(scene: Scene) -> None:
    rng, pen = scene.rng, scene.pen
    left, wide = scene.width * rng.uniform(-0.05, 0.65), scene.width * rng.uniform(0.25, 0.4)
    top, bottom = scene.far * rng.uniform(0.05, 0.15), scene.far * rng.uniform(0.55, 0.78)
    high = bottom - top
    frame = tint(rng, (0, 0.3), (0.6, 0.98))
    sky = one_of(rng, (168, 208, 238), (212, 228, 236), (40, 52, 84), (240, 206, 170))
    pen.rectangle((left - 8, top - 8, left + wide + 8, bottom + 8), fill=frame)
    pen.rectangle((left, top, left + wide, bottom), fill=sky)
    pen.ellipse((left, bottom - 0.35 * high, left + 0.7 * wide, bottom), fill=mix(sky, (70, 120, 60), 0.6))
    pen.rectangle((left, bottom - 0.15 * high, left + wide, bottom), fill=mix(sky, (60, 110, 54), 0.7))
    pen.line((left + wide / 2, top, left + wide / 2, bottom), fill=frame, width=8)
    pen.line((left, top + high / 2, left + wide, top + high / 2), fill=frame, width=8)
    cloth = tint(rng, (0.1, 0.7), (0.4, 0.95))
    for x in (left - 0.15 * wide, left + 0.85 * wide):
        pen.rectangle((x, top - 14, x + 0.3 * wide, 0.93 * scene.far), fill=cloth)
        for fold in (0.08, 0.16, 0.24):
            line = (x + wide * fold, top - 14, x + wide * fold, 0.93 * scene.far)
            pen.line(line, fill=darker(cloth, 0.2), width=5)


def _pictures(scene: Scene) -> None:
    rng, pen = scene.rng, scene.pen
    for x in scene.row((0.24, 0.4)).tolist():
        wide, high = scene.width * rng.uniform(0.1, 0.18), scene.far * rng.uniform(0.18, 0.34)
        y = scene.far * rng.uniform(0.08, 0.3)
        disc = (x + 0.3 * wide, y + 0.3 * high, x + 0.7 * wide, y + 0.7 * high)
        pen.rectangle((x, y, x + wide, y + high), fill=tint(rng, (0, 0.6), (0.15, 0.7)))
        pen.rectangle((x + 8, y + 8, x + wide - 8, y + high - 8), fill=tint(rng, (0.1, 0.5), (0.6, 0.98)))
        pen.ellipse(disc, fill=tint(rng, (0.3, 0.7), (0.4, 0.9)))


def _sofa(scene: Scene) -> None:
    rng, pen = scene.rng, scene.pen
    cloth = tint(rng, (0.1, 0.65), (0.3, 0.88))
    left, wide = scene.width * rng.uniform(-0.3, 0.4), scene.width * rng.uniform(0.6, 1.0)
    low, high = scene.far + 0.06 * scene.height, scene.height * rng.uniform(0.28, 0.4)
    arm = 0.13 * wide
    pen.rectangle((left + 10, low - 8, left + wide - 10, low + 6), fill=darker(cloth, 0.7))
    pen.rounded_rectangle((left, low - high, left + wide, low), radius=30, fill=darker(cloth, 0.12))
    across = wide / 2 - arm
    for x in (left + arm, left + arm + across):
        back = (x, low - 0.92 * high, x + across - 4, low - 0.35 * high)
        seat = (x, low - 0.42 * high, x + across - 4, low - 0.1 * high)
        pen.rounded_rectangle(back, radius=22, fill=cloth)
        pen.rounded_rectangle(seat, radius=16, fill=lighter(cloth, 0.1))
    for x in (left, left + wide - arm):
        pen.rounded_rectangle((x, low - 0.65 * high, x + arm, low), radius=24, fill=darker(cloth, 0.05))


def _shelf(scene: Scene) -> None:
    rng, pen = scene.rng, scene.pen
    wood = one_of(rng, (122, 84, 54), (196, 156, 108), (232, 228, 220), (70, 56, 50))
    left, top = scene.width * rng.uniform(-0.1, 0.7), scene.far * rng.uniform(0.0, 0.3)
    right, low = left + scene.width * rng.uniform(0.3, 0.5), scene.far + 0.02 * scene.height
    pen.rectangle((left, top, right, low), fill=darker(wood, 0.35))
    storey = (low - top) / 3
    for board in (top + storey, top + 2 * storey, low):
        x = left + 10
        while x < right - 20:
            thick = scene.width * rng.uniform(0.012, 0.04)
            if rng.uniform() < 0.85:
                book = (x, board - storey * rng.uniform(0.5, 0.82), min(x + thick, right - 10), board)
                pen.rectangle(book, fill=tint(rng, (0.2, 0.7), (0.25, 0.9)))
            x += thick + 2
        pen.rectangle((left, board - 4, right, board + 8), fill=wood)
    pen.rectangle((left, top, right, low), outline=wood, width=10)


def _cupboard(scene: Scene) -> None:
    rng, pen = scene.rng, scene.pen
    wood = one_of(rng, (150, 104, 66), (226, 222, 212), (92, 110, 120), (176, 140, 96))
    left, wide = scene.width * rng.uniform(-0.1, 0.7), scene.width * rng.uniform(0.25, 0.45)
    low = scene.far + 0.025 * scene.height
    top = low - scene.height * rng.uniform(0.2, 0.45)
    middle = left + wide / 2
    pen.rectangle((left, top, left + wide, low), fill=wood)
    pen.rectangle((left - 8, top - 12, left + wide + 8, top), fill=lighter(wood, 0.2))
    for door, knob in ((left, middle - 22), (middle, middle + 22)):
        panel = (door + 10, top + 14, door + wide / 2 - 10, low - 12)
        pen.rectangle(panel, outline=darker(wood, 0.35), width=4)
        pen.ellipse((knob - 5, (top + low) / 2 - 5, knob + 5, (top + low) / 2 + 5), fill=darker(wood, 0.6))


FURNITURE = (_window, _pictures, _sofa, _shelf, _cupboard)


def bed(size: Pixels, rng: np.random.Generator) -> Scene:
    """A bed or a sofa's seat close by: patterned cloth, cushions at the back."""
    scene = Scene(size, rng.uniform(0.12, 0.42), rng)
    scene.picture.paste(mottled(mottled(_cloth(size, rng), rng, 70, 0.25, 2), rng, 3, 0.1))
    scene.picture.paste(wall(scene.above, rng))
    for x in scene.row((0.3, 0.5)).tolist():
        cushion = tint(rng, (0.05, 0.6), (0.35, 0.97))
        wide, high = scene.width * rng.uniform(0.28, 0.45), scene.height * rng.uniform(0.15, 0.26)
        top, low = scene.far - 0.75 * high, scene.far + 0.25 * high
        scene.pen.rounded_rectangle((x, top, x + wide, low), radius=0.35 * high, fill=cushion)
        seam = (x + 12, top + 12, x + wide - 12, low - 12)
        scene.pen.arc(seam, 20, 160, fill=darker(cushion, 0.3), width=4)
    scene.far += round(0.12 * scene.height)
    return scene


def _cloth(size: Pixels, rng: np.random.Generator) -> Image.Image:
    """Cloth striped, chequered, dotted or plain, lying askew."""
    side = int(1.5 * max(size))
    one, other = tint(rng, (0.1, 0.7), (0.35, 0.95)), tint(rng, (0.05, 0.6), (0.35, 0.97))
    cloth = Image.new("RGB", (side, side), one)
    pen = ImageDraw.Draw(cloth)
    step = int(side * rng.uniform(0.03, 0.09))
    pattern = rng.choice(["stripes", "checks", "dots", "plain"])
    if pattern in ("stripes", "checks"):
        for x in range(0, side, 2 * step):
            pen.rectangle((x, 0, x + step, side), fill=mix(one, other, 0.6))
    if pattern == "checks":
        for y in range(0, side, 2 * step):
            for x in range(0, side, 2 * step):
                pen.rectangle((x, y, x + step, y + step), fill=other)
                pen.rectangle((x + step, y, x + 2 * step, y + step), fill=mix(one, other, 0.45))
    if pattern == "dots":
        _dots(pen, (side, side), step, other)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    askew = cloth.rotate(rng.uniform(-40, 40), Resampling.NEAREST)
    return askew.crop((left, top, left + size[0], top + size[1]))


def studio(size: Pixels, rng: np.random.Generator) -> Scene:
    """A plain backdrop that runs into the floor."""
    scene = Scene(size, rng.uniform(0.5, 0.65), rng)
    paper = tint(rng, (0, 0.55), (0.2, 0.97))
    scene.picture.paste(mottled(gradient(size, darker(paper, 0.25), lighter(paper, 0.25)), rng, 90, 0.15))
    return scene
