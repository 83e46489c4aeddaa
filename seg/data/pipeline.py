"""Samples become batches: decoded in parallel, resized, augmented, prefetched; names are shuffled, never pixels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from seg.classes import PETS, Classes
from seg.data.dataset import Sample, read_pair
from seg.data.no_pets import Surroundings, cover_pet, paste_pet
from seg.images import resize_labels, resize_photo

if TYPE_CHECKING:
    import tensorflow as tf

# An augmented crop is cut from a picture this much larger than the network's, so that it stays sharp.
CROP_MARGIN = 1.25
CACHE_BYTES = 1_500_000_000
BLUR_RADII = (0.5, 2.0)  # pixels of the picture that the crop is cut from
JPEG_QUALITIES = (25, 75)  # Pillow's; its default is 75


@dataclass(frozen=True)
class Augmentation:
    """What is varied while training; each number is the largest change, and zero (``min_area`` one) leaves it out.

    ``min_area``: smallest crop as a share of the photo. ``aspect``: crops are stretched by up to this factor, minus
    one. ``brightness``, ``contrast``, ``saturation``: relative. ``hue``: share of the colour circle.

    Where there are photos without a pet, ``no_pet`` is the share of examples that are one of them in the pet's stead,
    and ``far`` the share whose pet is pasted small into one; elsewhere these two do nothing. ``far_sides``: how small,
    as a share of the side, from and to. ``covered``: of the photos without a pet, the share that lies over the pet of
    an example, in its shape.

    ``cutmix``: share of examples of which a rectangle shows another one, and half of that is the share of photos
    without a pet that are mixed of two; ``cutmix_areas``: how much of the picture the rectangle takes, from and to.
    ``mosaic``: share of examples that are four examples, each in a quarter of the picture.

    ``grey``, ``blur``, ``jpeg``: shares of examples without colour, out of focus, and with the blocks of a JPEG saved
    too small.
    """

    mirror: bool = False
    min_area: float = 1.0
    aspect: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    no_pet: float = 0.0
    far: float = 0.0
    far_sides: tuple[float, float] = (0.2, 0.8)
    covered: float = 0.0
    cutmix: float = 0.0
    cutmix_areas: tuple[float, float] = (0.1, 0.5)
    mosaic: float = 0.0
    grey: float = 0.0
    blur: float = 0.0
    jpeg: float = 0.0

    @property
    def is_none(self) -> bool:
        return self == Augmentation()


class Examples:
    """Samples at one size, each decoded once and kept while ``cache_bytes`` (default ``CACHE_BYTES``) allow; safe to
    call from threads."""

    def __init__(self, samples: Sequence[Sample], size: int, classes: Classes = PETS, cache_bytes: int | None = None):
        self.samples = samples
        self.size = size
        self.classes = classes
        bytes_each = size * size * 4
        self._room = (CACHE_BYTES if cache_bytes is None else cache_bytes) // bytes_each
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Image uint8 ``(size, size, 3)`` and labels uint8 ``(size, size)``. Raises PhotoError."""
        index = int(index)
        if index in self._kept:
            return self._kept[index]
        photo, trimap = read_pair(self.samples[index])
        labels = self.classes.to_labels(trimap)
        example = resize_photo(photo.pixels, self.size), resize_labels(labels, self.size)
        if len(self._kept) < self._room:
            self._kept[index] = example
        return example


def batches(
    examples: Examples,
    batch: int,
    size: int | None = None,
    augmentation: Augmentation | None = None,
    order: np.ndarray | None = None,
    seed: int = 0,
    places: np.ndarray | None = None,
    surroundings: Surroundings | None = None,
) -> tf.data.Dataset:
    """Batches of images, float32 ``(N, size, size, 3)`` in [0, 255], and labels, uint8 ``(N, size, size)``.

    ``order`` holds the examples' positions in the order wanted (default: as they are). What an example's
    augmentation draws depends on ``seed`` and its place in the order alone, not on threads; where ``order`` is a part
    of a longer one, ``places`` says where in that each stands. ``surroundings``: photos without a pet, of the examples'
    size.
    """
    import tensorflow as tf

    size = size or examples.size
    order = np.arange(len(examples)) if order is None else order
    how = augmentation or Augmentation()
    whole = examples.size

    def read(place, index):
        return _mixed(examples, int(index), surroundings, how, np.random.default_rng([seed, int(place)]))

    def load(place, index):
        image, labels = tf.numpy_function(read, [place, index], (tf.uint8, tf.uint8))
        return tf.ensure_shape(image, (whole, whole, 3)), tf.ensure_shape(labels, (whole, whole))

    def prepare(place, index):
        image, labels = load(place, index)
        image = tf.cast(image, tf.float32)
        if size == whole and how.is_none:
            return image, labels
        return augment(image, labels, size, how, tf.stack([tf.constant(seed, tf.int64), place]))

    places = np.arange(len(order)) if places is None else places
    data = tf.data.Dataset.from_tensor_slices((np.asarray(places, np.int64), np.asarray(order, np.int64)))
    data = data.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return data.batch(batch).prefetch(2)


def _mixed(
    examples: Examples, index: int, surroundings: Surroundings | None, how: Augmentation, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The example as it is or far away, or no pet, maybe a rectangle of another, or four of them; and maybe of poor
    quality: all as ``how`` has it."""
    if how.mosaic and random.random() < how.mosaic:
        others = [_any_place(examples, random) for _ in range(3)]
        image, labels = _mosaic(
            [_surrounded(examples, place, surroundings, how, random) for place in (index, *others)], examples.size
        )
    else:
        image, labels = _with_rectangle(examples, index, surroundings, how, random)
    return _spoiled(image, how, random), labels


def _mosaic(quarters: list[tuple[np.ndarray, np.ndarray]], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Four examples in one picture ``size`` pixels high and wide: pets at half their size, and more than one."""
    images, labels = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), np.uint8)
    half, rest = slice(0, size // 2), slice(size // 2, size)
    for window, (image, own_labels) in zip(
        ((half, half), (half, rest), (rest, half), (rest, rest)), quarters, strict=True
    ):
        # An odd size leaves the quarters unequal by a pixel.
        height, width = images[window].shape[:2]
        images[window] = resize_photo(image, size - size // 2)[:height, :width]
        labels[window] = resize_labels(own_labels, size - size // 2)[:height, :width]
    return images, labels


def _spoiled(image: np.ndarray, how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """The image, maybe without colour, out of focus, or saved as too small a JPEG."""
    if not (how.grey or how.blur or how.jpeg):
        return image
    grey, blur, jpeg, radius, quality = random.random(5)
    picture = Image.fromarray(image)
    if grey < how.grey:
        picture = picture.convert("L").convert("RGB")
    if blur < how.blur:
        least, most = BLUR_RADII
        picture = picture.filter(ImageFilter.GaussianBlur(float(least + (most - least) * radius)))
    if jpeg < how.jpeg:
        lowest, highest = JPEG_QUALITIES
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=round(lowest + (highest - lowest) * quality))
        picture = Image.open(buffer)
    return np.asarray(picture)


def _with_rectangle(
    examples: Examples, index: int, surroundings: Surroundings | None, how: Augmentation, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The example as it is or far away, or no pet, and maybe a rectangle of another: as ``how`` has it.

    S. Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019;
    here the rectangle brings its own labels along. Half of the rectangles are of photos without a pet, where there are
    some: of those are the fewest, and beside a pet they teach most.
    """
    image, labels = _surrounded(examples, index, surroundings, how, random)
    if random.random() >= how.cutmix:
        return image, labels
    if surroundings is not None and random.random() < 0.5:
        other, other_labels = _without_pet(examples, surroundings, how, random)
    else:
        other, other_labels = examples[_any_place(examples, random)]
    window = _rectangle(examples.size, how.cutmix_areas, random)
    return _patched(image, other, window), _patched(labels, other_labels, window)


def _surrounded(
    examples: Examples, index: int, surroundings: Surroundings | None, how: Augmentation, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The example as it is, or no pet at all, or its pet far away in another photo: as ``how`` has it."""
    draw, side, top, left = random.random(4)
    if surroundings is None or draw >= how.no_pet + how.far:
        return examples[index]
    surround, no_pet = _without_pet(examples, surroundings, how, random)
    if draw < how.no_pet:
        return surround, no_pet
    least, most = how.far_sides
    side = least * (most / least) ** side  # every factor of size as often
    return paste_pet(*examples[index], surround, side, (top, left), examples.classes)


def _without_pet(
    examples: Examples, surroundings: Surroundings, how: Augmentation, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A photo without a pet as it is, with a rectangle of another, or over the pet of an example.

    The few that there are would soon be known by heart.
    """
    photo = surroundings[_any_place(surroundings, random)]
    draw = random.random()
    if draw < how.cutmix / 2:
        other = surroundings[_any_place(surroundings, random)]
        if random.random() < 0.5:
            other = other[:, ::-1]
        photo = _patched(photo, other, _rectangle(surroundings.size, how.cutmix_areas, random))
    elif draw < how.cutmix / 2 + how.covered:
        photo = cover_pet(*examples[_any_place(examples, random)], photo, examples.classes)
    return photo, np.full(photo.shape[:2], examples.classes["background"].label, np.uint8)


def _any_place(pictures: Examples | Surroundings, random: np.random.Generator) -> int:
    return int(random.integers(len(pictures)))


def _rectangle(size: int, areas: tuple[float, float], random: np.random.Generator) -> tuple[slice, slice]:
    """Rows and columns of a rectangle somewhere in a picture, up to twice as high as wide or the other way round."""
    area, stretch, top, left = random.random(4)
    least, most = areas
    side = size * np.sqrt(least + (most - least) * area)
    stretch = np.sqrt(2 ** (2 * stretch - 1))
    height, width = round(min(side * stretch, size)), round(min(side / stretch, size))
    top, left = round(top * (size - height)), round(left * (size - width))
    return slice(top, top + height), slice(left, left + width)


def _patched(picture: np.ndarray, other: np.ndarray, window: tuple[slice, slice]) -> np.ndarray:
    patched = picture.copy()
    patched[window] = other[window]
    return patched


def augment(image, labels, size: int, how: Augmentation, seed):
    """One example varied: image float32 ``(S, S, 3)`` and labels uint8 ``(S, S)`` to ``(size, size)``.

    Image and labels are cut by the same box; the labels by nearest neighbour. ``seed``: int64 ``(2,)``.
    """
    import tensorflow as tf

    draws = tf.random.stateless_uniform((8,), seed, dtype=tf.float32)
    area = how.min_area + (1 - how.min_area) * draws[0]
    stretch = tf.sqrt((1 + how.aspect) ** (2 * draws[1] - 1))
    height, width = tf.minimum(tf.sqrt(area) * stretch, 1.0), tf.minimum(tf.sqrt(area) / stretch, 1.0)
    top, left = draws[2] * (1 - height), draws[3] * (1 - width)
    right = left + width
    if how.mirror:
        flipped = draws[4] < 0.5
        left, right = tf.where(flipped, right, left), tf.where(flipped, left, right)
    box = tf.stack([top, left, top + height, right])[tf.newaxis]
    # A hair inside: what rounding puts outside comes back black, and its label as 0.
    box = 0.5 + (box - 0.5) * (1 - 1e-5)
    image = tf.image.crop_and_resize(image[tf.newaxis], box, [0], (size, size))[0]
    labels = tf.cast(labels, tf.float32)[tf.newaxis, ..., tf.newaxis]
    labels = tf.cast(tf.image.crop_and_resize(labels, box, [0], (size, size), method="nearest")[0, ..., 0], tf.uint8)

    def factor(most, draw):
        return 1 + most * (2 * draw - 1)

    image = image * factor(how.brightness, draws[5])
    grey = tf.reduce_mean(image)
    image = grey + (image - grey) * factor(how.contrast, draws[6])
    if how.saturation or how.hue:
        image = tf.clip_by_value(image / 255, 0, 1)
        colour = tf.random.stateless_uniform((2,), seed + 1, -1, 1)
        luminance = tf.image.rgb_to_grayscale(image)
        image = luminance + (image - luminance) * (1 + how.saturation * colour[0])
        image = tf.image.adjust_hue(tf.clip_by_value(image, 0, 1), how.hue * colour[1]) * 255
    return tf.clip_by_value(image, 0, 255), labels
