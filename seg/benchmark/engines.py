"""How fast this machine segments a photo: engines and what others use, each in a process of its own, in one run.

Machines are noisy: what counts are the ratios between the rows, not the seconds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seg.benchmark.peak import peak_gmacs
from seg.inference.engines import ENGINES, load_engine
from seg.inference.segmenter import Segmenter
from seg.network.architecture import layers
from seg.network.device import available_cores, cpu_features, cpu_name
from seg.network.weights import find_weights, int8_model, read_info

BATCHES = (1, 4, 8)
# The same network as most people run it, to compare with.
PREDICT, FLOAT32 = "model.predict", "tensorflow float32"
BASELINES = (PREDICT, FLOAT32)


def benchmark(
    weights: str | Path | None = None,
    engines: tuple[str, ...] | None = None,
    repeat: int = 10,
    size: tuple[int, int] = (375, 500),
    against: str | Path | None = None,
    report: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure each engine; returns what ``benchmark --json`` prints.

    For each: seconds from the start of its process to the first trimap, median and 95th percentile of the seconds from
    a decoded photo to its trimap at the photo's own size, photos a second by batch, peak resident memory in MB (None
    where the system does not tell), precision, share of what the machine can do at most in that precision.

    ``engines``: names of engines and of ``BASELINES``; None: all that run here. ``repeat``: runs measured, after two to
    warm up. ``against``: another network in an ONNX file, one picture in and one mask out, run by ONNX Runtime; of it
    the times alone are measured. ``report`` is told what is being measured. Raises WeightsError, ValueError for an
    engine that is not installed.
    """
    path = find_weights(weights)
    if engines is None:
        there = [name for name in ENGINES if name == "keras" or find_spec("openvino")]
        engines = (*(name for name in there if name != "openvino-int8" or int8_model(path)), *BASELINES)
    if against and not find_spec("onnxruntime"):
        raise ValueError("ONNX files are run by ONNX Runtime: `pip install onnxruntime`.")
    if against and not (Path(against).is_file() and Path(against).suffix == ".onnx"):
        raise ValueError(f"there is no ONNX file {against}: name one, NAME.onnx.")
    info = read_info(path)
    network_gmacs = sum(layer.macs for layer in layers(info.input_size, len(info.classes))) / 1e9
    tell = report or (lambda what: None)
    tell("the machine's peak")
    peaks = peak_gmacs()
    results = {}
    for engine in (*engines, *([str(against)] if against else [])):
        tell(engine)
        measured = in_child(__name__, [engine, str(path), repeat, size, time.time()])
        peak = peaks.get(measured["precision"])
        measured["share_of_peak"] = network_gmacs / measured["median_seconds"] / peak if peak else None
        results[engine] = measured
    fastest = min(results[name]["median_seconds"] for name in engines)
    for measured in results.values():
        measured["times_the_fastest"] = measured["median_seconds"] / fastest
    return {
        "cpu": cpu_name(),
        "cores": available_cores(),
        "cpu_features": list(cpu_features()),
        "peak_gmacs": peaks,
        "network_gmacs": round(network_gmacs, 2),
        "photo": list(size),
        "engines": results,
    }


def in_child(module: str, order: list) -> dict[str, Any]:
    """What a module prints as JSON when it is run in a process of its own, told ``order`` as JSON.

    Raises ValueError, naming the order's first, where that fails.
    """
    child = subprocess.run([sys.executable, "-m", module, json.dumps(order)], capture_output=True, text=True)
    if child.returncode:
        lines = child.stderr.strip().splitlines()
        raise ValueError(f"{order[0]} does not run here: {lines[-1] if lines else 'it was killed'}")
    return json.loads(child.stdout.splitlines()[-1])


def _measure(engine: str, weights: str, repeat: int, size: tuple[int, int], process_started: float) -> dict[str, Any]:
    """What the child measures of one engine."""
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    if engine.endswith(".onnx"):
        run, precision = _peer(Path(engine)), None
    else:
        segmenter = _segmenter(engine, Path(weights))
        run, precision = partial(_trimaps, segmenter), segmenter.engine.precision

    run([photo])
    cold = time.time() - process_started

    def seconds(batch: int) -> float:
        started = time.perf_counter()
        run([photo] * batch)
        return time.perf_counter() - started

    seconds(1)
    singles = [seconds(1) for _ in range(repeat)]
    memory = peak_memory_mb()  # of one photo at a time: batches take more
    return {
        "precision": precision,
        "first_trimap_seconds": cold,
        **spread(singles),
        "photos_per_second": {batch: batch / min(seconds(batch) for _ in range(2)) for batch in BATCHES if precision},
        "peak_memory_mb": memory,
        "peak_memory_mb_batch": peak_memory_mb(),
    }


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    ranked = sorted(seconds)
    last = min(len(ranked) - 1, round(0.95 * len(ranked)))
    return {"median_seconds": statistics.median(ranked), "p95_seconds": ranked[last]}


def _trimaps(segmenter: Segmenter, photos: list[np.ndarray]) -> None:
    for segmentation in segmenter.batch(photos):
        segmentation.trimap  # noqa: B018


def _segmenter(engine: str, weights: Path) -> Segmenter:
    if engine in ENGINES:
        return Segmenter(load_engine(weights, engine), read_info(weights))
    if engine in BASELINES:
        return Segmenter(_Baseline(weights, engine == PREDICT), read_info(weights))
    raise ValueError(f"there is no engine {engine!r}: choose one of {', '.join((*ENGINES, *BASELINES))}.")


class _Baseline:
    """The network in float32 under TensorFlow: as a compiled function, or as ``model.predict`` runs it."""

    name = "baseline"
    precision = "float32"

    def __init__(self, weights: Path, predict: bool):
        import tensorflow as tf

        from seg.network.weights import load_network

        network = load_network(weights)
        compiled = tf.function(lambda batch: tf.nn.softmax(network(batch, training=False)), reduce_retracing=True)

        def run(batch: np.ndarray) -> np.ndarray:
            if predict:
                return np.asarray(tf.nn.softmax(network.predict(batch, verbose=0)))
            return compiled(batch).numpy()

        self.probabilities = run


def _peer(path: Path) -> Callable[[list[np.ndarray]], None]:
    """A network of others: each photo made as large as it wants, its first answer made as large as the photo."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    image, answer = session.get_inputs()[0], session.get_outputs()[0].name
    sides = [side if isinstance(side, int) and side > 0 else 224 for side in image.shape]
    channels_first = sides[1] in (1, 3)
    height, width = sides[2:] if channels_first else sides[1:3]

    def run(photos: list[np.ndarray]) -> None:
        for photo in photos:
            resized = Image.fromarray(photo).resize((width, height), Image.Resampling.BILINEAR)
            batch = np.asarray(resized, np.float32)[np.newaxis] / 256 - 0.5
            batch = batch.transpose(0, 3, 1, 2) if channels_first else batch
            mask = session.run([answer], {image.name: np.ascontiguousarray(batch)})[0]
            mask = np.squeeze(mask[0])
            mask = mask if mask.ndim == 2 else mask.max(axis=int(np.argmin(mask.shape)))
            Image.fromarray(mask.astype(np.float32)).resize(photo.shape[1::-1], Image.Resampling.BILINEAR)

    return run


def peak_memory_mb() -> float | None:
    """The most resident memory that this process has had, in MB; None where the system does not tell."""
    with suppress(OSError):
        # Linux. What getrusage says there begins with the memory of the process that started this one.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    print(json.dumps(_measure(*json.loads(sys.argv[1]))))
