"""All backgrounds, and how often each is used."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import ImageFilter

from seg.data.drawing.outdoors import beach, garden, snow, street
from seg.data.drawing.rooms import bed, room, studio
from seg.data.drawing.scenery import Scene
from seg.data.drawing.shapes import Pixels

SCENES: tuple[tuple[Callable[[Pixels, np.random.Generator], Scene], float], ...] = (
    (room, 0.38),
    (garden, 0.25),
    (bed, 0.13),
    (street, 0.08),
    (beach, 0.06),
    (snow, 0.05),
    (studio, 0.05),
)


def any_scene(size: Pixels, rng: np.random.Generator) -> Scene:
    """One of the scenes, sometimes out of focus, as behind a near subject."""
    paint = SCENES[int(rng.choice(len(SCENES), p=[share for _, share in SCENES]))][0]
    scene = paint(size, rng)
    if rng.uniform() < 0.45:
        blur = ImageFilter.BoxBlur(max(size) * rng.uniform(0.003, 0.012))
        scene.picture = scene.picture.filter(blur)
    return scene
