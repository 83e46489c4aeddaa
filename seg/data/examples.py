"""Decoded pictures at one size: samples with their labels, and photos without a pet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from seg.classes import PETS, Classes
from seg.data.dataset import Sample, read_pair
from seg.errors import SegError
from seg.images import resize_labels, resize_photo
from seg.photo import read_photo

EXAMPLES_CACHE_BYTES = 1_500_000_000
NO_PETS_CACHE_BYTES = 500_000_000

# An image, uint8 (size, size, 3) in [0, 255], and its labels, uint8 (size, size).
Pair = tuple[np.ndarray, np.ndarray]
Item = TypeVar("Item")


class DecodedOnce(ABC, Generic[Item]):
    """Items that are decoded at their first use and kept while ``cache_bytes`` allow; safe to use from threads.

    The first items stay. A training visits all items in turn: a cache that drops the item unused for longest would drop
    each one just before its next use. ``failure`` is why an item could not be decoded: tf.data passes on no more than
    the text of an exception. ``item_bytes`` is the size of one decoded item.
    """

    failure: SegError | None = None

    def __init__(self, item_bytes: int, cache_bytes: int):
        self._most_kept = cache_bytes // item_bytes
        self._kept: dict[int, Item] = {}

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _decode(self, index: int) -> Item: ...

    def __getitem__(self, index: int) -> Item:
        """Raises PhotoError."""
        item = self._kept.get(index)
        if item is None:
            try:
                item = self._decode(index)
            except SegError as error:
                self.failure = error
                raise
            if len(self._kept) < self._most_kept:
                self._kept[index] = item
        return item


class Examples(DecodedOnce[Pair]):
    """Samples as the network sees them: an image, uint8 ``(size, size, 3)``, and labels, uint8 ``(size, size)``.

    >>> import numpy as np
    >>> from seg import Dataset
    >>> from seg.data.examples import Examples
    >>> examples = Examples(Dataset.open().split("train"), size=96)
    >>> image, labels = examples[0]
    >>> len(examples), image.shape, image.dtype.name, labels.shape, np.unique(labels).tolist()
    (98, (96, 96, 3), 'uint8', (96, 96), [0, 1, 2])
    """

    def __init__(
        self, samples: Sequence[Sample], size: int, classes: Classes = PETS, cache_bytes: int = EXAMPLES_CACHE_BYTES
    ):
        super().__init__(size * size * 4, cache_bytes)
        self.samples, self.size, self.classes = samples, size, classes

    def __len__(self) -> int:
        return len(self.samples)

    def _decode(self, index: int) -> Pair:
        photo, trimap = read_pair(self.samples[index])
        labels = self.classes.to_labels(trimap)
        return resize_photo(photo.pixels, self.size), resize_labels(labels, self.size)


class NoPetPhotos(DecodedOnce[np.ndarray]):
    """Photos without a pet as the network sees them, uint8 ``(size, size, 3)``.

    >>> from pathlib import Path
    >>> from seg.data.examples import NoPetPhotos
    >>> from seg.pictures import checkerboard, save_picture
    >>> save_picture(checkerboard(120, 160), Path("floor.png"))
    >>> photos = NoPetPhotos([Path("floor.png")], size=64)
    >>> len(photos), photos[0].shape
    (1, (64, 64, 3))
    """

    def __init__(self, photos: Sequence[Path], size: int, cache_bytes: int = NO_PETS_CACHE_BYTES):
        super().__init__(size * size * 3, cache_bytes)
        self.photos, self.size = photos, size

    def __len__(self) -> int:
        return len(self.photos)

    def _decode(self, index: int) -> np.ndarray:
        return resize_photo(read_photo(self.photos[index]).pixels, self.size)
