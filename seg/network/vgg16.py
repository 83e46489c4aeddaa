"""Facts about the encoder: what VGG16 was trained on, and the scale of its layers. Needs no TensorFlow.

K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
"""

from __future__ import annotations

import numpy as np

from seg.network.architecture import layers

SCALINGS = ("imagenet", "signed", "raw")  # of the network's input: see fcn.Preprocessing
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)

ENCODER_CONVOLUTIONS = tuple(
    layer.name for layer in layers() if layer.name.startswith("block") and layer.kind == "convolution"
)
# Mean activation after ReLU of VGG16 with ImageNet's weights and preprocessing, over 48 pets at 128 px.
MEAN_ACTIVATION = dict(
    zip(
        ENCODER_CONVOLUTIONS,
        (20.0, 107.0, 185.0, 212.0, 265.0, 308.0, 212.0, 171.0, 106.0, 30.0, 29.0, 13.0, 2.4),
        strict=True,
    )
)


def fold_scale(encoder: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """VGG16's weights, changed so that the mean of every activation is about one.

    ReLU is positively homogeneous: dividing each convolution's kernel and bias by its mean activation, and
    multiplying the next one's kernel by it, leaves every layer's output the same up to that constant.
    ``encoder`` maps ``NAME/kernel`` ``(3, 3, in, out)`` and ``NAME/bias`` ``(out,)`` to float32 arrays.
    """
    folded: dict[str, np.ndarray] = {}
    before = 1.0
    for name in ENCODER_CONVOLUTIONS:
        scale = MEAN_ACTIVATION[name]
        folded[f"{name}/kernel"] = encoder[f"{name}/kernel"] * np.float32(before / scale)
        folded[f"{name}/bias"] = encoder[f"{name}/bias"] / np.float32(scale)
        before = scale
    return folded
