"""Trainings that this server starts: one at a time, each in a process that outlives the server."""

from __future__ import annotations

import threading

from seg.data.dataset import Dataset
from seg.serve.errors import BusyError
from seg.training import runs
from seg.training.process import start_process
from seg.training.recipe import Recipe
from seg.training.runs import Run, runs_folder

# Held while one visitor looks whether a run is trained and starts another: two may press the button at once.
_starting = threading.Lock()


def trained_runs() -> list[Run]:
    """Runs that have weights, newest first."""
    return [run for run in runs.list_runs(runs_folder()) if run.weights.is_file()]


def start(recipe: Recipe, dataset: Dataset, name: str = "") -> Run:
    """Train a recipe on a dataset; ``name`` is what people call the run.

    Raises BusyError while another run is trained, RunError where the run's folder cannot be written or no process can
    be started.
    """
    with _starting:
        _refuse_second()
        run = runs.create_run(recipe, dataset.root, dataset.title, runs_folder())
        if name.strip():
            run.rename(name)
        start_process(run)
    return run


def resume(run: Run) -> None:
    """Go on with a run that has not finished. Raises BusyError while another is trained, RunError for a run that has
    finished and where no process can be started."""
    with _starting:
        _refuse_second()
        start_process(run)


def active() -> Run | None:
    """The run that is trained now, or None."""
    return runs.active_run(runs_folder())


def _refuse_second() -> None:
    run = active()
    if run:
        raise BusyError("training_active", run=run.title)
