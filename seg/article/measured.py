"""What was measured of the article's training and of its corrections: the numbers that pages and texts show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("measured.json")


@dataclass(frozen=True)
class Measurement:
    """Mean IoU and pixel accuracy, in [0, 1], of test photos at 224 px after so many epochs of a training.

    ``training``: written (the article as written), meant (as the article meant it), folded (ImageNet preprocessing with
    the scale folded, encoder frozen), small_as_is and small_folded (everything trained at 128 px, with VGG16's scale as
    it is or folded), tuned (everything trained, folded, at 128, 192, then 224 px). Two cores, TensorFlow 2.21; the
    first three on the article's split scheme.
    """

    training: str
    epochs: int
    mean_iou: float
    pixel_accuracy: float


def measurements() -> tuple[Measurement, ...]:
    """All of them, in the order in which a table shows them."""
    return tuple(Measurement(**row) for row in _measured()["trainings"])


def mean_iou_by_epoch(training: str) -> dict[int, float]:
    """The learning curve of a training: mean IoU by epoch. Raises KeyError for a training that was not measured."""
    curve = {row.epochs: row.mean_iou for row in measurements() if row.training == training}
    if not curve:
        raise KeyError(training)
    return curve


def first_losses() -> dict[str, float]:
    """The loss of the first step with a fresh decoder: as_is (VGG16's scale), folded, guessing (the logarithm of 3)."""
    return _measured()["first_losses"]


def comparison() -> dict[str, Any]:
    """What ``seg.article.comparison.compare`` measured with two epochs at 128 px on 1,106 photos."""
    return _measured()["comparison"]


@cache
def _measured() -> dict[str, Any]:
    return json.loads(_FILE.read_text(encoding="utf-8"))
