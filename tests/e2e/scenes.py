"""Street scenes that a network learns in a minute, in the layouts of KITTI's roads and of CamVid, drawn by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.data.annotations.layouts import BLACK, CAMVID, MAGENTA, RED

KITTI_SIZE, CAMVID_SIZE = (310, 94), (240, 180)  # width and height: a quarter of KITTI's, a third of CamVid's
COLOURS = {line.split("\t")[1]: tuple(map(int, line.split()[:3])) for line in CAMVID.splitlines()}
# What each class looks like in a photo, roughly.
LOOKS = {
    "Sky": (170, 200, 235),
    "Building": (150, 110, 90),
    "Column_Pole": (90, 95, 100),
    "Road": (95, 95, 100),
    "Sidewalk": (180, 170, 160),
    "Tree": (60, 110, 50),
    "SignSymbol": (210, 60, 50),
    "Fence": (120, 85, 50),
    "Car": (40, 60, 140),
    "Pedestrian": (200, 140, 60),
    "Bicyclist": (150, 60, 150),
    "Void": (20, 20, 20),
}


def kitti(root: Path, count: int) -> Path:
    """``training/image_2`` and ``training/gt_image_2``: a road to the horizon, and another one that does not count."""
    width, height = KITTI_SIZE
    for number in range(count):
        random = np.random.default_rng(number)
        photo = Image.new("RGB", KITTI_SIZE, (90, 130, 60))
        mask = Image.new("RGB", KITTI_SIZE, RED)
        far, near = random.integers(width // 3, 2 * width // 3), random.integers(width // 4, 3 * width // 4)
        horizon = height // 3
        road = [(far - 6, horizon), (far + 6, horizon), (near + 90, height), (near - 90, height)]
        other = [(0, 70), (width, 62), (width, 70), (0, 78)]
        ImageDraw.Draw(photo).rectangle((0, 0, width, horizon), (160, 190, 220))
        for shape, look, colour in ((other, (115, 110, 110), BLACK), (road, (100, 100, 105), MAGENTA)):
            ImageDraw.Draw(photo).polygon(shape, look)
            ImageDraw.Draw(mask).polygon(shape, colour)
        _save(root / "training" / "image_2" / f"um_{number:06}.png", _noisy(photo, random))
        _save(root / "training" / "gt_image_2" / f"um_road_{number:06}.png", mask)
    return root


def camvid(root: Path, count: int) -> Path:
    """Kaggle's folders ``train``, ``val`` and ``test``, their ``_labels``, and CamVid's table of colours."""
    for number in range(count):
        random = np.random.default_rng(number)
        split = {0: "test", 1: "val"}.get(number % 5, "train")
        photo, mask = (Image.new("RGB", CAMVID_SIZE) for _ in range(2))
        for name, shape in _street(random):
            for picture, colours in ((photo, LOOKS), (mask, COLOURS)):
                ImageDraw.Draw(picture).polygon(shape, colours[name])
        stem = f"0001TP_{6690 + 30 * number:06}"
        _save(root / split / f"{stem}.png", _noisy(photo, random))
        _save(root / f"{split}_labels" / f"{stem}_L.png", mask)
    (root / "label_colors.txt").write_text(CAMVID)
    return root


def _street(random: np.random.Generator) -> list[tuple[str, list[tuple[int, int]]]]:
    """The classes of a scene with their shapes, from what is furthest to what is nearest."""
    width, height = CAMVID_SIZE
    middle = int(random.integers(90, 150))
    x = [int(left) for left in random.permutation(np.arange(12, width - 24, 28))]
    return [
        ("Sky", _box(0, 0, width, height)),
        ("Building", _box(0, 40, 70, 90)),
        ("Building", _box(width - 80, 30, 80, 90)),
        ("Tree", _box(x[0], 45, 40, 60)),
        ("Sidewalk", _box(0, 100, width, height - 100)),
        ("Fence", _box(0, 92, 60, 14)),
        ("Road", [(middle - 8, 100), (middle + 8, 100), (width - 20, height), (20, height)]),
        ("Car", _box(x[1], 105, 44, 28)),
        ("Column_Pole", _box(x[2], 30, 8, 95)),
        ("SignSymbol", _box(x[3], 50, 20, 20)),
        ("Pedestrian", _box(x[4], 95, 14, 45)),
        ("Bicyclist", _box(x[5], 110, 24, 40)),
        ("Void", _box(0, height - 14, width, 14)),
    ]


def _box(left: int, top: int, width: int, height: int) -> list[tuple[int, int]]:
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _noisy(photo: Image.Image, random: np.random.Generator) -> Image.Image:
    pixels = np.asarray(photo) + random.normal(0, 9, (photo.height, photo.width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _save(path: Path, picture: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
