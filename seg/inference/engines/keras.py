"""The network as Keras runs it: on every machine, on a GPU or the CPU."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np


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
        self.network = network

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        with self._lock:
            return self._run(np.ascontiguousarray(batch, np.float32)).numpy()
