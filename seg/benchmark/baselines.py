"""What the engines are compared with: the network as most people run it, and networks of others in ONNX files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from seg.benchmark.child import BenchmarkError
from seg.images import BILINEAR, resize_photo
from seg.network.architecture import INPUT_SIZE

PREDICT, FLOAT32 = "model.predict", "tensorflow float32"
BASELINES = (PREDICT, FLOAT32)


class Baseline:
    """An engine: the network in float32 under TensorFlow, by ``model.predict`` or as a compiled function."""

    name = "baseline"
    precision = "float32"

    def __init__(self, weights: Path, name: str):
        import tensorflow as tf

        from seg.network.weights import load_network

        network = load_network(weights)
        compiled = tf.function(lambda batch: tf.nn.softmax(network(batch, training=False)), reduce_retracing=True)

        def run(batch: np.ndarray) -> np.ndarray:
            if name == PREDICT:
                return np.asarray(tf.nn.softmax(network.predict(batch, verbose=0)))
            return compiled(batch).numpy()

        self.probabilities = run


def load_onnx(path: Path) -> Callable[[list[np.ndarray]], None]:
    """A network with one picture in and one mask out, as a function that segments photos, uint8 ``(H, W, 3)``.

    Each photo is resized to the network's input, and its first output to the photo. Only the time counts: the masks are
    thrown away, and the scaling of the input, [-0.5, 0.5), need not be the one that the network was trained with.
    Raises BenchmarkError for a file that ONNX Runtime does not load.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has an exception for each kind of failure, and no base of them
        raise BenchmarkError("benchmark_onnx_damaged", path=path, reason=error) from None
    image, output = session.get_inputs()[0], session.get_outputs()[0].name
    # Sides that the file leaves open have a name or -1 in their place.
    sides = [side if isinstance(side, int) and side > 0 else INPUT_SIZE for side in image.shape]
    channels_first = sides[1] in (1, 3)
    height, width = sides[2:] if channels_first else sides[1:3]

    def segment(photos: list[np.ndarray]) -> None:
        for photo in photos:
            batch = resize_photo(photo, (height, width)).astype(np.float32)[np.newaxis] / 256 - 0.5
            batch = batch.transpose(0, 3, 1, 2) if channels_first else batch
            mask = np.squeeze(session.run([output], {image.name: np.ascontiguousarray(batch)})[0][0])
            if mask.ndim > 2:  # the shortest axis holds the classes
                mask = mask.max(axis=int(np.argmin(mask.shape)))
            Image.fromarray(mask.astype(np.float32)).resize(photo.shape[1::-1], BILINEAR)

    return segment
