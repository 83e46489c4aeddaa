"""How long visitors wait: a server is started, and from 1 to 64 of them send it photos at the same time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from seg.benchmark.child import BenchmarkError, spread
from seg.benchmark.pictures import random_photo
from seg.benchmark.server import serving

VISITORS = (1, 4, 16, 64)
PHOTOS_EACH = 3


def load_test(
    visitors: tuple[int, ...] = VISITORS,
    size: tuple[int, int] = (375, 500),
    report: Callable[[str], None] | None = None,
) -> list[dict[str, Any]]:
    """Start the app and send it photos over HTTP; one row for each number of ``visitors`` at once.

    Each visitor sends ``PHOTOS_EACH`` JPEGs of ``size`` (height, width), one after another, and reads their trimaps;
    the server has seen none of the pictures before. A row: ``visitors``, ``photos``, ``median_seconds`` and
    ``p95_seconds`` from the first byte sent to the last one read, ``photos_per_second``. Raises BenchmarkError where
    the server does not start or refuses a photo.
    """
    rows = []
    with serving() as server:
        address = server.address
        _send(address, random_photo(0, size))  # loads the network
        seeds = itertools.count(1)
        for count in visitors:
            if report:
                report(f"{count} visitors at once")
            photos = [random_photo(seed, size) for seed in itertools.islice(seeds, count * PHOTOS_EACH)]
            started = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                waits = list(pool.map(lambda photo: _send(address, photo), photos))
            total = time.perf_counter() - started
            row = {"visitors": count, "photos": len(photos), "photos_per_second": len(photos) / total}
            rows.append(row | spread(waits))
    return rows


def _send(address: str, photo: bytes) -> float:
    """Seconds until the trimap of a photo has come. Raises BenchmarkError where the server refuses the photo."""
    started = time.perf_counter()
    answer = requests.post(f"{address}/api/segment?as=trimap", data=photo, timeout=600)
    if answer.status_code != 200:
        raise BenchmarkError("benchmark_refused", answer=answer.text[:200])
    return time.perf_counter() - started
