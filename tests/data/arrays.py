"""What the tests of examples, augmentation and batches share."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from seg.data.augmentation import Augmentation

# Every change at once, each as large as it ever gets in a recipe, or larger.
WILD = Augmentation(mirror=True, min_area=0.3, aspect=0.5, brightness=0.6, contrast=0.6, saturation=0.8, hue=0.2)
SHAPES_ONLY = Augmentation(mirror=True, min_area=0.3, aspect=0.5)
GREEN = (0, 200, 0)  # of the photos without a pet


def all_of(data: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """All images and all labels of a dataset of batches, in order."""
    images, labels = zip(*data.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)
