"""Trainings that this server starts: one at a time, each in a process that outlives the server."""

from __future__ import annotations

import threading

from seg.data.dataset import Dataset
from seg.serve import owner
from seg.serve.errors import BusyError
from seg.serve.owner import Visitor
from seg.training import runs
from seg.training.process import start_process
from seg.training.recipe import Recipe
from seg.training.runs import Run, runs_folder

# Held while one visitor looks whether a run is trained and starts another: two may press the button at once.
_starting = threading.Lock()


def trained_runs() -> list[Run]:
    """Runs that have weights, newest first."""
    return [run for run in runs.list_runs(runs_folder()) if run.weights.is_file()]


def start(visitor: Visitor, recipe: Recipe, dataset: Dataset, name: str = "") -> Run:
    """Train a recipe on a dataset; ``name`` is what people call the run.

    Raises NotOwnerError, BusyError while another run is trained, RunError where the run's folder cannot be written or
    no process can be started.
    """
    owner.require(visitor)
    with _starting:
        _refuse_second()
        run = runs.create_run(recipe, dataset.root, dataset.title, runs_folder())
        if name.strip():
            run.rename(name)
        start_process(run)
    return run


def resume(visitor: Visitor, run: Run) -> None:
    """Go on with a run that has not finished.

    Raises NotOwnerError, BusyError while another is trained, RunError for a run that has finished and where no process
    can be started.
    """
    owner.require(visitor)
    with _starting:
        _refuse_second()
        start_process(run)


def stop(visitor: Visitor, run: Run) -> None:
    """Ask a training to finish its step, save and end. Raises NotOwnerError."""
    owner.require(visitor)
    run.request_stop()


def rename(visitor: Visitor, run: Run, name: str) -> None:
    """Name a run; an empty name takes its name away. Raises NotOwnerError, RunError for a folder that is read-only."""
    owner.require(visitor)
    run.rename(name)


def delete(visitor: Visitor, run: Run) -> None:
    """Delete a run with its weights. Raises NotOwnerError, RunError while it is being trained."""
    owner.require(visitor)
    runs.delete_run(run)


def active() -> Run | None:
    """The run that is trained now, or None."""
    return runs.active_run(runs_folder())


def _refuse_second() -> None:
    run = active()
    if run:
        raise BusyError("training_active", run=run.title)
