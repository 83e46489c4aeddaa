"""The network that a training works on: where it starts from, and its encoder and decoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seg.classes import Classes
from seg.network.weights import find_weights
from seg.training.errors import TrainingError
from seg.training.recipe import Recipe

if TYPE_CHECKING:
    import keras


def start_weights(recipe: Recipe) -> Path:
    """The weight file that ``recipe.start`` names. Raises WeightsError where there is none."""
    return find_weights(None if recipe.start == "shipped" else recipe.start)


class Model:
    """The network of a recipe, with encoder and decoder that share its layers.

    A frozen encoder runs without the decoder, so that its output for a photo can be stored (``features.py``).
    ``precision``: a Keras dtype policy. Each class has a channel.
    """

    def __init__(self, recipe: Recipe, classes: Classes, precision: str):
        import tensorflow as tf

        from seg.network.fcn import build_fcn, split_at_taps

        self.classes = classes
        self.network: keras.Model = build_fcn(recipe.scaling, len(classes), precision)
        self.encoder, self.decoder = split_at_taps(self.network)

        @tf.function(reduce_retracing=True)
        def encode(images):
            return self.encoder(images, training=False)

        self._encode = encode

    def load_start(self, recipe: Recipe) -> None:
        """Give the network the weights that the recipe starts from. Raises WeightsError, TrainingError."""
        from seg.network.weights import load_encoder, read_info, read_tensors, set_tensors

        if not recipe.start:
            load_encoder(self.network, recipe.encoder)
            return
        path = start_weights(recipe)
        info = read_info(path)
        if info.scaling != recipe.scaling:
            raise TrainingError("training_start_scaling", name=path, scaling=info.scaling)
        tensors = read_tensors(path)
        is_same = info.classes.members == self.classes.members  # no channel is of what is not labelled
        if not is_same:
            tensors = {name: tensor for name, tensor in tensors.items() if name.startswith("block")}
        set_tensors(self.network, tensors, path, partial=not is_same)

    def encode(self, images: np.ndarray) -> list[np.ndarray]:
        """The four taps, each ``(N, h, w, c)``, of images, float32 ``(N, S, S, 3)`` in [0, 255]."""
        return [np.asarray(tap) for tap in self._encode(images)]

    def tap_shapes(self, size: int) -> list[tuple[int, ...]]:
        """``(h, w, c)`` of each tap of an image ``size`` pixels high and wide."""
        return [tuple(shape[1:]) for shape in self.encoder.compute_output_shape((1, size, size, 3))]

    def logits(self, inputs: Any, training: bool = False) -> Any:
        """Logits, float32 ``(N, S, S, C)``, of images ``(N, S, S, 3)``, or of a tuple of four stored taps."""
        import tensorflow as tf

        if not isinstance(inputs, tuple):
            return self.network(inputs, training=training)
        return self.decoder([tf.cast(tap, tf.float32) for tap in inputs], training=training)
