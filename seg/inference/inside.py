"""What happens inside the network: the feature maps of any layer, and the answer without one of its taps."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from seg.network.architecture import TAPS, layers
from seg.network.device import is_installed


class Layers(Protocol):
    """A loaded network with every layer in sight."""

    def run(
        self, image: np.ndarray, without: Sequence[str | None] = (None,)
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The output of each layer by name, float32 ``(M, h, w, channels)``, and the probabilities ``(N, H, W, C)``.

        ``image``: RGB ``(H, W, 3)`` in [0, 255], H and W multiples of 32. ``without``: for each of N answers one of
        ``TAPS``, of which the decoder is given zeros, or None. M is N in the decoder, and 1 in the encoder, which does
        two thirds of the work for one answer and sees the image once for all of them.
        """
        ...


class Inside:
    """Looks into the network of a weight file; one call at a time, so that one set of maps is in memory.

    OpenVINO computes the maps, or Keras where it is not installed. Raises WeightsError, and TensorFlowError where
    neither is there.

    >>> import numpy as np
    >>> from seg.inference.inside import Inside, strongest
    >>> from seg.network.weights import find_weights
    >>> inside = Inside(find_weights())
    >>> image = np.random.default_rng(0).integers(0, 256, (64, 96, 3))
    >>> maps = inside.activations(image, "block3_conv3")
    >>> maps.shape, len(strongest(maps, 3)), sorted(inside.activations_by_layer(image, ("block5_pool", "classifier")))
    ((16, 24, 256), 3, ['block5_pool', 'classifier'])
    >>> inside.probabilities(image).shape
    (1, 64, 96, 3)
    >>> complete, without = inside.logits(image, (None, "block3_conv3"))
    >>> complete.shape, bool((complete == without).all())
    ((64, 96, 3), False)
    """

    def __init__(self, weights: Path):
        self._layers = _load(weights)
        self._lock = threading.Lock()

    def activations(self, image: np.ndarray, layer: str) -> np.ndarray:
        """The output of a layer, float32 ``(h, w, channels)``.

        ``image``: RGB ``(H, W, 3)`` in [0, 255], H and W multiples of 32. Raises ValueError for an unknown layer.
        """
        return self.activations_by_layer(image, (layer,))[layer]

    def activations_by_layer(self, image: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        """The outputs of several layers by name, each as ``activations`` gives it, in one run of the network.

        The names are those of ``architecture.layers``. Raises ValueError for an unknown layer.
        """
        unknown = set(names) - {layer.name for layer in layers()}
        if unknown:
            raise ValueError(f"the network has no layer {min(unknown)!r}.")
        with self._lock:
            outputs, _ = self._layers.run(image)
        return {name: outputs[name][0] for name in names}

    def probabilities(self, image: np.ndarray, without: Sequence[str | None] = (None,)) -> np.ndarray:
        """Several answers to one image: probabilities, float32 ``(N, H, W, C)``, in one run of the encoder.

        ``without``: for each answer one of ``TAPS``, of which the decoder is given zeros, or None for the complete
        network. Raises ValueError for a layer that is no tap.
        """
        return self._without(image, without)[1]

    def logits(self, image: np.ndarray, without: Sequence[str | None] = (None,)) -> np.ndarray:
        """The scores before the softmax, float32 ``(N, H, W, C)``; everything else as for ``probabilities``."""
        return self._without(image, without)[0]["classifier"]

    def _without(self, image: np.ndarray, taps: Sequence[str | None]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        for tap in taps:
            if tap is not None and tap not in TAPS:
                raise ValueError(f"{tap!r} is no tap: choose one of {', '.join(TAPS)}.")
        with self._lock:
            return self._layers.run(image, taps)


def _load(weights: Path) -> Layers:
    if is_installed("openvino"):
        from seg.inference.engines.openvino import OpenVinoLayers

        return OpenVinoLayers(weights)
    from seg.inference.engines.keras import KerasLayers

    return KerasLayers(weights)


def strongest(maps: np.ndarray, most: int = 16) -> list[int]:
    """The channels of ``(h, w, channels)`` with the largest mean, strongest first, at most ``most``.

    >>> import numpy as np
    >>> from seg.inference.inside import strongest
    >>> strongest(np.array([[[0.1, 3.0, 2.0]]]), most=2)
    [1, 2]
    """
    return np.argsort(-maps.mean(axis=(0, 1)), kind="stable")[:most].tolist()


def transposed_convolution(image: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """A transposed convolution with stride 2 and padding "same" on one channel, step by step.

    ``image``: float ``(h, w)``; ``kernel``: float ``(3, 3)``. Returns the output ``(2h, 2w)`` and, for each input
    pixel in reading order, what it stamps on the output; the output is their sum. V. Dumoulin, F. Visin, "A guide to
    convolution arithmetic for deep learning", 2016.

    >>> import numpy as np
    >>> from seg.inference.inside import transposed_convolution
    >>> output, stamps = transposed_convolution(np.ones((2, 2)), np.ones((3, 3)))
    >>> len(stamps), output.tolist()  # where stamps overlap it is brighter: the checkerboard of such layers
    (4, [[1.0, 1.0, 2.0, 1.0], [1.0, 1.0, 2.0, 1.0], [2.0, 2.0, 4.0, 2.0], [1.0, 1.0, 2.0, 1.0]])
    """
    height, width = image.shape
    stamps = []
    for row in range(height):
        for column in range(width):
            # The last stamps reach one row and one column beyond the output, which "same" cuts off.
            stamp = np.zeros((2 * height + 1, 2 * width + 1))
            stamp[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] = image[row, column] * kernel
            stamps.append(stamp[:-1, :-1])
    return np.sum(stamps, axis=0), stamps
