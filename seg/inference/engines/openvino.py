"""The network as OpenVINO runs it: on the CPU, with no TensorFlow in the process.

The graph is built from the weight file itself, so that every weight file runs here without a conversion, a run's too.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from openvino.opset1 import max_pool

from seg.cores import available_cores, thread_limit
from seg.network.architecture import TAPS, fcn, tensor_names
from seg.network.opened import OpenedNetwork, switches
from seg.network.vgg16 import IMAGENET_MEAN_BGR
from seg.network.weights import WeightsError, WeightsInfo, int8_model, read_info, read_tensors

# OpenVINO keeps layers prepared for each size of image that it has seen, up to 5,000 if it is not told otherwise. A
# second look may see 144 sizes: these are the layers of the last few.
PREPARED_LAYERS = "200"
# Each photo that is at work beside others has memory of its own: on more cores than these, several work at one.
MOST_SIDE_BY_SIDE = 8

_meeting = threading.Lock()


class OpenVinoEngine:
    """The network of a weight file, compiled for this CPU; safe to call from threads. Raises WeightsError.

    ``side_by_side``: as ``load_engine`` has it.
    """

    name = "openvino"

    def __init__(self, weights: Path, side_by_side: bool = False):
        self._compile(build_graph(weights), side_by_side)
        hint = self._compiled.get_property("INFERENCE_PRECISION_HINT")
        self.precision = {"bf16": "bfloat16", "f16": "float16"}.get(hint.get_type_name(), "float32")

    def _compile(self, graph: ov.Model, side_by_side: bool, **settings: str) -> None:
        self._compiled = _compiled(graph, side_by_side, **settings)

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        # Each call makes its request: threads may share a compiled model, but not a request.
        request = self._compiled.create_infer_request()
        return request.infer([np.ascontiguousarray(batch, np.float32)])[0].copy()


class Int8Engine(OpenVinoEngine):
    """The int8 model that lies beside a weight file; safe to call from threads.

    Raises WeightsError where there is none, or one that was made from other weights.
    """

    name = "openvino-int8"
    precision = "int8"

    def __init__(self, weights: Path, side_by_side: bool = False):
        path = int8_model(weights)
        if path is None:
            place = weights.with_name(f"{weights.stem}-int8.xml")
            raise WeightsError("int8_missing", weights=weights, path=place)
        try:
            # The few layers that are not int8 run in float32, which takes no longer than bfloat16 here.
            self._compile(ov.Core().read_model(path), side_by_side, INFERENCE_PRECISION_HINT="f32")
        except RuntimeError:
            raise WeightsError("int8_damaged", path=path) from None


def _meet_numpy() -> None:
    """Have OpenVINO use an array once.

    At its first it looks for NumPy's functions, and two threads that bring the first at the same time wait for each
    other for ever: one for the interpreter's lock, the other, which has it, for the search to end (OpenVINO 2026.4).
    """
    with _meeting:
        _ = ov.Tensor(np.zeros(1, np.float32)).data


def _compiled(graph: ov.Model, side_by_side: bool = False, **settings: str) -> ov.CompiledModel:
    _meet_numpy()
    limit = thread_limit()
    how: dict[str, str | int] = {"PERFORMANCE_HINT": "LATENCY"} | ({"INFERENCE_NUM_THREADS": limit} if limit else {})
    if side_by_side:
        cores = available_cores()
        streams = min(cores, MOST_SIDE_BY_SIDE)
        how = {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": cores}
    memory = {"CPU_RUNTIME_CACHE_CAPACITY": PREPARED_LAYERS}
    return ov.Core().compile_model(graph, "CPU", {**how, **memory, **settings})


class OpenVinoLayers:
    """The network of a weight file with every layer in sight, compiled for this CPU. Raises WeightsError."""

    def __init__(self, weights: Path):
        info, tensors = _read_network(weights)
        image = _image_parameter()
        factors = {tap: ops.parameter([-1, 1, 1, 1], np.float32, name=f"{tap}_switch") for tap in TAPS}
        opened = OpenedNetwork(_OpenVinoNodes(tensors, info.scaling), factors)
        with _other_networks_refused(weights):
            logits = fcn(opened, image, len(info.classes))
        self._names = tuple(opened.outputs)
        # The last layer has its channels last already. Of the other layers of several answers nobody asks for more than
        # one: each of the largest takes 6 MB.
        laid_out = [
            node if node is logits else ops.transpose(ops.slice(node, [0], [1], [1], [0]), [0, 2, 3, 1])
            for node in opened.outputs.values()
        ]
        graph = ov.Model([*laid_out, ops.softmax(logits, -1)], [image, *factors.values()], "vgg16_fcn_layers")
        # In float32 everywhere: the maps are to be the weights', not those of a faster arithmetic.
        self._compiled = _compiled(graph, INFERENCE_PRECISION_HINT="f32")

    def run(
        self, image: np.ndarray, without: Sequence[str | None] = (None,)
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """As ``seg.inference.inside.Layers`` has it."""
        request = self._compiled.create_infer_request()
        answers = request.infer([image[np.newaxis].astype(np.float32), *switches(without)], share_outputs=True)
        *outputs, probabilities = answers.to_tuple()
        return dict(zip(self._names, outputs, strict=True)), probabilities


def build_graph(weights: Path) -> ov.Model:
    """The network of a weight file with a softmax behind it, as an OpenVINO graph.

    In: RGB float32 ``(N, H, W, 3)`` in [0, 255]; out: probabilities float32 ``(N, H, W, C)``. A test compares it with
    Keras. Raises WeightsError.
    """
    info, tensors = _read_network(weights)
    image = _image_parameter()
    with _other_networks_refused(weights):
        logits = fcn(_OpenVinoNodes(tensors, info.scaling), image, len(info.classes))
    return ov.Model([ops.softmax(logits, -1)], [image], "vgg16_fcn")


@contextmanager
def _other_networks_refused(weights: Path) -> Iterator[None]:
    """Raise WeightsError where tensors do not follow one another: NumPy and OpenVINO have errors for programmers."""
    try:
        yield
    except (ValueError, RuntimeError):
        raise WeightsError("weights_architecture", path=weights) from None


def _image_parameter():
    return ops.parameter([-1, -1, -1, 3], np.float32, name="image")


def _read_network(weights: Path) -> tuple[WeightsInfo, dict[str, np.ndarray]]:
    """The header and all tensors of a complete network. Raises WeightsError."""
    info, tensors = read_info(weights), read_tensors(weights)
    missing = sorted(tensor_names() - tensors.keys())
    if missing:
        raise WeightsError("weights_incomplete", path=weights, name=missing[0])
    last = tensors["classifier/bias"]
    if last.shape != (len(info.classes),):
        raise WeightsError("weights_misfit", path=weights, name="classifier/bias", shape=last.shape)
    return info, tensors


class _OpenVinoNodes:
    """The network's operations as nodes of a graph, which hold the weights and compute in ``(N, C, H, W)``."""

    def __init__(self, tensors: dict[str, np.ndarray], scaling: str):
        self._tensors = tensors  # float32, by the names of weight files
        self._scaling = scaling

    def preprocess(self, image):
        x = ops.transpose(image, [0, 3, 1, 2])
        if self._scaling == "imagenet":
            x = ops.gather(x, np.array([2, 1, 0]), np.array(1))  # RGB to BGR
            x = ops.subtract(x, np.array(IMAGENET_MEAN_BGR, np.float32).reshape(1, 3, 1, 1))
        elif self._scaling == "signed":
            x = ops.subtract(ops.divide(x, np.float32(127.5)), np.float32(1))
        return x

    def convolve(self, x, name: str, filters: int):
        kernel = self._kernel(name)  # (3, 3, in, out) became (out, in, 3, 3)
        return ops.relu(self._biased(ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1]), name))

    def pool(self, x, name: str):
        # Later versions of this operation have a second output, and so do not multiply as a node.
        return max_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], "floor", "valid")

    def upsample(self, x, name: str, filters: int):
        return ops.relu(self._transposed(x, name))

    def add(self, x, tap, name: str):
        return ops.add(x, tap)

    def classify(self, x, name: str, classes: int):
        return ops.transpose(self._transposed(x, name), [0, 2, 3, 1])

    def _transposed(self, x, name: str):
        kernel = self._kernel(name)  # (3, 3, out, in) became (in, out, 3, 3)
        # TensorFlow's "same" for stride 2 and kernel 3 cuts one row and one column off, at the end.
        x = ops.convolution_backprop_data(x, kernel, [2, 2], pads_begin=[0, 0], pads_end=[1, 1])
        return self._biased(x, name)

    def _biased(self, x, name: str):
        return ops.add(x, ops.constant(self._tensors[f"{name}/bias"].reshape(1, -1, 1, 1)))

    def _kernel(self, name: str):
        # A constant of its own: an array that is given to an operation passes through a list of Python's numbers, with
        # which a start takes 2.6 CPU seconds and not 1.0.
        return ops.constant(np.ascontiguousarray(self._tensors[f"{name}/kernel"].transpose(3, 2, 0, 1)))
