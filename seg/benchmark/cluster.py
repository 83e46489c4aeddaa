"""``predict --on ray`` on a cluster whose machines are cores of this one, beside ``predict`` on the same cores."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from seg.benchmark.child import BenchmarkError
from seg.benchmark.pictures import sample_photos
from seg.network.device import cpu_name

PIXELS = 200_000
MILLION = 1_000_000
PART = 10  # a run of a tenth of the photos before that of all: their difference is without what a start costs


def cluster_benchmark(
    machines: int = 2, photos: int = 2000, report: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Measure trimaps (one look each) of ``photos`` pets at 0.2 megapixels on a cluster of machines of one core each.

    Returns ``cpu``, ``machines``, ``photos``, and ``runs``: ``alone_one`` and ``alone_all`` are ``predict`` on one core
    and on as many cores as there are machines, ``cluster_one`` and ``cluster_all`` are ``predict --on ray`` with one
    worker and with one for each machine. Each has ``seconds`` of the whole command, ``photos_per_second`` once it is
    under way, ``start_seconds``, what the command takes besides, and ``hours_of_a_million``. Raises BenchmarkError
    where there are too few cores, cores cannot be chosen, Ray is missing, or a run fails.
    """
    report = report or (lambda what: None)
    cores = _cores(machines)
    with TemporaryDirectory(prefix="seg-") as place:
        folder = Path(place)
        report("making photos")
        parts = [folder / "part", folder / "all"]
        sample_photos(parts[0], max(1, photos // PART), PIXELS)
        sample_photos(parts[1], photos, PIXELS)
        runs: dict[str, dict[str, float]] = {}
        for count, name in ((1, "alone_one"), (machines, "alone_all")):
            report(f"predict on {count} of the cores")
            with _held_to(cores[:count]):
                runs[name] = _measured(parts, photos, [], {})
        with _held_to(cores), _cluster(cores) as address:
            for count, name in ((1, "cluster_one"), (machines, "cluster_all")):
                report(f"predict --on ray, {count} of the machines")
                options = ["--on", "ray", "--workers", str(count)]
                runs[name] = _measured(parts, photos, options, {"RAY_ADDRESS": address})
    return {"cpu": cpu_name(), "machines": machines, "photos": photos, "runs": runs}


def _cores(count: int) -> list[int]:
    """So many cores of this machine. Raises BenchmarkError."""
    if not hasattr(os, "sched_getaffinity"):
        raise BenchmarkError("benchmark_no_affinity")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < count:
        raise BenchmarkError("benchmark_few_cores", count=count, cores=len(cores))
    return cores[:count]


@contextmanager
def _held_to(cores: Sequence[int]) -> Iterator[None]:
    """What is started meanwhile has these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _cluster(cores: Sequence[int]) -> Iterator[str]:
    """A cluster with a machine on each of the cores; its address. Raises BenchmarkError where Ray is missing."""
    try:
        from ray.cluster_utils import Cluster
    except ImportError:
        raise BenchmarkError("ray_missing") from None
    cluster = Cluster()
    try:
        for core in cores:
            with _held_to([core]):
                cluster.add_node(num_cpus=1)
        yield cluster.address
    finally:
        cluster.shutdown()


def _measured(
    folders: Sequence[Path], photos: int, options: Sequence[str], environment: dict[str, str]
) -> dict[str, float]:
    """The seconds of ``predict`` with these options: of a part of the photos, then of all."""
    part, all_photos = (_seconds(folder, options, environment) for folder in folders)
    each = max(all_photos - part, 1e-9) / (photos - max(1, photos // PART))
    return {
        "seconds": all_photos,
        "photos_per_second": 1 / each,
        "start_seconds": max(0.0, all_photos - photos * each),
        "hours_of_a_million": MILLION * each / 3600,
    }


def _seconds(folder: Path, options: Sequence[str], environment: dict[str, str]) -> float:
    with TemporaryDirectory(prefix="seg-") as target:
        command = [sys.executable, "-m", "seg", "predict", str(folder), "-o", target]
        command += ["--save", "trimap", "--detail", "fast", *options]
        started = time.perf_counter()
        run = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
        seconds = time.perf_counter() - started
        made = len(list(Path(target).glob("*.trimap.png")))
        if run.returncode or made != len(list(folder.iterdir())):
            lines = run.stderr.strip().splitlines() or [f"{made} trimaps"]
            raise BenchmarkError("benchmark_child", name=" ".join(["predict", *options]), reason=lines[-1])
    return seconds
