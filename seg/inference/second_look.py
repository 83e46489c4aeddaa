"""A second look: where the pets of the first look are small, the network sees their part of the photo again, larger.

One setting, the detail, says how closely it looks. ``fast``: once, at the photo squeezed into a square. ``balanced``:
wide and tall photos as a strip, and small pets again. ``fine``: the whole photo at three sizes, if the network has
learned from images so large and the photo is no strip; then the same as balanced, larger and at the mirror image, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from seg.classes import Classes
from seg.errors import SegError
from seg.images import resize_photo, resize_probabilities
from seg.inference.engines import Engine
from seg.inference.engines.mirrored import MirroredEngine
from seg.inference.parts import STEP, rising, see

Detail = Literal["fast", "balanced", "fine"]
DETAILS: tuple[Detail, ...] = get_args(Detail)
DEFAULT_DETAIL: Detail = "balanced"

MOST_SQUEEZED = 2.0  # long side of a photo that is still squeezed into a square, as a multiple of its short side
MOST_BY_TRAINING = 1.5  # the same as a multiple of what the network has learned from
LONGEST = 10.0  # the same of a strip, which takes so many times the work of a square

# Lengths are shares of the side of the network's square; the side of a pet is the square root of its area.
# Looked at again, larger and thicker pets gain nothing, and their border becomes thinner than people draw it.
SMALL = 0.38  # side
THIN = 0.05  # median distance of a pet's pixels from the background: crowds are thin, too
UNSURE = 0.35  # share of the pixels that are not sure: crowds, whose pets the first look cannot tell apart
SURE = 0.7  # probability of the likeliest class
PET_SIDE = 0.63  # side at the second look
PAYS_FROM = 1.3  # times as large as at the first look
SMUDGE = 0.05  # of the area of the largest pet near it: less is not another pet
MOST_ENLARGED = 2.5  # pixels of the network for a pixel of the photo: enlarging shows nothing new
SUSPECTED = 0.4  # probability of not being background from which on a pet is suspected
SMALLEST_SHARE = 0.0005  # of the photo: less is no pet
MOST_PETS = 24  # of which the largest are looked at
MARGIN = 0.3  # around a pet, as a share of its box: the network knows a pet by what is around it, too
FADE = 8  # the second look replaces the first within this part of its side
SECOND_WEIGHT = np.float32(0.8)  # beside the first look's 0.2: the mean of both is better than either
# What the network sees again at most, in squares of the first look.
WORK = {"balanced": 3.0, "fine": 6.0}
# Sides at which fine sees the whole photo again, in sides of the first look. Small pets are outlined better in large
# images; large ones in small images, where the border is as wide as people draw it: half of the mean is the first look.
LARGER = (10 / 7, 13 / 7)
FIRST_WEIGHT = np.float32(0.5)
LARGEST_ANSWER = 2**20  # pixels, of 12 bytes each: an answer is kept for as long as its photo


class DetailError(SegError):
    """A detail that does not exist."""


def check_detail(name: str) -> Detail:
    """The detail of this name. Raises DetailError."""
    for detail in DETAILS:
        if detail == name:
            return detail
    raise DetailError("detail_unknown", name=name, names=list(DETAILS))


@dataclass(frozen=True)
class Box:
    """A part of a photo: ``top``, ``left``, ``bottom`` and ``right`` as shares of its sides, in [0, 1]."""

    top: float
    left: float
    bottom: float
    right: float

    def grown(self, share: float) -> Box:
        """Larger on each side by a share of its own, as far as the photo goes."""
        rows, columns = share * (self.bottom - self.top), share * (self.right - self.left)
        return Box(
            max(0.0, self.top - rows),
            max(0.0, self.left - columns),
            min(1.0, self.bottom + rows),
            min(1.0, self.right + columns),
        )

    def meets(self, other: Box) -> bool:
        """Whether the two share a part of the photo."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right

    def around(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def size(self, photo: tuple[int, int]) -> tuple[float, float]:
        """Height and width in pixels of a photo of this height and width."""
        return (self.bottom - self.top) * photo[0], (self.right - self.left) * photo[1]

    def slices(self, grid: tuple[int, int]) -> tuple[slice, slice]:
        """Its rows and columns in a picture of this height and width, at least one of each."""
        return _slice(self.top, self.bottom, grid[0]), _slice(self.left, self.right, grid[1])


def _slice(start: float, stop: float, length: int) -> slice:
    first = min(round(start * length), length - 1)
    return slice(first, max(first + 1, round(stop * length)))


@dataclass(frozen=True)
class Part:
    """A part of the photo, and the height and width at which the network sees it, multiples of ``STEP``."""

    box: Box
    size: tuple[int, int]


def most_squeezed(metadata: dict[str, Any]) -> float:
    """How long photos a network squeezes into a square: long side over short side, at least ``MOST_SQUEEZED``.

    ``metadata``: of its weights. Learned from street scenes of three to one, it knows things as they are when such a
    photo is squeezed. Weights of earlier versions do not say what they have learned from.
    """
    data = metadata.get("data")
    learned = data.get("ratio") if isinstance(data, dict) else None
    return max(MOST_SQUEEZED, MOST_BY_TRAINING * learned) if isinstance(learned, int | float) else MOST_SQUEEZED


def largest_learned(metadata: dict[str, Any]) -> int:
    """Pixels of the side of the largest images from which a network has learned; 0 where its weights do not say so.

    ``metadata``: of its weights.
    """
    recipe = metadata.get("recipe")
    phases = recipe.get("phases") if isinstance(recipe, dict) else None
    phases = [phase for phase in phases if isinstance(phase, dict)] if isinstance(phases, list) else []
    sides = [phase.get("size") for phase in phases]
    for phase in phases:
        mixed = phase.get("sizes")
        sides += mixed if isinstance(mixed, list) else []
    return max((side for side in sides if isinstance(side, int)), default=0)


def first_size(photo: tuple[int, int], size: int, detail: Detail, squeezed: float = MOST_SQUEEZED) -> tuple[int, int]:
    """Height and width at which the network first sees a photo of this height and width.

    A square of ``size``, into which photos are squeezed as in training. Of those that are longer than ``squeezed`` a
    strip, ``LONGEST`` squares at most, unless ``detail`` is fast: squeezed, their pets are too thin to be known.
    """
    ratio = max(photo) / min(photo)
    if detail == "fast" or ratio <= squeezed:
        return size, size
    long_side = round(min(ratio, LONGEST) * size / STEP) * STEP
    return (size, long_side) if photo[1] > photo[0] else (long_side, size)


def look_again(
    engine: Engine, pixels: np.ndarray, first: np.ndarray, size: int, detail: Detail, classes: Classes, learned: int = 0
) -> np.ndarray:
    """The answer to the first look or, where a second one pays, a better and larger one: float32 ``(h, w, C)``.

    With ``fine`` the network looks again at every photo: larger, or else at the mirror image alone.

    ``pixels``: the photo, RGB uint8 ``(H, W, 3)``. ``first``: probabilities float32 ``(h, w, C)`` in [0, 1]. ``size``:
    the side of the squares that the network sees best; ``learned``: that of the largest from which it has learned. By
    it fine decides whether to show it the whole photo larger.
    """
    if detail != "fine":
        parts = plan(first, pixels.shape[:2], size, detail, classes)
        return _blended(engine, pixels, first, parts) if parts else first
    # One look alone is more often unsure of a large pet, whose second look then costs more than it brings.
    both = (first + _see_mirrored(engine, pixels, first.shape[:2])) / 2
    parts = plan(both, pixels.shape[:2], size, detail, classes)
    is_square = first.shape[0] == first.shape[1]
    whole = _at_three_sizes(engine, pixels, first, size) if is_square and learned >= _larger(size)[-1] else both
    return _blended(MirroredEngine(engine), pixels, whole, parts) if parts else whole


def _see_mirrored(engine: Engine, pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """As ``see``, by the mirror image; made small before it is mirrored, since a photo may have 250 million pixels."""
    return see(engine, np.ascontiguousarray(resize_photo(pixels, size)[:, ::-1]), size)[:, ::-1]


def _larger(size: int) -> tuple[int, ...]:
    """Pixels of the sides at which fine sees the whole photo again, multiples of ``STEP``."""
    return tuple(round(larger * size / STEP) * STEP for larger in LARGER)


def _at_three_sizes(engine: Engine, pixels: np.ndarray, first: np.ndarray, size: int) -> np.ndarray:
    """The mean of the first look and of two at the whole photo, ``LARGER``, as large as the larger one.

    The smaller of the two is at the mirror image. The first look's own was tried in place of that look alone: the same
    on ordinary photos, half a point of mean IoU less on groups.
    """
    second, third = _larger(size)
    mirrored = _see_mirrored(engine, pixels, (second, second))
    rest = see(engine, pixels, (third, third)) + resize_probabilities(mirrored, (third, third))
    return FIRST_WEIGHT * resize_probabilities(first, (third, third)) + (1 - FIRST_WEIGHT) / 2 * rest


def plan(first: np.ndarray, photo: tuple[int, int], size: int, detail: Detail, classes: Classes) -> list[Part]:
    """Where a second look pays, and how large the network sees it; nothing where it does not pay.

    The first look's probabilities show where it suspects pets, how large and thin it saw them, and how sure it is. A
    second look pays where pets are ``SMALL`` and ``THIN``, or the first one is ``UNSURE``, and where they can be shown
    ``PAYS_FROM`` times as large, up to ``PET_SIDE``, with the pixels that the photo has and within the work that the
    detail allows. Pets near one another are looked at together. Finding this out takes milliseconds. Classes without a
    subject or a background have no second look, nor have long photos that the network knows squeezed: their parts would
    be shown to it as they are.
    """
    if detail == "fast" or classes.background is None or classes.subject is None:
        return []
    if max(photo) / min(photo) > MOST_SQUEEZED and first.shape[0] == first.shape[1]:
        return []
    from scipy.ndimage import distance_transform_edt

    height, width = first.shape[:2]
    scale = (height * width / (photo[0] * photo[1])) ** 0.5  # pixels of the first look for a pixel of the photo
    suspected = first[..., classes.background.label] < 1 - SUSPECTED
    is_unsure = first.max(axis=2) < SURE
    depth = distance_transform_edt(np.pad(suspected, 1, mode="edge"))[1:-1, 1:-1]  # beyond its edge the photo goes on
    wanted: list[tuple[Box, float]] = []
    for box in _boxes(suspected):
        part = box.slices((height, width))
        pixels = suspected[part]
        side = (pixels.sum() / _count_pets(first[part][..., classes.subject.label])) ** 0.5
        is_small = side < SMALL * size and np.median(depth[part][pixels]) < THIN * size
        if is_small or is_unsure[part][pixels].mean() > UNSURE:
            wanted.append((box, min(PET_SIDE * size / side, MOST_ENLARGED / scale)))
    areas = [float(np.prod(box.size(photo))) * scale**2 / size**2 for box, _ in wanted]  # in squares, as the first look
    larger = _lowered([enlarged for _, enlarged in wanted], areas, WORK[detail])
    return [
        Part(box, _network_size(box.size(photo), enlarged * scale))
        for (box, _), enlarged in zip(wanted, larger, strict=True)
        if enlarged >= PAYS_FROM
    ]


def _count_pets(subject: np.ndarray) -> int:
    """How many pets a part of the first look tells apart, at least 1; the border runs between those side by side.

    ``subject``: probability of the subject, float32 ``(h, w)``.
    """
    from scipy.ndimage import label

    areas = np.bincount(label(subject > 0.5)[0].ravel())[1:]
    return max(1, int((areas >= SMUDGE * areas.max(initial=0)).sum()))


def _lowered(larger: list[float], areas: list[float], work: float) -> list[float]:
    """How many times as large parts are shown, the largest numbers lowered to what keeps the work within ``work``.

    ``areas``: of the parts, in squares of the first look, as ``work`` is.
    """
    rest = sum(areas)
    for enlarged, area in sorted(zip(larger, areas, strict=True)):
        most = (work / rest) ** 0.5
        if enlarged > most:
            return [min(most, one) for one in larger]
        work, rest = work - area * enlarged**2, rest - area
    return larger


def _boxes(suspected: np.ndarray) -> list[Box]:
    """Boxes around the islands of a mask, bool ``(h, w)``, with a margin; those that meet become one."""
    from scipy.ndimage import find_objects, label

    islands, count = label(suspected)
    areas = np.bincount(islands.ravel(), minlength=count + 1)[1:]
    height, width = suspected.shape
    places = find_objects(islands)
    boxes: list[Box] = []
    for number in np.argsort(-areas)[:MOST_PETS]:
        if areas[number] < SMALLEST_SHARE * suspected.size:
            break
        rows, columns = places[number]
        box = Box(rows.start / height, columns.start / width, rows.stop / height, columns.stop / width).grown(MARGIN)
        while near := next((other for other in boxes if other.meets(box)), None):
            boxes.remove(near)
            box = box.around(near)
        boxes.append(box)
    return boxes


def _network_size(size: tuple[float, float], scale: float) -> tuple[int, int]:
    height, width = (max(2 * STEP, round(side * scale / STEP) * STEP) for side in size)
    return height, width


def _blended(engine: Engine, pixels: np.ndarray, first: np.ndarray, parts: list[Part]) -> np.ndarray:
    """The first look with the others blended in, as large as the largest of them shows the photo."""
    photo = pixels.shape[:2]
    largest = max(part.size[0] / part.box.size(photo)[0] for part in parts)
    scale = min(1.0, largest, (LARGEST_ANSWER / (photo[0] * photo[1])) ** 0.5)
    grid = max(1, round(photo[0] * scale)), max(1, round(photo[1] * scale))
    blended = resize_probabilities(first, grid)
    for part in parts:
        rows, columns = part.box.slices(grid)
        seen = see(engine, pixels[part.box.slices(photo)], part.size)
        seen = resize_probabilities(seen, (rows.stop - rows.start, columns.stop - columns.start))
        weight = SECOND_WEIGHT * np.outer(_faded(rows, grid[0]), _faded(columns, grid[1]))[..., np.newaxis]
        blended[rows, columns] += weight * (seen - blended[rows, columns])
    return blended


def _faded(part: slice, length: int) -> np.ndarray:
    """Weights float32 of a part of a side: 1, falling to nearly 0 at its ends, but not where the side ends."""
    weights = np.ones(part.stop - part.start, np.float32)
    fade = max(1, len(weights) // FADE)
    if part.start > 0:
        weights[:fade] *= rising(fade)
    if part.stop < length:
        weights[-fade:] *= rising(fade)[::-1]
    return weights
