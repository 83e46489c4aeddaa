"""How long visitors wait: a server is started, and from 1 to 64 of them send it photos at the same time."""

from __future__ import annotations

import io
import itertools
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import requests
from PIL import Image

from seg.benchmark.child import BenchmarkError, spread

VISITORS = (1, 4, 16, 64)
PHOTOS_EACH = 3
SECONDS_TO_START = 60
ROOT = Path(__file__).resolve().parents[2]


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
    with _server() as address:
        _send(address, _picture(0, size))  # loads the network
        seeds = itertools.count(1)
        for count in visitors:
            if report:
                report(f"{count} visitors at once")
            photos = [_picture(seed, size) for seed in itertools.islice(seeds, count * PHOTOS_EACH)]
            started = time.perf_counter()
            with ThreadPoolExecutor(count) as pool:
                waits = list(pool.map(lambda photo: _send(address, photo), photos))
            total = time.perf_counter() - started
            row = {"visitors": count, "photos": len(photos), "photos_per_second": len(photos) / total}
            rows.append(row | spread(waits))
    return rows


def _picture(seed: int, size: tuple[int, int]) -> bytes:
    """A JPEG, another one for each seed: a coarse random pattern, whose file is about as large as a photo's."""
    coarse = np.random.default_rng(seed).integers(0, 256, (size[0] // 12, size[1] // 12, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _send(address: str, photo: bytes) -> float:
    """Seconds until the trimap of a photo has come. Raises BenchmarkError where the server refuses the photo."""
    started = time.perf_counter()
    answer = requests.post(f"{address}/api/segment?as=trimap", data=photo, timeout=600)
    if answer.status_code != 200:
        raise BenchmarkError("benchmark_refused", answer=answer.text[:200])
    return time.perf_counter() - started


@contextmanager
def _server() -> Iterator[str]:
    """The app on a free port of this machine; yields its address."""
    app = ROOT / "streamlit_app.py"  # not part of the installed package
    if not app.is_file():
        raise BenchmarkError("benchmark_no_app")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # free again when the block ends, for the server to take
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server)
            yield address
        finally:
            server.kill()  # nothing of it is to be saved
            server.wait()


def _wait_for(address: str, server: subprocess.Popen) -> None:
    """Return once the server answers. Raises BenchmarkError where it ends, or does not answer in time."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            requests.get(f"{address}/api/health", timeout=5).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise BenchmarkError("benchmark_no_server")
