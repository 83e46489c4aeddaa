"""The network as OpenVINO runs it: on the CPU, with no TensorFlow in the process.

The graph is built from the weight file itself, so that every weight file, a run's too, runs here without a conversion.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as ops

from seg.network.vgg16 import IMAGENET_MEAN_BGR
from seg.network.weights import WeightsError, int8_model, read_info, read_tensors


class OpenVinoEngine:
    """The network of a weight file, compiled for this CPU; safe to call from threads. Raises WeightsError."""

    name = "openvino"

    def __init__(self, weights: Path):
        try:
            graph = build_graph(read_tensors(weights), read_info(weights).scaling)
        except KeyError as error:
            raise WeightsError("weights_incomplete", path=weights, name=error.args[0]) from None
        self._compile(graph)
        hint = self._compiled.get_property("INFERENCE_PRECISION_HINT")
        self.precision = {"bf16": "bfloat16", "f16": "float16"}.get(hint.get_type_name(), "float32")

    def _compile(self, graph: ov.Model, **settings: str) -> None:
        self._compiled: ov.CompiledModel = ov.Core().compile_model(
            graph, "CPU", {"PERFORMANCE_HINT": "LATENCY", **settings}
        )

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        # A request of its own for each call: compiled models are shared between threads, requests are not.
        request = self._compiled.create_infer_request()
        return request.infer([np.ascontiguousarray(batch, np.float32)])[0].copy()


class Int8Engine(OpenVinoEngine):
    """The int8 model that lies beside a weight file; safe to call from threads.

    Raises WeightsError where there is none, or one that was made from other weights.
    """

    name = "openvino-int8"
    precision = "int8"

    def __init__(self, weights: Path):
        path = int8_model(weights)
        if path is None:
            place = weights.with_name(f"{weights.stem}-int8.xml")
            raise WeightsError("int8_missing", weights=weights, path=place)
        try:
            # What is left in floating point is little: exact costs no time.
            self._compile(ov.Core().read_model(path), INFERENCE_PRECISION_HINT="f32")
        except RuntimeError:
            raise WeightsError("int8_damaged", path=path) from None


def build_graph(tensors: dict[str, np.ndarray], scaling: str) -> ov.Model:
    """The network of ``network/fcn.py`` with a softmax behind it, as an OpenVINO graph.

    In: RGB float32 ``(N, H, W, 3)`` in [0, 255]; out: probabilities float32 ``(N, H, W, C)``. ``tensors``: float32, by
    the names that weight files use. A test holds it against Keras.
    """
    image = ops.parameter([-1, -1, -1, 3], np.float32, name="image")
    x = ops.transpose(image, [0, 3, 1, 2])  # OpenVINO computes in (N, C, H, W)
    if scaling == "imagenet":
        x = ops.gather(x, np.array([2, 1, 0]), np.array(1))  # RGB to BGR
        x = ops.subtract(x, np.array(IMAGENET_MEAN_BGR, np.float32).reshape(1, 3, 1, 1))
    elif scaling == "signed":
        x = ops.subtract(ops.divide(x, np.float32(127.5)), np.float32(1))

    def biased(x, name: str):
        return ops.add(x, tensors[f"{name}/bias"].reshape(1, -1, 1, 1))

    def conv(x, name: str):
        kernel = tensors[f"{name}/kernel"].transpose(3, 2, 0, 1).copy()  # (3, 3, in, out) to (out, in, 3, 3)
        return ops.relu(biased(ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1]), name))

    def upsample(x, name: str):
        kernel = tensors[f"{name}/kernel"].transpose(3, 2, 0, 1).copy()  # (3, 3, out, in) to (in, out, 3, 3)
        # TensorFlow's "same" for stride 2 and kernel 3 cuts one row and column, at the end.
        return biased(ops.convolution_backprop_data(x, kernel, [2, 2], pads_begin=[0, 0], pads_end=[1, 1]), name)

    taps = {}
    for block, convolutions in enumerate((2, 2, 3, 3, 3), 1):
        for number in range(1, convolutions + 1):
            x = conv(x, f"block{block}_conv{number}")
        taps[block] = x
        x = ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2], "floor", "valid").output(0)
    for step, block in ((1, 5), (2, 4), (3, 3)):
        x = conv(ops.relu(upsample(x, f"decoder{step}_upsample")), f"decoder{step}_conv")
        x = ops.add(x, taps[block])
    x = conv(ops.relu(upsample(x, "decoder4_upsample")), "decoder4_conv")
    logits = ops.transpose(upsample(x, "classifier"), [0, 2, 3, 1])
    return ov.Model([ops.softmax(logits, -1)], [image], "vgg16_fcn")
