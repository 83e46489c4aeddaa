"""The process that trains a run: how it is started, and its log."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seg.network.device import require_tensorflow
from seg.training.runs import Run, RunError, check_trainable
from seg.training.status import ACTIVE

LOOK_EVERY = 0.02  # seconds


def start_process(run: Run) -> None:
    """Train a run, new or stopped, in a process that outlives this one; returns when that process has claimed the run.

    Raises RunError for a folder that is no run, for a run that is being trained or has finished, and where the process
    cannot be started or ends before it claims the run; the run's status then says why. Raises TensorFlowError where
    TensorFlow is not installed.
    """
    require_tensorflow()
    if run.is_busy():
        raise RunError("run_trained_already", run=run.id)
    check_trainable(run)
    launch(run, "seg.training")


def launch(run: Run, module: str) -> None:
    """Run ``python -m module FOLDER`` in a process that outlives this one; returns when it has claimed the run.

    Raises RunError where the process cannot be started or ends before it claims the run; the run's status then says
    why.
    """
    command = [sys.executable, "-m", module, str(run.folder.resolve())]
    package_home = str(Path(__file__).resolve().parents[2])
    paths = [package_home, os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    before = run.status().updated
    try:
        with (run.folder / "output.txt").open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=environment
            )
    except OSError as error:
        raise _failed(run, RunError("run_no_process", reason=error.strerror)) from None
    # The system keeps a process that has ended until its parent has asked how.
    threading.Thread(target=process.wait, daemon=True).start()
    while process.poll() is None and run.status().state not in ACTIVE:
        time.sleep(LOOK_EVERY)
    if process.poll() is not None and run.status().updated == before:
        words = run.last_words() or f"exit code {process.returncode}"
        raise _failed(run, RunError("run_ended_early", reason=words))


def _failed(run: Run, error: RunError) -> RunError:
    run.set_failed(error)
    return error


@contextmanager
def log_to(path: Path) -> Iterator[logging.Logger]:
    """A logger that writes the run's log."""
    log = logging.getLogger(f"seg.run.{path.parent.name}")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.FileHandler(path, encoding="utf-8")
    # The run's status says that the disk is full; logging would say it once more on standard error.
    handler.handleError = lambda record: None  # type: ignore[method-assign]
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()
