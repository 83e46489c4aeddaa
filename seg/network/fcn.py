"""The article's network: a fully convolutional network on a VGG16 encoder, logits out, preprocessing inside.

J. Long, E. Shelhamer, T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015;
K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from seg.network.vgg16 import IMAGENET_MEAN_BGR, SCALINGS, TAPS, InputScaling


@keras.saving.register_keras_serializable(package="seg")
class Preprocessing(layers.Layer):
    """RGB in [0, 255], ``(N, H, W, 3)``, to what the encoder was trained on.

    ``imagenet``: BGR with the ImageNet mean taken off, as Keras's own ``vgg16.preprocess_input`` does; ``signed``:
    RGB in [-1, 1], as the article meant; ``raw``: RGB in [0, 255] left alone, as the article's code ran.
    """

    def __init__(self, scaling: InputScaling = "imagenet", **kwargs):
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


def build_fcn(
    scaling: InputScaling = "imagenet", classes: int = 3, dtype: str | keras.DTypePolicy = "float32"
) -> keras.Model:
    """The network of the article with fresh weights: 26,369,987 parameters, 11,655,299 of them in the decoder.

    In: RGB, float32 ``(N, H, W, 3)`` in [0, 255], H and W multiples of 32. Out: logits, float32 ``(N, H, W, classes)``.
    ``dtype`` is a Keras dtype policy such as ``mixed_bfloat16``. Raises ValueError for an unknown scaling.
    """

    def conv(x, filters: int, name: str):
        return layers.Conv2D(filters, 3, padding="same", activation="relu", dtype=dtype, name=name)(x)

    def pool(x, name: str):
        return layers.MaxPooling2D(2, dtype=dtype, name=name)(x)

    def upsample(x, filters: int, name: str):
        layer = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", activation="relu", dtype=dtype, name=name)
        return layer(x)

    # Shapes stand for an input of 224 x 224.
    image = keras.Input((None, None, 3), name="image")
    # Subtracting a mean from bytes needs float32: bfloat16 keeps eight bits.
    x = Preprocessing(scaling, dtype="float32", name="preprocessing")(image)  # 224 x 224 x 3

    x = conv(x, 64, "block1_conv1")  # 224 x 224 x 64
    x = conv(x, 64, "block1_conv2")
    x = pool(x, "block1_pool")  # 112 x 112 x 64
    x = conv(x, 128, "block2_conv1")
    x = conv(x, 128, "block2_conv2")
    x = pool(x, "block2_pool")  # 56 x 56 x 128
    x = conv(x, 256, "block3_conv1")
    x = conv(x, 256, "block3_conv2")
    x = tap_block3 = conv(x, 256, "block3_conv3")  # 56 x 56 x 256
    x = pool(x, "block3_pool")  # 28 x 28 x 256
    x = conv(x, 512, "block4_conv1")
    x = conv(x, 512, "block4_conv2")
    x = tap_block4 = conv(x, 512, "block4_conv3")  # 28 x 28 x 512
    x = pool(x, "block4_pool")  # 14 x 14 x 512
    x = conv(x, 512, "block5_conv1")
    x = conv(x, 512, "block5_conv2")
    x = tap_block5 = conv(x, 512, "block5_conv3")  # 14 x 14 x 512
    x = pool(x, "block5_pool")  # 7 x 7 x 512

    x = upsample(x, 512, "decoder1_upsample")  # 14 x 14 x 512
    x = conv(x, 512, "decoder1_conv")
    x = layers.Add(dtype=dtype, name="skip_block5_conv3")([x, tap_block5])
    x = upsample(x, 512, "decoder2_upsample")  # 28 x 28 x 512
    x = conv(x, 512, "decoder2_conv")
    x = layers.Add(dtype=dtype, name="skip_block4_conv3")([x, tap_block4])
    x = upsample(x, 256, "decoder3_upsample")  # 56 x 56 x 256
    x = conv(x, 256, "decoder3_conv")
    x = layers.Add(dtype=dtype, name="skip_block3_conv3")([x, tap_block3])
    x = upsample(x, 128, "decoder4_upsample")  # 112 x 112 x 128
    x = conv(x, 128, "decoder4_conv")
    x = layers.Conv2DTranspose(classes, 3, strides=2, padding="same", dtype=dtype, name="classifier")(x)
    # A softmax over bfloat16 logits would lose what the loss needs most: the small probabilities.
    logits = layers.Activation("linear", dtype="float32", name="logits")(x)  # 224 x 224 x 3
    return keras.Model(image, logits, name="vgg16_fcn")


def split_at_taps(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The network as two that share its layers: encoder (image -> the four taps), decoder (the taps -> logits)."""
    taps = [network.get_layer(name).output for name in TAPS]
    encoder = keras.Model(network.input, taps, name="encoder")
    decoder = keras.Model(taps, network.output, name="decoder")
    return encoder, decoder


def freeze_encoder(network: keras.Model, blocks: int = 5) -> None:
    """Freeze the encoder's first ``blocks`` blocks (0 to 5) and let everything behind them train."""
    for layer in network.layers:
        name = layer.name
        layer.trainable = not (name.startswith("block") and int(name[5]) <= blocks)


@dataclass(frozen=True)
class LayerSummary:
    """One layer: output shape without the batch, parameters, multiply-accumulates for one image."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    macs: int


def summarize(network: keras.Model, size: int = 224) -> list[LayerSummary]:
    """Every layer for an input of ``size`` x ``size`` pixels, in the order in which the image passes them."""
    shapes: dict[str, tuple[int, ...]] = {}
    rows = []
    for layer in network.layers:
        if isinstance(layer, layers.InputLayer):
            source: list[tuple[int, ...]] = []
            shape: tuple[int, ...] = (size, size, 3)
        else:
            source = [shapes[t._keras_history.operation.name] for t in _inputs_of(layer)]
            given = [(None, *s) for s in source]
            shape = tuple(layer.compute_output_shape(given if len(given) > 1 else given[0]))[1:]
        shapes[layer.name] = shape
        macs = 0
        if isinstance(layer, layers.Conv2DTranspose):  # each input pixel is spread over the kernel
            macs = source[0][0] * source[0][1] * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, layers.Conv2D):  # each output pixel gathers over the kernel
            macs = shape[0] * shape[1] * int(np.prod(layer.kernel.shape))
        rows.append(LayerSummary(layer.name, type(layer).__name__, shape, layer.count_params(), macs))
    return rows


def _inputs_of(layer: keras.Layer) -> list:
    given = layer.input
    return given if isinstance(given, list) else [given]
