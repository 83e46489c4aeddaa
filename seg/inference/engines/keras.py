"""The network as Keras runs it: on every machine, on a GPU or the CPU."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg.network.opened import switches


class KerasEngine:
    """The network of a weight file under TensorFlow; one call at a time. Raises WeightsError."""

    name = "keras"

    def __init__(self, weights: Path):
        from seg.network.device import prepare_device
        from seg.network.weights import load_network

        device = prepare_device()

        import tensorflow as tf

        network = load_network(weights, device.precision)
        self.precision = device.precision.removeprefix("mixed_")
        self._lock = threading.Lock()

        @tf.function(
            reduce_retracing=True, input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32, name="image")]
        )
        def run(image):
            return tf.nn.softmax(network(image, training=False))

        self._run = run

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        with self._lock:
            return self._run(np.ascontiguousarray(batch, np.float32)).numpy()


class KerasLayers:
    """The network of a weight file with every layer in sight, under TensorFlow, in float32. Raises WeightsError."""

    def __init__(self, weights: Path):
        from seg.network.device import prepare_device
        from seg.network.fcn import build_opened
        from seg.network.weights import read_info, read_tensors, set_tensors

        prepare_device()
        info = read_info(weights)
        self._network = build_opened(info.scaling, len(info.classes))
        set_tensors(self._network, read_tensors(weights), weights)

    def run(
        self, image: np.ndarray, without: Sequence[str | None] = (None,)
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """As ``seg.inference.inside.Layers`` has it."""
        outputs = self._network([image[np.newaxis].astype(np.float32), *switches(without)], training=False)
        maps = {name: np.asarray(output) for name, output in outputs.items()}
        return maps, maps.pop("probabilities")
