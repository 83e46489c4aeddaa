"""The network in Keras, which trains it: logits out, preprocessing inside."""

from __future__ import annotations

import keras
from keras import layers

from seg.network import architecture
from seg.network.architecture import TAPS
from seg.network.opened import OpenedNetwork
from seg.network.vgg16 import IMAGENET_MEAN_BGR, SCALINGS


@keras.saving.register_keras_serializable(package="seg")
class Preprocessing(layers.Layer):
    """RGB in [0, 255], ``(N, H, W, 3)``, to what the encoder was trained on.

    ``imagenet``: BGR with the ImageNet mean taken off, as Keras's ``vgg16.preprocess_input`` does; ``signed``:
    RGB in [-1, 1], as the article meant; ``raw``: RGB in [0, 255] left alone, as the article's code ran.

    >>> import numpy as np
    >>> from seg.network.fcn import Preprocessing
    >>> orange = np.array([[[[255, 127.5, 0]]]], np.float32)
    >>> for scaling in ("signed", "imagenet"):
    ...     print(np.asarray(Preprocessing(scaling)(orange), float).ravel().round(1).tolist())
    [1.0, 0.0, -1.0]
    [-103.9, 10.7, 131.3]
    """

    def __init__(self, scaling: str = "imagenet", **kwargs):
        super().__init__(**kwargs)
        if scaling not in SCALINGS:
            raise ValueError(f"unknown input scaling {scaling!r}: choose one of {', '.join(SCALINGS)}.")
        self.scaling = scaling

    def call(self, image):
        if self.scaling == "imagenet":
            return keras.ops.flip(image, axis=-1) - keras.ops.convert_to_tensor(IMAGENET_MEAN_BGR, image.dtype)
        if self.scaling == "signed":
            return image / 127.5 - 1
        return image

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "scaling": self.scaling}


def build_fcn(scaling: str = "imagenet", classes: int = 3, dtype: str | keras.DTypePolicy = "float32") -> keras.Model:
    """The network with fresh weights; for three classes 26,369,987 parameters, 11,655,299 of them in the decoder.

    In: RGB, float32 ``(N, H, W, 3)`` in [0, 255], H and W multiples of 32. Out: logits, float32 ``(N, H, W, classes)``.
    ``dtype`` is a Keras dtype policy such as ``mixed_bfloat16``. Raises ValueError for an unknown scaling.

    >>> from seg.network.fcn import build_fcn
    >>> network = build_fcn()
    >>> network.count_params(), network.output_shape
    (26369987, (None, None, None, 3))
    """
    image = keras.Input((None, None, 3), name="image")
    return keras.Model(image, architecture.fcn(_KerasLayers(scaling, dtype), image, classes), name="vgg16_fcn")


def build_opened(scaling: str = "imagenet", classes: int = 3) -> keras.Model:
    """The same network in float32 with every layer in sight, and a switch at each tap.

    In: one image as for ``build_fcn``, and for each of ``TAPS`` factors ``(N, 1, 1, 1)`` of what it brings. Out: by
    name, the output of each layer, and ``probabilities``; N of each from the decoder. Raises ValueError for an unknown
    scaling.
    """
    image = keras.Input((None, None, 3), name="image")
    switches = {tap: keras.Input((1, 1, 1), name=f"{tap}_switch") for tap in TAPS}
    opened = OpenedNetwork(_KerasLayers(scaling, "float32"), switches)
    logits = architecture.fcn(opened, image, classes)
    outputs = {**opened.outputs, "probabilities": layers.Softmax(name="probabilities")(logits)}
    return keras.Model([image, *switches.values()], outputs, name="vgg16_fcn_layers")


class _KerasLayers:
    """The network's operations as layers of Keras."""

    def __init__(self, scaling: str, dtype: str | keras.DTypePolicy):
        self._scaling = scaling
        self._dtype = dtype

    def preprocess(self, image):
        # Subtracting a mean from bytes needs float32: bfloat16 keeps eight bits.
        return Preprocessing(self._scaling, dtype="float32", name="preprocessing")(image)

    def convolve(self, x, name: str, filters: int):
        return layers.Conv2D(filters, 3, padding="same", activation="relu", dtype=self._dtype, name=name)(x)

    def pool(self, x, name: str):
        return layers.MaxPooling2D(2, dtype=self._dtype, name=name)(x)

    def upsample(self, x, name: str, filters: int):
        return self._transposed(filters, name, "relu")(x)

    def add(self, x, tap, name: str):
        return layers.Add(dtype=self._dtype, name=name)([x, tap])

    def classify(self, x, name: str, classes: int):
        x = self._transposed(classes, name, None)(x)
        # A softmax over bfloat16 logits would lose the small probabilities, from which the loss learns most.
        return layers.Activation("linear", dtype="float32", name="logits")(x)

    def _transposed(self, filters: int, name: str, activation: str | None):
        return layers.Conv2DTranspose(
            filters, 3, strides=2, padding="same", activation=activation, dtype=self._dtype, name=name
        )


def split_at_taps(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The network as two that share its layers, encoder and decoder.

    The encoder's outputs, and the decoder's inputs, are the four ``TAPS``, each ``(N, h, w, c)``.

    >>> import numpy as np
    >>> from seg.network.fcn import build_fcn, split_at_taps
    >>> encoder, decoder = split_at_taps(build_fcn())
    >>> taps = encoder(np.zeros((1, 64, 64, 3), np.float32))
    >>> [tuple(tap.shape) for tap in taps]
    [(1, 16, 16, 256), (1, 8, 8, 512), (1, 4, 4, 512), (1, 2, 2, 512)]
    >>> tuple(decoder(taps).shape), decoder.count_params()
    ((1, 64, 64, 3), 11655299)
    """
    taps = [network.get_layer(name).output for name in TAPS]
    encoder = keras.Model(network.input, taps, name="encoder")
    decoder = keras.Model(taps, network.output, name="decoder")
    return encoder, decoder


def freeze_encoder(network: keras.Model, blocks: int = 5) -> None:
    """Freeze the encoder's first ``blocks`` blocks (0 to 5) and let all layers after them train.

    >>> from seg.network.fcn import build_fcn, freeze_encoder
    >>> network = build_fcn()
    >>> for blocks in (0, 3, 5):
    ...     freeze_encoder(network, blocks)
    ...     print(blocks, len(network.trainable_variables))
    0 44
    3 30
    5 18
    """
    for layer in network.layers:
        name = layer.name
        layer.trainable = not (name.startswith("block") and int(name[5]) <= blocks)
