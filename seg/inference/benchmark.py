"""How fast this machine segments a photo, engine by engine, each in a process of its own and all in one run.

Machines are noisy: what counts are the ratios between engines, not the seconds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from seg.inference.engines import ENGINES
from seg.network.device import available_cores, cpu_features, cpu_name
from seg.network.weights import find_weights

NETWORK_GMACS = 23.83  # multiply-accumulates of one 224 x 224 photo: `python -m seg summary`
BATCHES = (1, 4, 8)


def benchmark(
    weights: str | Path | None = None,
    engines: tuple[str, ...] = ENGINES,
    repeat: int = 10,
    size: tuple[int, int] = (375, 500),
) -> dict[str, Any]:
    """Measure each engine; returns what ``benchmark --json`` prints.

    For each engine: seconds from the start of its process to the first trimap, median and 95th percentile of the
    seconds from a decoded photo to its trimap at the photo's own size, photos a second by batch, peak resident memory
    in MB (None where the system does not tell), share of the machine's own float32 peak. ``repeat``: runs measured,
    after two to warm up. Raises WeightsError, ValueError for an engine that is not installed.
    """
    path = find_weights(weights)
    peak = peak_gmacs()
    results = {}
    for engine in engines:
        order = json.dumps([engine, str(path), repeat, size, time.time()])
        child = subprocess.run([sys.executable, "-m", __name__, order], capture_output=True, text=True)
        if child.returncode:
            raise ValueError(f"the engine {engine} does not run here: {child.stderr.strip().splitlines()[-1]}")
        measured = json.loads(child.stdout.splitlines()[-1])
        measured["share_of_peak"] = NETWORK_GMACS / measured["median_seconds"] / peak
        results[engine] = measured
    return {
        "cpu": cpu_name(),
        "cores": available_cores(),
        "cpu_features": list(cpu_features()),
        "peak_gmacs_float32": peak,
        "network_gmacs": NETWORK_GMACS,
        "photo": list(size),
        "engines": results,
    }


def peak_gmacs(side: int = 1536) -> float:
    """Giga-multiply-accumulates a second of the best of five large float32 matrix products on all cores."""
    matrix = np.random.default_rng(0).random((side, side), np.float32)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - started)
    return side**3 / min(seconds) / 1e9


def _measure(engine: str, weights: str, repeat: int, size: tuple[int, int], process_started: float) -> dict[str, Any]:
    """What the child measures of one engine."""
    from seg.inference.segmenter import Segmenter

    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    segmenter = Segmenter.load(weights, engine)
    segmenter(photo).trimap  # noqa: B018
    cold = time.time() - process_started

    def seconds(batch: int) -> float:
        started = time.perf_counter()
        for segmentation in segmenter.batch([photo] * batch):
            segmentation.trimap  # noqa: B018
        return time.perf_counter() - started

    seconds(1)
    singles = sorted(seconds(1) for _ in range(repeat))
    throughput = {batch: batch / min(seconds(batch) for _ in range(2)) for batch in BATCHES}
    return {
        "first_trimap_seconds": cold,
        "median_seconds": statistics.median(singles),
        "p95_seconds": singles[min(len(singles) - 1, round(0.95 * len(singles)))],
        "photos_per_second": throughput,
        "peak_memory_mb": _peak_memory_mb(),
    }


def _peak_memory_mb() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    print(json.dumps(_measure(*json.loads(sys.argv[1]))))
