"""What happens inside the network: the feature maps of any layer, and the answer without one of the skips."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from seg.network.architecture import SKIPS, TAPS

if TYPE_CHECKING:
    import keras


class Inside:
    """Looks into a network of ``fcn.build_fcn`` without changing it; one call at a time. Imports TensorFlow."""

    def __init__(self, network: keras.Model):
        from seg.network.fcn import split_at_taps

        self._network = network
        self._encoder, self._decoder = split_at_taps(network)
        self._lock = threading.Lock()
        self._probe = lru_cache(maxsize=8)(self._build_probe)

    def activations(self, image: np.ndarray, layer: str) -> np.ndarray:
        """The output of a layer, float32 ``(h, w, channels)``.

        ``image``: RGB ``(H, W, 3)`` in [0, 255], H and W multiples of 32. Raises ValueError for an unknown layer.
        """
        return self.activations_by_layer(image, (layer,))[layer]

    def activations_by_layer(self, image: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        """The outputs of several layers by name, each as ``activations`` gives it, in one run of the network.

        Raises ValueError for an unknown layer.
        """
        unknown = set(names) - {layer.name for layer in self._network.layers}
        if unknown:
            raise ValueError(f"the network has no layer {min(unknown)!r}.")
        with self._lock:
            outputs = self._probe(names)(image[np.newaxis].astype(np.float32))
        return {name: np.asarray(outputs[name], np.float32)[0] for name in names}

    def probabilities(self, image: np.ndarray, without: str | None = None) -> np.ndarray:
        """Probabilities, float32 ``(H, W, C)``, with the skip of the tap ``without`` (one of ``SKIPS``) set to zero.

        Raises ValueError for a tap that is no skip.
        """
        import keras

        if without is not None and without not in SKIPS:
            raise ValueError(f"{without!r} is no skip: choose one of {', '.join(SKIPS)}.")
        with self._lock:
            taps = self._encoder(image[np.newaxis].astype(np.float32))
            kept = [tap * 0 if name == without else tap for name, tap in zip(TAPS, taps, strict=True)]
            return np.asarray(keras.ops.softmax(self._decoder(kept)))[0]

    def _build_probe(self, names: tuple[str, ...]) -> keras.Model:
        import keras

        return keras.Model(self._network.input, {name: self._network.get_layer(name).output for name in names})


def strongest(maps: np.ndarray, most: int = 16) -> list[int]:
    """The channels of ``(h, w, channels)`` with the largest mean, strongest first, at most ``most``."""
    return np.argsort(-maps.mean(axis=(0, 1)), kind="stable")[:most].tolist()


def transposed_convolution(image: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """A transposed convolution with stride 2 and padding "same" on one channel, step by step.

    ``image``: float ``(h, w)``; ``kernel``: float ``(3, 3)``. Returns the output ``(2h, 2w)`` and, for each input
    pixel in reading order, what it stamps on the output; the output is their sum. V. Dumoulin, F. Visin, "A guide to
    convolution arithmetic for deep learning", 2016.
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
