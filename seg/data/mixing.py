"""Examples made of several pictures: rectangles of others, four in one, small pets in other photos, no pet at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from seg.classes import PETS, Classes
from seg.data.augmentation import Augmentation, lower_quality
from seg.data.dataset import DatasetError
from seg.data.examples import DecodedOnce, Examples, Item, NoPetPhotos, Pair
from seg.images import resize_labels, resize_photo

Window = tuple[slice, slice]  # rows and columns of a picture


@dataclass(frozen=True)
class Mixer:
    """Makes the examples that a training sees out of ``examples`` and photos without a pet, where there are some.

    Raises DatasetError for photos without a pet beside classes that have no background.

    >>> import numpy as np
    >>> from seg import Dataset
    >>> from seg.data.augmentation import Augmentation
    >>> from seg.data.examples import Examples
    >>> from seg.data.mixing import Mixer
    >>> mixer = Mixer(Examples(Dataset.open().split("train"), size=96), None, Augmentation(mosaic=1.0))
    >>> image, labels = mixer.example(0, np.random.default_rng(0))
    >>> image.shape, labels.shape  # four pets, each half as large
    ((96, 96, 3), (96, 96))
    """

    examples: Examples
    no_pets: NoPetPhotos | None
    augmentation: Augmentation

    def __post_init__(self) -> None:
        if self.no_pets is not None:
            _background_of(self.examples.classes)

    def example(self, index: int, random: np.random.Generator) -> Pair:
        """The example at ``index``, mixed with others or not, perhaps of lower quality."""
        if self.augmentation.mosaic and random.random() < self.augmentation.mosaic:
            indices = [index, *(_random_index(self.examples, random) for _ in range(3))]
            image, labels = mosaic([self._placed(each, random) for each in indices], self.examples.size)
        else:
            image, labels = self._with_rectangle(index, random)
        return lower_quality(image, self.augmentation, random), labels

    def _with_rectangle(self, index: int, random: np.random.Generator) -> Pair:
        """An example, perhaps with a rectangle of another one, which brings its labels along.

        S. Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV
        2019. Half of the rectangles show a photo without a pet: there are fewer of them, and beside a pet they teach
        most.
        """
        image, labels = self._placed(index, random)
        if random.random() >= self.augmentation.cutmix:
            return image, labels
        if self.no_pets is not None and random.random() < 0.5:
            other_image, other_labels = self._without_pet(self.no_pets, random)
        else:
            other_image, other_labels = _random_item(self.examples, random)
        window = random_window(self.examples.size, self.augmentation.cutmix_areas, random)
        return with_window(image, other_image, window), with_window(labels, other_labels, window)

    def _placed(self, index: int, random: np.random.Generator) -> Pair:
        """An example as it is, or its pet small in a photo without a pet, or such a photo alone."""
        draw, side, top, left = random.random(4)
        if self.no_pets is None or draw >= self.augmentation.no_pet + self.augmentation.far:
            return self.examples[index]
        photo, labels = self._without_pet(self.no_pets, random)
        if draw < self.augmentation.no_pet:
            return photo, labels
        least, most = self.augmentation.far_sides
        side = least * (most / least) ** side  # uniform in the logarithm of the size
        return paste_pet(*self.examples[index], photo, side, (top, left), self.examples.classes)

    def _without_pet(self, no_pets: NoPetPhotos, random: np.random.Generator) -> Pair:
        """A photo without a pet and its labels: as it is, with a rectangle of another one, or over an example's pet.

        There are few such photos: without this the network would memorise them.
        """
        photo = _random_item(no_pets, random)
        draw = random.random()
        if draw < self.augmentation.cutmix / 2:
            other = _random_item(no_pets, random)
            if random.random() < 0.5:
                other = other[:, ::-1]
            photo = with_window(photo, other, random_window(no_pets.size, self.augmentation.cutmix_areas, random))
        elif draw < self.augmentation.cutmix / 2 + self.augmentation.covered:
            photo = cover_pet(*_random_item(self.examples, random), photo, self.examples.classes)
        return photo, np.full(photo.shape[:2], _background_of(self.examples.classes), np.uint8)


def _random_index(items: DecodedOnce[Item], random: np.random.Generator) -> int:
    return int(random.integers(len(items)))


def _random_item(items: DecodedOnce[Item], random: np.random.Generator) -> Item:
    return items[_random_index(items, random)]


def random_window(size: int, areas: tuple[float, float], random: np.random.Generator) -> Window:
    """A rectangle within a picture of ``size`` pixels a side, up to twice as high as wide or as wide as high.

    ``areas``: smallest and largest area as a share of the picture.

    >>> import numpy as np
    >>> from seg.data.mixing import random_window
    >>> rows, columns = random_window(100, (0.1, 0.5), np.random.default_rng(0))
    >>> 0.1 <= (rows.stop - rows.start) * (columns.stop - columns.start) / 100**2 <= 0.5
    True
    """
    area, stretch, top, left = random.random(4)
    least, most = areas
    side = size * np.sqrt(least + (most - least) * area)
    stretch = np.sqrt(2 ** (2 * stretch - 1))
    height, width = round(min(side * stretch, size)), round(min(side / stretch, size))
    top, left = round(top * (size - height)), round(left * (size - width))
    return slice(top, top + height), slice(left, left + width)


def with_window(picture: np.ndarray, other: np.ndarray, window: Window) -> np.ndarray:
    """A copy of a picture that shows another one, of the same shape, within the window.

    >>> import numpy as np
    >>> from seg.data.mixing import with_window
    >>> ones, nines = np.full((2, 3), 1), np.full((2, 3), 9)
    >>> with_window(ones, nines, (slice(0, 1), slice(1, 3))).tolist(), ones.tolist()  # a copy
    ([[1, 9, 9], [1, 1, 1]], [[1, 1, 1], [1, 1, 1]])
    """
    mixed = picture.copy()
    mixed[window] = other[window]
    return mixed


def mosaic(pairs: list[Pair], size: int) -> Pair:
    """Four images and their labels in the quarters of one picture: several pets, each half as large as before.

    The result is uint8 ``(size, size, 3)`` and ``(size, size)``.

    >>> import numpy as np
    >>> from seg.data.mixing import mosaic
    >>> pairs = [(np.full((64, 64, 3), grey, np.uint8), np.full((64, 64), grey % 3, np.uint8)) for grey in (0, 1, 2, 3)]
    >>> image, labels = mosaic(pairs, 4)
    >>> image[..., 0].tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    """
    image, labels = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), np.uint8)
    first, second = slice(0, size // 2), slice(size // 2, size)
    windows = ((first, first), (first, second), (second, first), (second, second))
    for window, (part, part_labels) in zip(windows, pairs, strict=True):
        height, width = labels[window].shape  # where the size is odd, the quarters differ by a pixel
        image[window] = resize_photo(part, (height, width))
        labels[window] = resize_labels(part_labels, (height, width))
    return image, labels


def paste_pet(
    image: np.ndarray,
    labels: np.ndarray,
    background: np.ndarray,
    side: float,
    place: tuple[float, float],
    classes: Classes = PETS,
) -> Pair:
    """The pet of one picture, cut out by its labels and resized, in another picture.

    ``image``: uint8 ``(H, W, 3)``; ``labels``: uint8 ``(H, W)``; ``background``: uint8 ``(H', W', 3)``. ``side``, in
    (0, 1], is the height and width of the pasted picture as a share of the background's; ``place`` its top and left as
    a share of the room that is left, in [0, 1]. Returns the new picture and its labels, of the background's size.
    Raises DatasetError for classes without a background.

    >>> import numpy as np
    >>> from seg.data.mixing import paste_pet
    >>> pet, labels = np.full((8, 8, 3), 250, np.uint8), np.zeros((8, 8), np.uint8)  # nothing but pet
    >>> meadow = np.full((8, 8, 3), 100, np.uint8)
    >>> mixed, mixed_labels = paste_pet(pet, labels, meadow, side=0.25, place=(0, 1))
    >>> mixed[:3, -4:, 0].tolist(), mixed_labels[:3, -4:].tolist()
    ([[100, 100, 250, 250], [100, 100, 250, 250], [100, 100, 100, 100]], [[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1]])
    """
    label = _background_of(classes)
    outer_height, outer_width = background.shape[:2]
    height, width = max(1, round(outer_height * side)), max(1, round(outer_width * side))
    top, left = round(place[0] * (outer_height - height)), round(place[1] * (outer_width - width))
    # Antialiased: a hard edge would tell the network where the pet was pasted.
    mask = _foreground(labels, label).resize((width, height), Image.Resampling.BILINEAR)
    alpha = np.asarray(mask)[..., np.newaxis] / 255
    mixed, mixed_labels = background.copy(), np.full(background.shape[:2], label, np.uint8)
    window = np.s_[top : top + height, left : left + width]
    mixed[window] = np.round(alpha * resize_photo(image, (height, width)) + (1 - alpha) * mixed[window])
    mixed_labels[window] = resize_labels(labels, (height, width))
    return mixed, mixed_labels


def cover_pet(image: np.ndarray, labels: np.ndarray, cover: np.ndarray, classes: Classes = PETS) -> np.ndarray:
    """The picture of a pet with another picture in the pet's place and shape: it has a pet's outline, but shows none.

    ``image`` and ``cover``: uint8 ``(H, W, 3)``; ``labels``: uint8 ``(H, W)``. Returns uint8 ``(H, W, 3)``, in which
    nothing of the pet or its border is left. Raises DatasetError for classes without a background.

    >>> import numpy as np
    >>> from seg.data.mixing import cover_pet
    >>> labels = np.ones((32, 32), np.uint8)
    >>> labels[12:20, 12:20] = 0  # a pet in the middle
    >>> image = np.where(labels[..., np.newaxis] == 0, 250, [100, 100, 100]).astype(np.uint8)
    >>> covered = cover_pet(image, labels, cover=np.full((32, 32, 3), 7, np.uint8))
    >>> covered[[16, 0], [16, 0], 0].tolist(), int(covered.max())  # nothing of the pet is left
    ([7, 100], 100)
    """
    mask = _foreground(labels, _background_of(classes))
    # Wider than the pet, so that a soft edge leaves nothing of it; soft, because a hard edge would show the cover.
    alpha = np.asarray(mask.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.BoxBlur(1)))[..., np.newaxis] / 255
    return np.round(alpha * cover + (1 - alpha) * image).astype(np.uint8)


def _foreground(labels: np.ndarray, background: int) -> Image.Image:
    """White where the pet or its border is, black elsewhere."""
    return Image.fromarray(np.where(labels == background, 0, 255).astype(np.uint8))


def _background_of(classes: Classes) -> int:
    """The label of the background. Raises DatasetError for classes without one."""
    if classes.background is None:
        raise DatasetError("dataset_no_background")
    return classes.background.label
