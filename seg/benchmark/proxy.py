"""Several servers of the app behind nginx, as ``deploy/nginx.conf`` sets it up, on free ports of this machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from seg.benchmark.child import BenchmarkError
from seg.benchmark.server import ROOT, Server, answers, free_port, serving
from seg.benchmark.sessions import many_visits

CONFIGURATION = ROOT / "deploy" / "nginx.conf"


def configuration(ports: Sequence[int], port: int, folder: Path) -> str:
    """``deploy/nginx.conf`` for servers on these ports of this machine: nginx listens on ``port`` and writes below
    ``folder``. Raises BenchmarkError where the file is not there, as in an installed package."""
    if not CONFIGURATION.is_file():
        raise BenchmarkError("benchmark_no_app")
    servers = "\n        ".join(f"server 127.0.0.1:{one};" for one in ports)
    changes = {"server app:8501;": servers, "listen 8080;": f"listen 127.0.0.1:{port};", " /tmp/": f" {folder}/"}
    text = CONFIGURATION.read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@contextmanager
def proxy(ports: Sequence[int]) -> Iterator[str]:
    """nginx in front of servers on these ports; its address. Raises BenchmarkError where nginx is not installed."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise BenchmarkError("benchmark_needs_nginx")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="seg-nginx-") as name:
        folder = Path(name)
        # Started by the system's administrator, its workers are another account.
        folder.chmod(0o755)
        (folder / "nginx.conf").write_text(configuration(ports, port, folder), encoding="utf-8")
        command = [nginx, "-p", name, "-c", f"{name}/nginx.conf", "-g", "daemon off;"]
        with (folder / "nginx.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()  # its workers go with it
                process.wait()


def servers_benchmark(
    servers: int = 4, visitors: int = 64, report: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """So many visits at once of so many servers behind nginx, which share the folder of their runs.

    Returns what ``many_visits`` returns, with ``servers``, ``visits_of_each`` (how many visits each server has, when
    all are open) and ``memory_mb`` (of each at the end). Raises BenchmarkError where a server does not start, a page
    fails, or a photo is refused.
    """
    report = report or (lambda what: None)
    with ExitStack() as stack:
        runs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seg-runs-", ignore_cleanup_errors=True)))
        started: list[Server] = []
        for number in range(servers):
            report(f"starting server {number + 1}")
            started.append(stack.enter_context(serving(runs)))
        address = stack.enter_context(proxy([server.port for server in started]))
        answers(address)
        report(f"{visitors} visits at once")
        facts = many_visits(address, visitors, while_open=lambda: [_visits_of(server) for server in started])
        memory = [server.held().memory_mb for server in started]
    return {"servers": servers, "visits_of_each": facts.pop("seen"), "memory_mb": memory} | facts


def _visits_of(server: Server) -> int:
    """The connections that a server has: the WebSockets of its visits, when no other request is under way."""
    connections = server.process.net_connections(kind="tcp")
    return sum(
        connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == server.port
        for connection in connections
    )
