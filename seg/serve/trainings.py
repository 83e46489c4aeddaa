"""Trainings that this server starts: one at a time, each in a process that outlives the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import safe_open
from safetensors.numpy import load, save

from seg.data.dataset import Dataset
from seg.files import folder_size
from seg.network.device import require_tensorflow
from seg.network.weights import read_info
from seg.serve import limits, owner
from seg.serve.errors import BusyError
from seg.serve.owner import Visitor
from seg.training import runs
from seg.training.folders import Folders
from seg.training.photos import check_folders
from seg.training.process import start_process
from seg.training.recipe import Recipe, without_paths
from seg.training.runs import Run, RunError, runs_folder

TRIAL = ".trial"  # folder among the runs
STARTING = 60.0  # seconds that a training may take to start before another visitor is sent away


def known_runs(visitor: Visitor) -> list[Run]:
    """The runs that a visitor may see, newest first: private ones show photos of the owner's, who alone sees them."""
    known = runs.list_runs(runs_folder())
    return known if owner.is_owner(visitor) else [run for run in known if not run.is_private]


def trained_runs(visitor: Visitor) -> list[Run]:
    """Those of them that have weights."""
    return [run for run in known_runs(visitor) if run.weights.is_file()]


def weights_for_visitors(run: Run) -> bytes:
    """A run's weight file without paths of this machine, which runs of earlier versions have in its header.

    Raises WeightsError, OSError.
    """
    data = run.weights.read_bytes()
    metadata = read_info(run.weights).metadata
    recipe = metadata.get("recipe")
    if not isinstance(recipe, dict) or without_paths(recipe) == recipe:
        return data
    with safe_open(run.weights, framework="numpy") as file:
        header = file.metadata()
    return save(load(data), header | {"recipe": json.dumps(without_paths(recipe))})


def start(visitor: Visitor, recipe: Recipe, dataset: Dataset, name: str = "", corrections: Path | None = None) -> Run:
    """Train a recipe on a dataset; ``name`` is what people call the run, ``corrections`` a folder of pairs.

    Raises NotOwnerError, TensorFlowError where TensorFlow is not installed, BusyError while another run is trained or
    started and where there are too many, RunError where the run's folder cannot be written or no process can be
    started, DatasetError and RecipeError for corrections that the recipe cannot learn from.
    """
    owner.require(visitor)
    require_tensorflow()
    folders = Folders(corrections=corrections)
    check_folders(recipe, dataset.classes, folders)
    with alone():
        _refuse_too_many()
        run = runs.create_run(recipe, dataset.root, dataset.title, runs_folder(), folders)
        if name.strip():
            run.rename(name)
        start_process(run)
    return run


def resume(visitor: Visitor, run: Run) -> None:
    """Go on with a run that has not finished.

    Raises NotOwnerError, BusyError while another is trained or started, RunError for a run that has finished and where
    no process can be started.
    """
    owner.require(visitor)
    with alone():
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


def active(visitor: Visitor) -> Run | None:
    """The run that is trained now, or None where there is none that the visitor may see."""
    run = runs.active_run(runs_folder())
    return run if run and (owner.is_owner(visitor) or not run.is_private) else None


def trial_run() -> Run:
    """The trial of a mistake (``trials.py``), which trains too; its folder may be missing. It is none of the runs."""
    return Run(runs_folder() / TRIAL)


@contextmanager
def alone() -> Iterator[None]:
    """Within the block nobody else starts a training: two visitors may press the button at once, also of two servers
    that share a folder of runs. Raises what ``start`` raises."""
    folder = runs_folder()
    lock = FileLock(folder / ".starting.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=STARTING)
    except Timeout:
        raise BusyError("training_starting") from None
    except OSError as error:
        raise RunError("run_folder", folder=folder, reason=error.strerror) from None
    try:
        run = runs.active_run(runs_folder())
        if run:
            raise BusyError("training_active", run=run.title)
        if trial_run().status().state in runs.ACTIVE:
            raise BusyError("trial_active")
        yield
    finally:
        lock.release()


def _refuse_too_many() -> None:
    """Raises BusyError where the runs are as many, or take as much disk, as they may."""
    folder = runs_folder()
    if len(runs.list_runs(folder)) >= limits.MOST_RUNS:
        raise BusyError("runs_many", most=str(limits.MOST_RUNS))
    if folder_size(folder) >= limits.RUNS_GIGABYTES * limits.GIGA:
        raise BusyError("runs_large", most=str(limits.RUNS_GIGABYTES))
