"""Evaluations in the background: one at a time, the same for all visitors, remembered after a restart."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from seg.data.dataset import Dataset
from seg.evaluation.evaluate import Report, evaluate
from seg.evaluation.stored import report_of, store_report
from seg.files import cache_folder, write_file
from seg.network.weights import RUN_WEIGHTS, WeightsError, WeightsInfo
from seg.serve import limits, networks, owner
from seg.serve.caches import Cache
from seg.serve.jobs import Job, Jobs
from seg.serve.owner import Visitor
from seg.serve.photos import PHOTO_QUEUE

# Goes up when an evaluation measures something else than before, so that remembered reports are measured anew.
VERSION = 2

# An estimate of the time to go rests on so many photos and seconds at least.
LEAST_PHOTOS, LEAST_SECONDS = 12, 3.0

# A visitor who presses Stop waits so long at most for the photo in hand before the page says that it is stopping.
SECONDS_STOPPING = 1.0

_log = logging.getLogger("seg.serve")


@dataclass(frozen=True)
class Task:
    """What is evaluated: a weight file on at most ``limit`` photos (all when None) of a split of a dataset."""

    weights: Path
    dataset: Dataset = field(repr=False, compare=False)
    split: str
    limit: int | None
    key: str

    @classmethod
    def of(cls, weights: Path, dataset: Dataset, split: str, limit: int | None) -> Task:
        """``key`` stands for the contents: changed weights or other photos make another task."""
        samples = dataset.split(split)
        if limit and limit >= len(samples):
            limit = None
        facts = [
            VERSION,
            str(weights.resolve()),
            weights.stat().st_mtime_ns,
            str(dataset.root.resolve()),
            split,
            limit,
            [(sample.name, sample.size, sample.counts) for sample in samples],
        ]
        return cls(weights, dataset, split, limit, hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32])

    def is_current(self) -> bool:
        """Whether the weight file is still the one that ``key`` stands for. Raises OSError where it has gone."""
        return Task.of(self.weights, self.dataset, self.split, self.limit).key == self.key

    @property
    def photos(self) -> int:
        """How many photos are measured."""
        return self.limit or len(self.dataset.split(self.split))


@dataclass(frozen=True)
class EvaluationProgress:
    """``done`` of ``photos`` are measured, the last of them ``seconds`` after the first.

    The first photo is not timed: the network is compiled for it.
    """

    done: int
    photos: int
    seconds: float = 0.0

    @property
    def eta(self) -> float | None:
        """Seconds to go, or None before enough photos are measured."""
        if self.done <= LEAST_PHOTOS or self.seconds < LEAST_SECONDS:
            return None
        return self.seconds / (self.done - 1) * (self.photos - self.done)


evaluations: Jobs[EvaluationProgress] = Jobs("evaluation", limits.EVALUATIONS_WAITING)


def _bytes(report: Report) -> int:
    # A photo's score takes some 400 bytes in memory, a confusion matrix of three classes 200.
    confusions = 2 + len(report.confusion_by_breed) + len(report.confusion_by_species)
    return 400 * len(report.scores) + (128 + report.confusion.nbytes) * confusions


_reports: Cache[Report] = Cache(limits.memory_for("reports"), _bytes)


class _NoReport(Exception):
    """There is no file of a report, or none that can be read."""


def report(task: Task) -> Report | None:
    """What this server or one before it has measured; None where nothing was measured yet."""
    try:
        return _reports.get(task.key, lambda: _read(task))
    except _NoReport:
        return None


def job(task: Task) -> Job[EvaluationProgress] | None:
    """The evaluation that waits or runs, or the last one; None where there was none.

    While the network is loaded, ``progress`` of a running job is None.
    """
    return evaluations.job(task.key)


def start(task: Task) -> None:
    """Queue an evaluation; nothing happens while the same one waits or runs. Raises BusyError where too many wait."""

    def work(job: Job[EvaluationProgress]) -> None:
        network = networks.segmenter(task.weights)
        if not task.is_current():
            # While the task waited, the file was replaced: its report would stand under the name of other weights.
            raise WeightsError("weights_replaced", path=task.weights.name)
        first_done = 0.0

        def note(done: int, photos: int) -> None:
            nonlocal first_done
            if done <= 1:
                first_done = time.monotonic()
            job.report(EvaluationProgress(done, photos, time.monotonic() - first_done))

        def turn() -> AbstractContextManager[None]:
            """A place in the line in which photos wait, so that no visitor waits for more than a photo."""
            return PHOTO_QUEUE.turn(lambda ahead: job.stop_here())

        note(0, task.photos)
        measured = evaluate(network, task.dataset, task.split, progress=note, limit=task.limit, turn=turn)
        # Visitors download the report: they need not know where the server keeps its files.
        measured = replace(measured, weights="/".join(task.weights.parts[-2:]))
        _reports.put(task.key, measured)
        _write(task, measured)
        _store_in_run(task, measured)

    evaluations.start(task.key, work)


def stop(visitor: Visitor, tasks: Iterable[Task]) -> None:
    """Stop evaluations after the photo that is in the network, for everyone who watches.

    Returns once they have ended, after SECONDS_STOPPING at the latest. Raises NotOwnerError.
    """
    owner.require(visitor)
    stopped = [known for task in tasks if (known := job(task))]
    for known in stopped:
        known.stop()
    until = time.monotonic() + SECONDS_STOPPING
    for known in stopped:
        known.wait(until - time.monotonic())


class Summary(NamedTuple):
    """How good weights are: mean IoU in [0, 1], the split it was measured on, and its number of photos."""

    mean_iou: float
    split: str
    photos: int


def summary_of(weights: WeightsInfo) -> Summary | None:
    """What was measured of weights, by the report beside them, else by their header; None where neither says it."""
    report = report_of(weights.path)
    if report:
        return Summary(report.mean_iou, report.split, len(report.scores))
    try:
        metrics = weights.metrics
        return Summary(float(metrics["mean_iou"]), str(metrics["split"]), int(metrics["photos"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _file(task: Task) -> Path:
    return cache_folder() / "results" / f"{task.key}.json"


def _read(task: Task) -> Report:
    try:
        return Report.from_dict(json.loads(_file(task).read_text(encoding="utf-8")), task.dataset.classes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Missing, cut short, or of another version: it is measured again.
        raise _NoReport from None


def _write(task: Task, measured: Report) -> None:
    file = _file(task)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(file, json.dumps(measured.as_dict()))
        by_age = sorted(file.parent.glob("*.json"), key=lambda other: other.stat().st_mtime)
        for old in by_age[: -limits.REPORT_FILES]:
            old.unlink(missing_ok=True)
    except OSError as error:
        # A cache that cannot be written costs time after the next start, nothing else.
        _log.warning("the report is not kept: %s", error)


def _store_in_run(task: Task, measured: Report) -> None:
    """Store the report of a complete test split in the run's folder, unless one of as many other photos is there."""
    if task.weights.name != RUN_WEIGHTS or task.split != "test" or task.limit is not None:
        return
    try:
        if not task.is_current():
            return  # the training goes on: the file holds other weights now
        stored = report_of(task.weights)
        if not stored or stored.dataset == measured.dataset or len(stored.scores) < len(measured.scores):
            store_report(measured, task.weights)
    except OSError as error:
        _log.warning("the report is not stored beside its weights: %s", error)
