"""The article's training as it is written, mistakes and all, so that ours can be measured against it.

Three things are mended, without which it does not run: photos and trimaps are paired by name, only pairs that can be
decoded are taken, and the encoder's weights are those that ship.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seg.data.dataset import Sample
from seg.network.weights import load_encoder

if TYPE_CHECKING:
    import keras

BATCH = 16
SHUFFLE_BUFFER = 5912


def train_as_written(train: Sequence[Sample], epochs: int = 5, size: int = 224, seed: int = 2020) -> AsWritten:
    """Train as the article does; returns its network.

    Photos go in as 0..255 (the scaling is computed and thrown away), trimaps are resized bilinearly, so that labels
    become fractions, which the loss cuts off; decoded pairs are shuffled, 0.8 MB each; the encoder is frozen and run
    anew in each epoch; float32.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)

    def load(photo, trimap):
        image = tf.image.resize(tf.image.decode_jpeg(tf.io.read_file(photo), channels=3), (size, size))
        labels = tf.image.resize(tf.image.decode_png(tf.io.read_file(trimap), channels=1), (size, size))
        return tf.cast(image, tf.float32), labels - 1

    paths = ([str(sample.photo) for sample in train], [str(sample.trimap) for sample in train])
    data = tf.data.Dataset.from_tensor_slices(paths).map(load, num_parallel_calls=tf.data.AUTOTUNE)
    data = data.repeat().shuffle(SHUFFLE_BUFFER).batch(BATCH)
    network = _network(size)
    network.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["acc"])
    # The first step waits until the buffer is full: the time begins behind it.
    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: ends.append(time.perf_counter()))
    network.fit(data, epochs=epochs, steps_per_epoch=max(1, len(train) // BATCH), verbose=0, callbacks=[clock])
    return AsWritten(network, (len(ends) - 1) * BATCH / (ends[-1] - ends[0]) if len(ends) > 1 else None)


def _network(size: int) -> keras.Model:
    """The article's architecture is ours; its photos go in as they are, and probabilities come out."""
    import keras

    from seg.network.fcn import build_fcn, freeze_encoder

    network = build_fcn("raw")
    load_encoder(network)
    freeze_encoder(network)
    image = keras.Input((size, size, 3))
    return keras.Model(image, keras.layers.Activation("softmax")(network(image)))


class AsWritten:
    """The article's network as an engine, to be evaluated as every other, and how fast it was trained."""

    name = "the article as written"
    precision = "float32"

    def __init__(self, network: keras.Model, photos_per_second: float | None):
        self._network = network
        self.photos_per_second = photos_per_second

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        return np.asarray(self._network(batch, training=False))
