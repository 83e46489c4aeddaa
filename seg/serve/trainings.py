"""Trainings that this server starts: one at a time, each in a process that outlives the server."""

from __future__ import annotations

import subprocess
import threading

from seg.data.dataset import Dataset
from seg.serve.errors import BusyError, ServerError
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import Run, runs_folder

# The processes that this server has started and not yet seen end.
_processes: dict[Run, subprocess.Popen] = {}
# Held while one visitor looks whether a run is trained and starts another: two may press the button at once.
_starting = threading.Lock()


def trained_runs() -> list[Run]:
    """Runs that have weights, newest first."""
    return [run for run in runs.list_runs(runs_folder()) if run.weights.is_file()]


def start(recipe: Recipe, dataset: Dataset) -> Run:
    """Train a recipe on a dataset. Raises BusyError while another run is trained,
    ServerError where no process can be started, RunError where the run's folder cannot be written."""
    with _starting:
        _refuse_second()
        run = runs.create_run(recipe, dataset.root, dataset.title, runs_folder())
        _launch(run)
    return run


def resume(run: Run) -> None:
    """Go on with a run that has not finished. Raises BusyError while another is trained,
    ServerError where no process can be started, RunError for a run that has finished."""
    with _starting:
        _refuse_second()
        _launch(run)


def active() -> Run | None:
    """The run that is trained now, or None; notes why a process has ended that could not do so itself."""
    for run, process in list(_processes.items()):
        if process.poll() is not None:
            _processes.pop(run, None)  # another thread may have been quicker
            runs.note_early_end(run, process.returncode)
    return runs.active_run(runs_folder())


def forget_processes() -> None:
    """Watch none of the processes started so far, as a new server would start; for tests."""
    _processes.clear()


def _refuse_second() -> None:
    run = active()
    if run:
        raise BusyError("training_active", run=run.id)


def _launch(run: Run) -> None:
    try:
        _processes[run] = runs.start_process(run)
    except OSError as error:
        run.set_failed(f"its process could not be started ({error.strerror}).")
        raise ServerError("training_process", reason=error.strerror) from None
