"""``app`` starts the server that shows the pages and answers programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from seg.commands.options import data_option, runs_option, weights_option

EXAMPLES = """\b
Examples:
  python -m seg app
  python -m seg app --data my-dataset --weights my-runs/RUN
  python -m seg app --address 0.0.0.0 --port 80 --server.baseUrlPath pets

All other options are Streamlit's. It listens on this machine alone unless --address says otherwise; README.md says who
may then do what. Runs are kept in the folder runs where it is started, or in that of --runs. Ctrl-C ends it."""


@click.command(epilog=EXAMPLES, context_settings={"ignore_unknown_options": True})
@click.option("--address", help="Where it listens (default: localhost); 0.0.0.0 opens it to others.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: 8501).")
@data_option
@weights_option
@runs_option
@click.argument("streamlit_options", nargs=-1, type=click.UNPROCESSED, metavar="[STREAMLIT OPTIONS]")
def app(
    address: str | None,
    port: int | None,
    data: Path | None,
    weights: Path | None,
    runs: Path,
    streamlit_options: tuple[str, ...],
) -> int:
    from seg.data.dataset import find_dataset
    from seg.network.weights import find_weights
    from seg.serve.app_file import app_file

    # A wrong path is said here, in one sentence, and not on every visitor's page.
    if data is not None:
        os.environ["SEG_DATA"] = str(find_dataset(data).resolve())
    if weights is not None:
        os.environ["SEG_WEIGHTS"] = str(find_weights(weights).resolve())
    os.environ["SEG_RUNS"] = str(runs.resolve())
    command = [sys.executable, "-m", "streamlit", "run", str(app_file())]
    for option, value in (("--server.address", address), ("--server.port", port)):
        command += [option, str(value)] if value is not None else []
    return _run([*command, *streamlit_options])


def _run(command: list[str]) -> int:
    """Run a command in place of this process, so that Ctrl-C and a container's SIGTERM reach it alone."""
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.call(command)  # Windows has no such thing: execv would return to the prompt at once
