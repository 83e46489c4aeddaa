"""What a run has learned from corrections, measured in the background, and how much of it is used."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seg import metrics
from seg.data.dataset import Dataset, DatasetError
from seg.data.kept_pairs import PairFolder
from seg.evaluation.evaluate import Report, evaluate
from seg.inference.segmenter import Segmenter
from seg.serve import limits, owner
from seg.serve.jobs import Job, Jobs
from seg.serve.owner import Visitor
from seg.serve.photos import PHOTO_QUEUE
from seg.training import blend
from seg.training.blend import SHARES, Blend, Quality
from seg.training.runs import Run

# Fewer photos than this say little: one more that is right moves their mean by more than most trainings do.
FEW_HELD_OUT = 5

# Makes what is entered for each photo.
Turn = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class LearningProgress:
    """``done`` of ``photos`` are measured, each of them once for every share."""

    done: int
    photos: int


measurements: Jobs[LearningProgress] = Jobs("learning", limits.EVALUATIONS_WAITING)


def measure(
    run: Run, progress: Callable[[int, int], None] = lambda done, photos: None, turn: Turn = nullcontext
) -> list[Blend]:
    """Measure a run at every share of what it learned, and write it into the run's folder.

    On the corrections that are held out now, and on the dataset's photos for testing, ``MEASURED_PHOTOS`` of each at
    most, by the same engine for every share: the weights that ship would be measured in int8 otherwise. ``progress`` is
    called with the photos done and all of them. Raises RunError for a run that has no blends, WeightsError, PhotoError,
    OSError.
    """
    blend.require_blends(run)
    corrections = run.data["corrections"]
    predicted = PairFolder(Path(corrections)).predicted()
    sets = _for_testing(corrections), _for_testing(run.data["folder"], run.recipe.split_scheme)
    counts = [min(len(dataset.split("test")), limits.MEASURED_PHOTOS) if dataset else 0 for dataset in sets]
    photos, done = len(SHARES) * sum(counts), 0

    def note(photo: int, of: int) -> None:
        nonlocal done
        done += 1
        progress(done, photos)

    blends = []
    with tempfile.TemporaryDirectory(prefix="seg-blend-") as folder:
        for share in SHARES:
            file = Path(folder) / "blend.safetensors"
            blend.write_blend(run, share, file)
            network = Segmenter.load(file, "openvino")
            held_out, of_dataset = (
                _quality(evaluate(network, dataset, progress=note, limit=limits.MEASURED_PHOTOS, turn=turn), names)
                if dataset
                else None
                for dataset, names in zip(sets, (predicted, set()), strict=True)
            )
            blends.append(Blend(share, held_out, of_dataset))
    blend.keep_measured(run, blends)
    return blends


def _for_testing(folder: str, scheme: str | None = None) -> Dataset | None:
    """A dataset with photos for testing; None for a folder that has none, or has gone since the run."""
    try:
        dataset = Dataset.open(folder, scheme)
    except DatasetError:
        return None
    return dataset if dataset.split("test") else None


def _quality(report: Report, predicted: set[str]) -> Quality:
    """What a report says, and how many of its photos are among those named in ``predicted``."""
    subject = report.classes.subject
    iou = metrics.iou_by_class(report.confusion)[subject.label] if subject else float("nan")
    return Quality(
        report.mean_iou, float(iou), len(report.scores), sum(score.name in predicted for score in report.scores)
    )


def job(run: Run) -> Job[LearningProgress] | None:
    """The measurement of a run that was started last; None where there was none."""
    return measurements.job(run.id)


def start(visitor: Visitor, run: Run) -> None:
    """Measure a run; nothing happens while it is measured. Raises NotOwnerError, BusyError where too many wait."""
    owner.require(visitor)

    def work(job: Job[LearningProgress]) -> None:
        def turn() -> AbstractContextManager[None]:
            """A place in the line in which photos wait, so that no visitor waits for more than a photo."""
            return PHOTO_QUEUE.turn(lambda ahead: job.stop_here())

        measure(run, lambda done, photos: job.report(LearningProgress(done, photos)), turn)

    measurements.start(run.id, work)


def stop(visitor: Visitor, run: Run) -> None:
    """Stop a measurement at its next photo. Raises NotOwnerError."""
    owner.require(visitor)
    known = job(run)
    if known:
        known.stop()


def use(visitor: Visitor, run: Run, share: float) -> None:
    """Use a share of what a run has learned, wherever its weights are used.

    Raises NotOwnerError, RunError for a run that has no blends, WeightsError, OSError.
    """
    owner.require(visitor)
    blend.use(run, share)
