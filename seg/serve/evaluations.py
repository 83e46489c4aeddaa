"""Evaluations that the server owns: one at a time in a thread, the same for all visitors, remembered over a restart."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from seg.data.dataset import Dataset, cache_folder
from seg.errors import SegError
from seg.evaluation.evaluate import Report, evaluate
from seg.training.runs import write_atomically
from seg.ui.shared import server
from seg.ui.shared.language import t

MOST_WAITING = 4  # evaluations in the queue: a server is shared
KEPT = 32  # reports in memory, and ended evaluations whose outcome is still told
KEPT_FILES = 200  # reports in the cache folder; some 200 KB each for 1,000 photos

# Goes up when an evaluation finds other figures than before, so that what was remembered is measured anew.
VERSION = 1

_log = logging.getLogger("seg.ui")


class EvaluationError(ValueError):
    """An evaluation that cannot be started; ``str`` is one sentence for people."""


class _Stopped(Exception):
    """Raised from the evaluation's progress when somebody has stopped it."""


@dataclass(frozen=True)
class Task:
    """What is evaluated: a weight file on at most ``limit`` photos (all when None) of a part of a dataset."""

    weights: Path
    dataset: Dataset = field(repr=False, compare=False)
    part: str
    limit: int | None
    key: str

    @classmethod
    def of(cls, weights: Path, dataset: Dataset, part: str, limit: int | None) -> Task:
        """``key`` stands for the contents: changed weights or other photos make another task."""
        samples = dataset.split(part)
        if limit and limit >= len(samples):
            limit = None
        facts = [
            VERSION,
            str(weights.resolve()),
            weights.stat().st_mtime_ns,
            str(dataset.root.resolve()),
            part,
            limit,
            [(sample.name, sample.size, sample.counts) for sample in samples],
        ]
        return cls(weights, dataset, part, limit, hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32])

    @property
    def photos(self) -> int:
        return self.limit or len(self.dataset.split(self.part))


@dataclass
class Job:
    """A task on its way.

    ``state``: waiting, loading, running, done, stopped or failed; ``done`` counts photos; ``began`` is when the first
    photo was begun, in seconds of ``time.monotonic``; ``message`` says in one sentence why it failed.
    """

    task: Task
    state: str = "waiting"
    done: int = 0
    began: float = 0.0
    message: str = ""
    stopping: bool = False

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "loading", "running")

    @property
    def eta(self) -> float | None:
        """Seconds to go, or None while nothing is known."""
        if not self.done:
            return None
        return (time.monotonic() - self.began) / self.done * (self.task.photos - self.done)


class Evaluations:
    """The evaluations of this server, one after another, and their reports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._reports: OrderedDict[str, Report] = OrderedDict()
        self._thread: threading.Thread | None = None

    def report(self, task: Task) -> Report | None:
        """What was measured, by this server or one before it; None where nothing was yet."""
        with self._lock:
            report = self._reports.get(task.key) or _read(task)
            if report:
                self._keep(task, report)
        return report

    def job(self, task: Task) -> Job | None:
        """The evaluation under way, or the last one that was stopped or failed; None where there was none."""
        return self._jobs.get(task.key)

    def start(self, task: Task) -> None:
        """Queue an evaluation; nothing happens while the same one is under way: two visitors may press at once.

        Raises EvaluationError when too many wait.
        """
        with self._lock:
            known = self._jobs.get(task.key)
            if known and known.active:
                return
            if sum(job.active for job in self._jobs.values()) > MOST_WAITING:
                raise EvaluationError(t("results.too_many"))
            self._jobs.pop(task.key, None)
            self._jobs[task.key] = Job(task)
            if self._thread is None:
                # A daemon: a server that is told to end does not wait for it.
                self._thread = threading.Thread(target=self._work, daemon=True, name="evaluation")
                self._thread.start()

    def stop(self, task: Task) -> None:
        """Stop after the photos in hand, for every visitor who watches."""
        job = self.job(task)
        if job:
            job.stopping = True

    def wait(self, seconds: float) -> None:
        """Until nothing is under way, or until the time is up."""
        thread = self._thread
        if thread:
            thread.join(seconds)

    def _work(self) -> None:
        while job := self._next():
            self._run(job)

    def _next(self) -> Job | None:
        with self._lock:
            for key in [key for key, job in self._jobs.items() if not job.active][:-KEPT]:
                del self._jobs[key]
            job = next((job for job in self._jobs.values() if job.state == "waiting"), None)
            if job is None:
                self._thread = None
            return job

    def _run(self, job: Job) -> None:
        task = job.task

        def tell(done: int, total: int) -> None:
            job.done = done
            if job.stopping:
                raise _Stopped

        try:
            tell(0, task.photos)
            job.state = "loading"
            network = server.segmenter(task.weights)
            job.state, job.began = "running", time.monotonic()
            tell(0, task.photos)
            report = evaluate(network, task.dataset, task.part, progress=tell, limit=task.limit)
            # Visitors download the report: where the server keeps its files is not for them.
            report = replace(report, weights="/".join(task.weights.parts[-2:]))
            with self._lock:
                self._keep(task, report)
            _write(task, report)
            job.state = "done"
        except _Stopped:
            job.state = "stopped"
        except (ValueError, SegError) as error:
            _log.warning("%s", error)
            job.state, job.message = "failed", str(error)
        except Exception:
            _log.exception("an evaluation failed")
            job.state = "failed"

    def _keep(self, task: Task, report: Report) -> None:
        self._reports[task.key] = report
        self._reports.move_to_end(task.key)
        while len(self._reports) > KEPT:
            self._reports.popitem(last=False)


@st.cache_resource(show_spinner=False)
def the_evaluations() -> Evaluations:
    return Evaluations()


def _file(task: Task) -> Path:
    return cache_folder() / "results" / f"{task.key}.json"


def _read(task: Task) -> Report | None:
    try:
        told: dict[str, Any] = json.loads(_file(task).read_text())
        return Report.from_dict(told, task.dataset.classes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Not there, cut short, or of another version: it is measured again.
        return None


def _write(task: Task, report: Report) -> None:
    file = _file(task)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(report.as_dict()))
        by_age = sorted(file.parent.glob("*.json"), key=lambda other: other.stat().st_mtime)
        for old in by_age[:-KEPT_FILES]:
            old.unlink(missing_ok=True)
    except OSError as error:
        # A cache that cannot be written costs time after the next start, nothing else.
        _log.warning("the report is not kept: %s", error)
