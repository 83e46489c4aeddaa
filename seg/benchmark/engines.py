"""How fast each engine segments a photo on this machine, beside what others use, each in a process of its own.

Machines are noisy: the ratios between the rows count, not the seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from seg.benchmark.baselines import BASELINES, Baseline, load_onnx
from seg.benchmark.child import BenchmarkError, in_child, spread
from seg.benchmark.peak import peak_gmacs
from seg.cores import available_cores
from seg.inference.engines import ENGINES, load_engine
from seg.inference.segmenter import Segmenter
from seg.memory import PeakMemory
from seg.network.architecture import layers
from seg.network.device import cpu_features, cpu_name, has_tensorflow, is_installed, require_tensorflow
from seg.network.weights import find_weights, int8_model, read_info

BATCHES = (1, 4, 8)
WARM_UPS = 2


def benchmark(
    weights: str | Path | None = None,
    engines: tuple[str, ...] | None = None,
    repeat: int = 10,
    size: tuple[int, int] = (375, 500),
    against: str | Path | None = None,
    report: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure each engine; returns what ``benchmark --json`` prints.

    ``engines`` of the result has a row for each, by name: ``first_trimap_seconds`` from the start of its process;
    ``median_seconds`` and ``p95_seconds`` (95th percentile) from a decoded photo to its trimap at the photo's size;
    ``photos_per_second`` by batch; ``peak_memory_mb``, resident, with one photo at a time, and the same with batches,
    ``peak_memory_mb_batch``; ``precision``; ``share_of_peak`` of the machine in that precision; ``times_the_fastest``.

    ``engines``: names of engines and of ``BASELINES``; None: all that run here. ``repeat``: runs that are measured,
    after two to warm up. ``size``: height and width of the photo in pixels. ``against``: another network in an ONNX
    file, one picture in and one mask out, run by ONNX Runtime; its times and memory alone are measured. ``report`` is
    called with the name of each before it is measured. Raises WeightsError, BenchmarkError, TensorFlowError.
    """
    path = find_weights(weights)
    engines = _available(path) if engines is None else engines
    for name in engines:
        if name not in (*ENGINES, *BASELINES):
            raise BenchmarkError("engine_unknown", name=name, names=[*ENGINES, *BASELINES])
    if {"keras", *BASELINES} & set(engines):
        require_tensorflow()
    if against:
        _check_onnx(Path(against))
    info = read_info(path)
    network_gmacs = sum(layer.macs for layer in layers(info.input_size, len(info.classes))) / 1e9
    report = report or (lambda name: None)
    report("the machine's peak")
    peaks = peak_gmacs()
    rows = {}
    for name in (*engines, *([str(against)] if against else [])):
        report(name)
        rows[name] = in_child(name, measure, name, str(path), repeat, size, time.time())
    fastest = min(rows[name]["median_seconds"] for name in engines)
    for row in rows.values():
        peak = peaks.get(row["precision"])
        row["share_of_peak"] = network_gmacs / row["median_seconds"] / peak if peak else None
        row["times_the_fastest"] = row["median_seconds"] / fastest
    return {
        "cpu": cpu_name(),
        "cores": available_cores(),
        "cpu_features": list(cpu_features()),
        "peak_gmacs": peaks,
        "network_gmacs": round(network_gmacs, 2),
        "photo": list(size),
        "engines": rows,
    }


def measure(name: str, weights: str, repeat: int, size: tuple[int, int], process_started: float) -> dict[str, Any]:
    """One row of the table; runs in a process of its own. ``process_started``: a Unix time."""
    memory = PeakMemory()
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    segment, precision = _load(name, Path(weights))

    segment([photo])
    first_trimap_seconds = time.time() - process_started

    def seconds(batch: int) -> float:
        started = time.perf_counter()
        segment([photo] * batch)
        return time.perf_counter() - started

    for _ in range(WARM_UPS - 1):  # the first trimap was one
        seconds(1)
    singles = [seconds(1) for _ in range(repeat)]
    peak_memory_mb = memory.mb  # before the batches, which take more
    return {
        "precision": precision,
        "first_trimap_seconds": first_trimap_seconds,
        **spread(singles),
        "photos_per_second": {batch: batch / min(seconds(batch) for _ in range(2)) for batch in BATCHES if precision},
        "peak_memory_mb": peak_memory_mb,
        "peak_memory_mb_batch": memory.mb,
    }


def _load(name: str, weights: Path) -> tuple[Callable[[list[np.ndarray]], None], str | None]:
    """A function that makes the trimaps of photos, and its precision; None for an ONNX file, which does not name it."""
    if name.endswith(".onnx"):
        return load_onnx(Path(name)), None
    engine = Baseline(weights, name) if name in BASELINES else load_engine(weights, name)
    segmenter = Segmenter(engine, read_info(weights))

    def segment(photos: list[np.ndarray]) -> None:
        for segmentation in segmenter.batch(photos, "fast"):
            _ = segmentation.trimap  # computed when it is touched

    return segment, engine.precision


def _available(weights: Path) -> tuple[str, ...]:
    """The engines that run on this machine with these weights, and the baselines."""
    runs = {
        "openvino-int8": is_installed("openvino") and bool(int8_model(weights)),
        "openvino": is_installed("openvino"),
        "keras": has_tensorflow(),
    }
    return (*(name for name in ENGINES if runs[name]), *(BASELINES if has_tensorflow() else ()))


def _check_onnx(path: Path) -> None:
    if not find_spec("onnxruntime"):
        raise BenchmarkError("benchmark_needs_onnxruntime")
    if not path.is_file() or path.suffix != ".onnx":
        raise BenchmarkError("benchmark_no_onnx", path=path)
