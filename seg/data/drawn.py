"""The built-in dataset: drawn cats and dogs with exact trimaps, the official layout, in seconds, from a seed.

A picture is painted from back to front: a scene, things on its floor, the pet's shadow, the pet, at times
something in front of it, and the light over all. The canvas keeps the pet's mask while it paints, so the
trimap is exact and never guessed from colours. To the pet belongs its collar, but neither its whiskers nor
what stands in front of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seg.data.drawing.breeds import BREEDS, Breed
from seg.data.drawing.canvas import Canvas
from seg.data.drawing.colours import tint
from seg.data.drawing.light import lit
from seg.data.drawing.poses import POSES, Pose, Sketch
from seg.data.drawing.scenery import Scene
from seg.data.drawing.scenes import any_scene
from seg.data.drawing.shapes import Outline, Placement, bounds, ellipse
from seg.data.drawing.things import INDOORS, OUTDOORS, grass_tuft

PET, BACKGROUND, BORDER = 1, 2, 3  # a trimap's values on disk

# The official trimaps' borders are 9, 15 or 21 pixels wide, for small and for large photos: on average 0.04
# of the root of the photo's area, half of it inside the outline and half outside.
BORDER_WIDTH = 0.04

SUPERSAMPLING = 2  # pixels painted for one pixel shown, along each side: smooth edges

HEADER = """\
# NAME CLASS-ID SPECIES BREED-ID
# CLASS-ID: 1 to {breeds}
# SPECIES: 1 cat, 2 dog
# BREED-ID: 1 to {cats} for cats, 1 to {dogs} for dogs
# Cats' names start with a capital letter,
# dogs' names with a small one. All pets here are drawn.
"""


def draw_dataset(
    folder: Path, count: int = 120, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Draws `count` pets into a new `folder`, in the official layout, and returns it.

    Pet number i depends on the seed and on i alone, so a larger dataset begins with the smaller one. The
    folder appears when all is done or not at all. `progress` is called with the pets drawn and their count.
    """
    folder = Path(folder)
    if count < 1:
        raise ValueError(f"A dataset needs at least one picture, not {count}.")
    _refuse_to_overwrite(folder)
    unfinished = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}.unfinished")
    try:
        (unfinished / "images").mkdir(parents=True)
        (unfinished / "annotations" / "trimaps").mkdir(parents=True)
        for index in range(count):
            _draw_sample(unfinished, index, seed)
            if progress:
                progress(index + 1, count)
        _write_lists(unfinished / "annotations", count)
        _refuse_to_overwrite(folder)  # someone else may have drawn there meanwhile
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder


def drawn_pet(
    rng: np.random.Generator, breed: Breed, size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One picture of the breed, `size` (width, height), in some pose and place.

    Returns the photo, RGB uint8 (H, W, 3), and its trimap, uint8 (H, W): 1 pet, 2 background, 3 border.
    """
    fine = (SUPERSAMPLING * size[0], SUPERSAMPLING * size[1])
    scene = any_scene(fine, rng)
    pose = POSES[int(rng.choice(len(POSES), p=[pose.share for pose in POSES]))]
    sketch = _sketch(breed, pose, rng)
    outlines = [outline for part in sketch.parts if part.solid for outline in part.outlines]
    at = (_close_up if pose.close else _on_the_ground)(bounds(outlines), scene, rng)

    light = (float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.8)), -float(rng.uniform(0.5, 0.9)))
    canvas = Canvas(scene.picture, light)
    _things_behind(canvas, scene, at, rng)
    if not pose.close:
        _shadow(canvas, [at.pixels(outline) for outline in outlines], at.origin[1])
    canvas.paint(sketch.parts, at, rng, pet=True)
    _things_in_front(canvas, scene, at, rng)

    pet = np.asarray(canvas.pet.reduce(SUPERSAMPLING)) >= 128
    return lit(canvas.picture.reduce(SUPERSAMPLING), pet, rng), trimap_of(pet)


def trimap_of(pet: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The trimap, uint8 (H, W), of a mask (H, W): the border is what lies close to both pet and background.

    Where the frame cuts the pet there is no outline, so no border.
    """
    reach = BORDER_WIDTH * float(np.sqrt(pet.size)) / 2
    border = _grown(pet, reach) & _grown(~pet, reach)
    return np.where(border, BORDER, np.where(pet, PET, BACKGROUND)).astype(np.uint8)


def _grown(mask: NDArray[np.bool_], reach: float) -> NDArray[np.bool_]:
    """All pixels of the mask (H, W) or at most `reach` from one: dilation by a disc, chord by chord."""
    height = mask.shape[0]
    grown = mask.copy()
    for dy in range(int(reach) + 1):
        half = int(np.sqrt(reach**2 - dy**2))
        ahead = np.pad(mask, ((0, 0), (half + 1, half))).cumsum(axis=1, dtype=np.int32)
        chord = ahead[:, 2 * half + 1 :] > ahead[:, : -2 * half - 1]
        grown[dy:] |= chord[: height - dy]
        grown[: height - dy] |= chord[dy:]
    return grown


# Composition: who is in the picture, how large, and where. All in fine pixels.


def _sketch(breed: Breed, pose: Pose, rng: np.random.Generator) -> Sketch:
    """An animal of the breed, unlike any other, in the pose."""
    build = breed.build.varied(rng)
    coat = breed.coats[int(rng.integers(len(breed.coats)))].varied(rng)
    collar = tint(rng, (0.5, 0.9), (0.4, 0.9)) if rng.uniform() < 0.35 else None
    sketch = Sketch(build, coat, collar, rng)
    pose.draw(sketch)
    return sketch


def _close_up(box: tuple[float, float, float, float], scene: Scene, rng: np.random.Generator) -> Placement:
    """Where a portrait goes: the head in the picture, the shoulders cut by its lower edge."""
    scale = float(rng.uniform(0.75, 1.2)) * min(scene.height / 2.0, scene.width / 1.5)
    top = scene.height * rng.uniform(-0.08, 0.18)
    origin = (float(scene.width * rng.uniform(0.3, 0.7)), float(top + box[3] * scale))
    return Placement(scale, origin, flip=bool(rng.uniform() < 0.5))


def _on_the_ground(box: tuple[float, float, float, float], scene: Scene, rng: np.random.Generator) -> Placement:
    """Where a whole animal goes: small or large, its feet on the ground, at times cut by the frame.

    `box` is what it fills: left, low, right, high, in units.
    """
    left, low, right, high = box
    share = np.clip(rng.lognormal(np.log(0.4), 0.6), 0.07, 0.9)  # of the picture, for the pet to cover
    scale = float(np.sqrt(share * scene.width * scene.height / (0.58 * (right - left) * (high - low))))
    scale = min(scale, 1.3 * scene.width / (right - left), 1.3 * scene.height / (high - low))
    wide, tall = scale * (right - left), scale * (high - low)
    lowest = 0.97 * scene.height
    highest = max(scene.far + 0.15 * (scene.height - scene.far), 0.97 * tall)
    ground = rng.uniform(highest, lowest) if highest < lowest else max(lowest, 0.98 * tall)
    flip, spare = bool(rng.uniform() < 0.5), scene.width - wide
    hidden = max(-spare, rng.uniform(0, 0.3) * wide if rng.uniform() < 0.2 else 0.0)
    start = -hidden if hidden > 0 else rng.uniform(0, spare)  # the tail is on the left: the frame cuts that
    if flip:
        start = spare - start
    middle = (left + right) / 2 * scale
    return Placement(scale, (float(start + wide / 2 + (middle if flip else -middle)), float(ground)), flip)


def _shadow(canvas: Canvas, outlines: list[Outline], ground: float) -> None:
    """A wide soft shadow and a narrow dark one under whatever the outlines, in fine pixels, enclose."""
    left, _, right, _ = bounds(outlines)
    middle, half = ((left + right) / 2, ground), (right - left) / 2
    canvas.stain(ellipse(middle, 0.95 * half, 0.14 * half), blur=0.12 * half, strength=0.42)
    canvas.stain(ellipse(middle, 0.75 * half, 0.06 * half), blur=0.05 * half, strength=0.5)


def _things_behind(canvas: Canvas, scene: Scene, pet: Placement, rng: np.random.Generator) -> None:
    """Up to four things on the ground between the far wall and the pet, the nearer the larger."""
    farthest = scene.far + 0.1 * (scene.height - scene.far)
    nearest = max(pet.origin[1], farthest)
    for ground in np.sort(rng.uniform(farthest, nearest, int(rng.integers(0, 5)))).tolist():
        size = pet.scale * rng.uniform(0.3, 0.9) * (0.6 + 0.4 * ground / scene.height)
        _thing(canvas, scene, min(float(size), 0.45 * scene.height), rng.uniform(0, scene.width), ground, rng)


def _things_in_front(canvas: Canvas, scene: Scene, pet: Placement, rng: np.random.Generator) -> None:
    """At times something that hides a bit of the pet; on grass, a few blades as well."""
    x, ground = pet.origin
    if scene.grassy:
        for dx in rng.uniform(-0.9, 0.9, 7).tolist():
            tuft = Placement(0.16 * pet.scale, (x + dx * pet.scale, ground + 0.05 * pet.scale))
            canvas.paint(grass_tuft(rng), tuft, rng)
    if rng.uniform() < 0.35:
        size = min(pet.scale * float(rng.uniform(0.35, 0.6)), 0.3 * scene.height)
        nearer = min(ground + rng.uniform(0.04, 0.14) * scene.height, 1.08 * scene.height)
        _thing(canvas, scene, size, x + pet.scale * rng.uniform(-1, 1), nearer, rng)


def _thing(canvas: Canvas, scene: Scene, size: float, x: float, ground: float, rng: np.random.Generator) -> None:
    """A thing that belongs in the scene, `size` tall, and its shadow."""
    makers = OUTDOORS if scene.outdoors else INDOORS
    parts = makers[int(rng.integers(len(makers)))](rng)
    at = Placement(size, (float(x), float(ground)), flip=bool(rng.uniform() < 0.5))
    _shadow(canvas, [at.pixels(outline) for part in parts for outline in part.outlines], ground)
    canvas.paint(parts, at, rng)


# The official layout.


def _refuse_to_overwrite(folder: Path) -> None:
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{folder} already exists and is not empty: nothing was drawn.")


def _breed(index: int) -> Breed:
    """The breed of pet number `index`: each in its turn."""
    return BREEDS[index % len(BREEDS)]


def _name(index: int) -> str:
    """The name of pet number `index`: its breed's, and how many of the breed there are so far."""
    return f"{_breed(index).name}_{index // len(BREEDS) + 1}"


def _is_test(index: int) -> bool:
    """Whether a pet is held out: every third of its breed, beginning with the second."""
    return index // len(BREEDS) % 3 == 1


def _draw_sample(folder: Path, index: int, seed: int) -> None:
    """Draws pet number `index` and writes its photo and its trimap."""
    rng = np.random.default_rng([seed, index])
    long = int(rng.integers(280, 361))
    short = int(long * rng.uniform(0.62, 0.95))
    size = (long, short) if rng.uniform() < 0.6 else (short, long)
    photo, trimap = drawn_pet(rng, _breed(index), size)
    Image.fromarray(photo).save(folder / "images" / f"{_name(index)}.jpg", quality=90)
    Image.fromarray(trimap).save(folder / "annotations" / "trimaps" / f"{_name(index)}.png")


def _write_lists(annotations: Path, count: int) -> None:
    """Writes list.txt, trainval.txt and test.txt, in the order of the class ids."""
    classes = sorted(BREEDS, key=lambda breed: breed.name.lower())
    cats = [breed for breed in classes if breed.species == 1]
    dogs = [breed for breed in classes if breed.species == 2]

    def line(index: int) -> str:
        breed = _breed(index)
        kin = cats if breed in cats else dogs
        return f"{_name(index)} {classes.index(breed) + 1} {breed.species} {kin.index(breed) + 1}\n"

    indices = sorted(range(count), key=lambda index: (classes.index(_breed(index)), index))
    header = HEADER.format(breeds=len(classes), cats=len(cats), dogs=len(dogs))
    for name, lines in (
        ("list.txt", [header, *map(line, indices)]),
        ("trainval.txt", [line(index) for index in indices if not _is_test(index)]),
        ("test.txt", [line(index) for index in indices if _is_test(index)]),
    ):
        (annotations / name).write_text("".join(lines), encoding="utf-8", newline="\n")
