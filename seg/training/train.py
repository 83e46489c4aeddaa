"""The beginning of a training and its end: a recipe and a dataset become a run, whose status says how it ended."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from seg.data.dataset import Dataset
from seg.network.device import require_tensorflow
from seg.training.distribution import Cluster, lost_machines_told
from seg.training.errors import as_seg_error
from seg.training.folders import Folders
from seg.training.journal import Report
from seg.training.loop import Training
from seg.training.photos import check_folders
from seg.training.process import log_to
from seg.training.recipe import Recipe
from seg.training.runs import DEFAULT_FOLDER, Run, check_trainable, create_run


def train(
    recipe: Recipe | str = "demo",
    data: Dataset | str | Path | None = None,
    *,
    no_pets: str | Path | None = None,
    groups: str | Path | None = None,
    corrections: str | Path | None = None,
    runs: str | Path = DEFAULT_FOLDER,
    run: Run | None = None,
    report: Report | None = None,
) -> Run:
    """Train a recipe on a dataset, or go on with a run that was stopped; returns the run.

    ``recipe``: a Recipe or the name of one. ``data``: a Dataset, its folder, or None for the one that ``Dataset.open``
    finds. ``no_pets``: a folder of photos without pets, for recipes whose augmentation shows some (``no_pet``,
    ``far``); ``groups``: a folder of photos of groups of pets with their trimaps; one of three of each is held back.
    ``corrections``: a folder of pairs (``kept_pairs.py``), for recipes with a share of them; its test split is held
    back. ``runs``: where the run's folder is made. ``run``: a run to go on with, whose recipe and data are used.
    ``report`` is called with the status every few seconds. Ctrl-C, SIGTERM and ``Run.request_stop`` finish the step,
    save and return. With several machines (``TF_CONFIG``) the chief's run is the one that stays: the others' are
    returned when their folders are gone.

    Raises TrainingError, DatasetError, RecipeError, WeightsError, RunError, or TensorFlowError where TensorFlow is not
    installed.

    >>> from seg import Dataset, Recipe, train
    >>> tiny = {"epochs": 1, "steps": 2, "batch": 2, "size": 32}
    >>> run = train(Recipe.named("demo").override(tiny, {"validation_photos": 2, "film": False}), Dataset.open())
    >>> run.status().state, run.weights.name
    ('finished', 'weights.safetensors')
    >>> (row,) = run.history()  # one an epoch
    >>> row["epoch"], {"loss", "mean_iou", "val_mean_iou"} <= row.keys()
    (1.0, True)
    """
    require_tensorflow()
    cluster = Cluster.of_environment()
    with contextlib.ExitStack() as stack:
        if not cluster.is_chief:
            runs = stack.enter_context(tempfile.TemporaryDirectory(prefix="seg-machine-"))
            run = run and run.copied_to(Path(runs))
        return _train(recipe, data, Folders.of(no_pets, groups, corrections), Path(runs), run, report, cluster)


def _train(
    recipe: Recipe | str,
    data: Dataset | str | Path | None,
    folders: Folders,
    runs: Path,
    run: Run | None,
    report: Report | None,
    cluster: Cluster,
) -> Run:
    """``train`` on one machine of the ``cluster``."""
    dataset = None
    if run is None:
        recipe = Recipe.named(recipe) if isinstance(recipe, str) else recipe
        dataset = data if isinstance(data, Dataset) else Dataset.open(data, recipe.split_scheme)
        check_folders(recipe, dataset.classes, folders)
        run = create_run(recipe, dataset.root, dataset.title, runs, folders)
    check_trainable(run)
    with run.claim():
        run.remove_unfinished()
        run.set_status(replace(run.status(), state="starting").with_message("run.loading"))
        with log_to(run.folder / "log.txt") as log, _failure_written(run, log):
            dataset = dataset or Dataset.open(run.data["folder"], run.recipe.split_scheme)
            with lost_machines_told(cluster, run.id):
                Training(run, dataset, log, report, cluster).train()
    return run


@contextmanager
def _failure_written(run: Run, log: logging.Logger) -> Iterator[None]:
    """Write down why the block ended early, and raise it as an error with a sentence for people."""
    try:
        yield
    except KeyboardInterrupt:
        run.set_status(replace(run.status(), state="interrupted").with_message("run.ended_unsaved"))
        raise
    except Exception as exception:
        error = as_seg_error(exception)
        log.exception("failed")
        run.set_failed(error)
        if error is exception:
            raise
        raise error from exception
