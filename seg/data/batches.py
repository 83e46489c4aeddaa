"""Samples become batches: decoded in parallel, mixed, cropped, prefetched; names are shuffled, never pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seg.data.augmentation import Augmentation, crop_and_colour
from seg.data.examples import Examples, NoPetPhotos
from seg.data.mixing import Mixer

if TYPE_CHECKING:
    import tensorflow as tf


def batches(
    examples: Examples,
    batch: int,
    size: int | None = None,
    augmentation: Augmentation | None = None,
    order: np.ndarray | None = None,
    seed: int = 0,
    places: np.ndarray | None = None,
    no_pets: NoPetPhotos | None = None,
) -> tf.data.Dataset:
    """Batches of images, float32 ``(N, size, size, 3)`` in [0, 255], and labels, uint8 ``(N, size, size)``.

    ``order`` holds the indices of the examples in the order wanted (default: as they are). What is drawn for an example
    depends on ``seed`` and its place in the order alone, not on threads; where ``order`` is a part of a longer one,
    ``places`` says where in that each example stands. ``no_pets``: photos without a pet, of the examples' size.

    >>> from seg import Dataset
    >>> from seg.data.augmentation import Augmentation
    >>> from seg.data.batches import batches
    >>> from seg.data.examples import Examples
    >>> examples = Examples(Dataset.open().split("test")[:5], size=80)
    >>> for images, labels in batches(examples, batch=4, size=64, augmentation=Augmentation(mirror=True)):
    ...     print(images.shape, images.dtype.name, labels.shape, labels.dtype.name)
    (4, 64, 64, 3) float32 (4, 64, 64) uint8
    (1, 64, 64, 3) float32 (1, 64, 64) uint8
    """
    import tensorflow as tf

    source_size = examples.size
    size = size or source_size
    augmentation = augmentation or Augmentation()
    mixer = Mixer(examples, no_pets, augmentation)

    def read(place, index):
        return mixer.example(int(index), np.random.default_rng([seed, int(place)]))

    def prepare(place, index):
        image, labels = tf.numpy_function(read, [place, index], (tf.uint8, tf.uint8))
        image = tf.cast(tf.ensure_shape(image, (source_size, source_size, 3)), tf.float32)
        labels = tf.ensure_shape(labels, (source_size, source_size))
        if size == source_size and augmentation.is_none:
            return image, labels
        return crop_and_colour(image, labels, size, augmentation, tf.stack([tf.constant(seed, tf.int64), place]))

    order = np.arange(len(examples)) if order is None else order
    places = np.arange(len(order)) if places is None else places
    data = tf.data.Dataset.from_tensor_slices((np.asarray(places, np.int64), np.asarray(order, np.int64)))
    data = data.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return data.batch(batch).prefetch(2)
