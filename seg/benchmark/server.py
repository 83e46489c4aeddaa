"""A server of the app for a measurement: started on a free port, watched by the system, ended with the measurement."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from seg.benchmark.child import BenchmarkError
from seg.serve.upload_files import LOCK, is_of_visits

SECONDS_TO_PART = 10  # at most: a connection that a client has closed is the server's for a moment longer
SECONDS_TO_START = 180  # of which a busy machine has taken more than 60
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Held:
    """What a server's process holds: ``memory_mb`` resident, in MB of 2**20 bytes, threads, open files and connections.

    ``uploads``: files that are kept for visits; ``temporary_files``: all others in its folder for temporary ones.
    """

    memory_mb: float
    threads: int
    open_files: int
    uploads: int
    temporary_files: int


@dataclass(frozen=True)
class Server:
    """A running server: its ``address``, and the folder where its log, runs, cache and temporary files lie."""

    address: str
    process: psutil.Process
    folder: Path

    @property
    def port(self) -> int:
        """That of the address."""
        return int(self.address.rpartition(":")[2])

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def held(self) -> Held:
        """What the process holds now; on Windows no number of files."""
        with self.process.oneshot():
            files = self.process.num_fds() if hasattr(self.process, "num_fds") else 0
            memory, threads = self.process.memory_info().rss / 2**20, self.process.num_threads()
        temporary = [path for path in (self.folder / "tmp").rglob("*") if path.is_file()]
        of_visits = [path for path in temporary if is_of_visits(path)]
        uploads = sum(path.name != LOCK for path in of_visits)
        return Held(memory, threads, files, uploads, len(temporary) - len(of_visits))

    def wait_until_alone(self) -> None:
        """Return once nobody is connected, ``SECONDS_TO_PART`` later at the latest."""
        until = time.monotonic() + SECONDS_TO_PART
        while time.monotonic() < until and any(
            connection.status != psutil.CONN_LISTEN for connection in self.process.net_connections(kind="tcp")
        ):
            time.sleep(0.05)


@contextmanager
def serving(runs: Path | None = None) -> Iterator[Server]:
    """The app on a free port of this machine, with an empty cache, and the other settings of this process.

    ``runs``: the folder of its runs, an empty one unless another is named. Raises BenchmarkError where it does not
    start.
    """
    app = ROOT / "streamlit_app.py"  # not part of the installed package
    if not app.is_file():
        raise BenchmarkError("benchmark_no_app")
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    with tempfile.TemporaryDirectory(prefix="seg-benchmark-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        places = {"SEG_RUNS": runs or folder / "runs", "SEG_CACHE": folder / "cache", "TMPDIR": folder / "tmp"}
        settings = os.environ | {variable: str(place) for variable, place in places.items()}
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=settings)
            try:
                address = f"http://127.0.0.1:{port}"
                answers(address, server)
                yield Server(address, psutil.Process(server.pid), folder)
            finally:
                server.kill()  # nothing of it is to be saved
                server.wait()


def free_port() -> int:
    """A port of this machine that nobody uses, free for whom it is asked for."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(address: str, server: subprocess.Popen | None = None) -> None:
    """Return once the server answers. Raises BenchmarkError where its process ends, or it does not answer in time."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and (server is None or server.poll() is None):
        try:
            requests.get(f"{address}/api/health", timeout=5).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise BenchmarkError("benchmark_no_server")
