"""The most that this machine computes: multiply-accumulates a second in each precision."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from seg.network.device import cpu_precision

# A convolution as the network has them: so much arithmetic for each byte that memory does not limit it.
CHANNELS, SIDE, LAYERS = 256, 64, 4
RUNS = 6


def peak_gmacs() -> dict[str, float]:
    """Giga-multiply-accumulates a second by precision: the best of several runs on all cores.

    ``float32`` always; with OpenVINO also ``int8`` and, where the CPU has it, ``bfloat16``. Measured by large 3x3
    convolutions under OpenVINO, and by matrix products without it: what a processor reaches in practice, which is less
    than its data sheet says.
    """
    if not find_spec("openvino"):
        return {"float32": _by_matrices()}
    peaks = {"float32": max(_by_matrices(), _by_convolutions("f32"))}
    if cpu_precision() == "mixed_bfloat16":
        peaks["bfloat16"] = _by_convolutions("bf16")
    return peaks | {"int8": _by_convolutions("f32", quantized=True)}


def _by_matrices(side: int = 1536) -> float:
    matrix = np.random.default_rng(0).random((side, side), np.float32)
    return side**3 / _best(lambda: matrix @ matrix) / 1e9


def _by_convolutions(precision: str, quantized: bool = False) -> float:
    import openvino as ov
    import openvino.opset13 as ops

    random = np.random.default_rng(0)
    image = ops.parameter([1, CHANNELS, SIDE, SIDE], np.float32)
    x = image
    for _ in range(LAYERS):
        kernel = ops.constant(random.uniform(-0.02, 0.02, (CHANNELS, CHANNELS, 3, 3)).astype(np.float32))
        if quantized:
            low, high = np.float32(-0.02), np.float32(0.02)
            kernel = ops.fake_quantize(kernel, low, high, low, high, 255)
            x = ops.fake_quantize(x, np.float32(0), np.float32(1), np.float32(0), np.float32(1), 256)
        x = ops.relu(ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    compiled = ov.Core().compile_model(ov.Model([x], [image], "peak"), "CPU", settings)
    request, picture = compiled.create_infer_request(), random.random((1, CHANNELS, SIDE, SIDE), np.float32)
    return LAYERS * SIDE**2 * 9 * CHANNELS**2 / _best(lambda: request.infer([picture])) / 1e9


def _best(work: Callable[[], object]) -> float:
    """Seconds of the fastest run."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
