"""The state of a training, written and read: everything that a resumed run needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seg.classes import Classes
from seg.network.weights import WeightsInfo
from seg.training.errors import TrainingError
from seg.training.model import Model
from seg.training.recipe import Recipe
from seg.training.step import TrainingStep


@dataclass
class EpochSums:
    """What the steps of an epoch add up to: losses, seconds, and the confusion matrix, int64 ``(C, C)``."""

    confusion: np.ndarray
    loss: float = 0.0
    seconds: float = 0.0

    @classmethod
    def zero(cls, classes: Classes) -> EpochSums:
        return cls(np.zeros((len(classes), len(classes)), np.int64))

    def add(self, loss: float, confusion: np.ndarray, seconds: float) -> None:
        self.loss += loss
        self.confusion += confusion
        self.seconds += seconds


@dataclass
class Progress:
    """Where a training stands between two steps, and what it has measured; its tensors are not part of it.

    ``phase``: of the recipe; ``epoch``: within the phase; ``step``: within the epoch; each is the number of those that
    are finished. ``sums``: of the steps of an epoch that is not finished. ``history``: one row for each finished epoch.
    """

    phase: int = 0
    epoch: int = 0
    step: int = 0
    sums: EpochSums | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    best_mean_iou: float | None = None
    best_epoch: int | None = None
    seconds: float = 0.0

    def begin_epoch_anew(self) -> None:
        self.step, self.sums = 0, None

    def end_epoch(self) -> None:
        self.epoch, self.step, self.sums = self.epoch + 1, 0, None

    def end_phase(self) -> None:
        self.phase, self.epoch, self.step = self.phase + 1, 0, 0


def write_checkpoint(
    path: Path, model: Model, step: TrainingStep, progress: Progress, recipe: Recipe, classes: Classes
) -> None:
    """Write the network, its moving average, the optimizers and ``progress`` to a file, complete or not at all.

    Raises OSError.
    """
    from seg.network.weights import as_array, get_tensors, save_tensors

    tensors = get_tensors(model.network)
    for index, mean in enumerate(step.average.means):
        tensors[f"average/{index}"] = as_array(mean)
    for name, variable in step.optimizer_variables().items():
        tensors[name] = np.atleast_1d(as_array(variable))
    sums = progress.sums
    metadata = {
        "position": {"phase": progress.phase, "epoch": progress.epoch, "step": progress.step},
        "partial": {"loss": sums.loss, "seconds": sums.seconds, "confusion": sums.confusion.tolist()} if sums else {},
        "history": progress.history,
        "averaged_steps": step.average.steps,
        "best": [progress.best_mean_iou, progress.best_epoch],
        "seconds": progress.seconds,
    }
    save_tensors(tensors, path, recipe.scaling, metadata, classes, dtype="float32")


def is_state(info: WeightsInfo) -> bool:
    """Whether a file is what ``write_checkpoint`` writes: a network without the average that is validated."""
    return "position" in info.metadata


def read_checkpoint(
    path: Path, model: Model, step: TrainingStep, recipe: Recipe
) -> tuple[Progress, dict[str, np.ndarray]]:
    """Give the network and its moving average what a file has; returns the progress, and the optimizers' tensors.

    The optimizers are made with their phase: ``restore_optimizers`` gives them their tensors. Raises WeightsError,
    TrainingError for a file that is no state, and for one of other classes than the model's.
    """
    from seg.network.weights import read_info, read_tensors, set_tensors

    info = read_info(path)
    if not is_state(info):
        raise TrainingError("training_no_state", name=path)
    if info.classes != model.classes:
        raise TrainingError("training_other_classes", run=path.parent.name)
    state = info.metadata
    tensors = read_tensors(path)
    extra = {name: tensors.pop(name) for name in list(tensors) if name.startswith(("average/", "optimizer/"))}
    set_tensors(model.network, tensors, path)
    for index, mean in enumerate(step.average.means):
        mean.assign(extra.pop(f"average/{index}"))
    step.average.steps = state["averaged_steps"]
    partial, sums = state["partial"], None
    if partial:
        sums = EpochSums(np.array(partial["confusion"], np.int64), partial["loss"], partial["seconds"])
    best_mean_iou, best_epoch = state["best"]
    progress = Progress(
        **state["position"],
        sums=sums,
        history=state["history"],
        best_mean_iou=best_mean_iou,
        best_epoch=best_epoch,
        seconds=state["seconds"],
    )
    if progress.epoch == recipe.phases[progress.phase].epochs:
        # The phase is finished: the next one makes other optimizers.
        progress.end_phase()
        extra = {}
    return progress, extra


def restore_optimizers(step: TrainingStep, tensors: dict[str, np.ndarray]) -> None:
    """Give the optimizers of a phase the tensors that ``read_checkpoint`` returned; none where the phase begins."""
    for name, variable in step.optimizer_variables().items():
        if name in tensors:  # a run that goes on with float16, on a GPU, begins to scale its loss
            variable.assign(tensors[name].reshape(variable.shape).astype(variable.dtype))
