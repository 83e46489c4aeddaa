"""Trainings of the narrow network that a test watches and stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seg.training import loop
from seg.training.recipe import Recipe
from seg.training.runs import Run, create_run
from seg.training.status import Status
from seg.training.train import train
from tests.narrow import EVERYTHING, tiny_phase, tiny_recipe

# Two epochs with a frozen encoder, two with everything that a phase can ask for; three steps each.
FROZEN = tiny_phase(epochs=2)
TWO_PHASES = tiny_recipe(FROZEN, tiny_phase(epochs=2, **EVERYTHING), ema_decay=0.9)
METRICS = ("loss", "pixel_accuracy", "iou_pet", "iou_background", "iou_border", "mean_iou")


@dataclass
class Watched:
    """A run and every status that it reported."""

    run: Run
    statuses: list[Status] = field(default_factory=list)

    def train(self, at: Callable[[Status], object] | None = None) -> Watched:
        """Train, or go on; ``at`` is called with every status, while the training waits."""

        def report(status: Status) -> None:
            self.statuses.append(status)
            if at:
                at(status)

        train(run=self.run, report=report)
        return self

    def stopping_after(self, epoch: int, step: int) -> Watched:
        """Train until a stop that is asked for after ``step`` of ``epoch``: one step later the training ends."""
        return self.train(lambda status: self.run.request_stop() if reached(status, epoch, step) else None)


def reached(status: Status, epoch: int, step: int) -> bool:
    return (status.activity, status.epoch + 1, status.step) == ("training", epoch, step)


def new_run(recipe: Recipe, pets: Path, folder: Path) -> Watched:
    return Watched(create_run(recipe, pets, "tiny pets", folder))


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".tmp"))]


@contextmanager
def reporting_every_step() -> Iterator[None]:
    """Within the block a training reports at every step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "REPORT_EVERY", 0.0)
        yield
