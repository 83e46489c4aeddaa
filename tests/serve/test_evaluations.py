"""Evaluations of the server: one at a time, the same for all visitors, and what was measured of weights."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from seg.data.dataset import Dataset
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo, read_info, shipped_weights
from seg.serve import evaluations, limits, networks
from seg.serve.errors import BusyError
from seg.serve.evaluations import EvaluationProgress, Task, summary_of
from seg.serve.photos import PHOTO_QUEUE
from tests.owners import OWNER
from tests.serve.test_queue import wait_until


class Gate:
    """An engine that waits before each photo until it may go on; it takes every pixel for background."""

    name = "gate"

    def __init__(self) -> None:
        self.calls = 0
        self.is_open = threading.Event()

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.calls += 1
        assert self.is_open.wait(20)
        return np.broadcast_to(np.float32([0.1, 0.8, 0.1]), batch.shape).copy()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(networks, "segmenter", lambda path: Segmenter(gate, WeightsInfo(path, "imagenet"), size=32))
    yield gate
    gate.is_open.set()
    evaluations.evaluations.wait(20)
    evaluations.evaluations.clear()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "pets.safetensors"
    path.write_bytes(b"a path and a time")
    return path


@pytest.fixture
def dataset(small_dataset: Callable[..., Path]) -> Dataset:
    return Dataset.open(small_dataset())


def test_the_same_task_is_measured_once_and_its_report_is_kept(weights, dataset, gate):
    task = Task.of(weights, dataset, "all", None)
    assert evaluations.report(task) is None
    for _ in range(3):
        evaluations.start(Task.of(weights, dataset, "all", None))
    gate.is_open.set()
    evaluations.evaluations.wait(20)
    assert gate.calls == 8
    assert len(evaluations.report(task).scores) == 8


def test_tasks_run_one_after_another(weights, dataset, gate):
    tasks = [Task.of(weights, dataset, split, None) for split in ("train", "test", "all")]
    for task in tasks:
        evaluations.start(task)
    assert sum(evaluations.job(task).state == "waiting" for task in tasks) >= 2
    gate.is_open.set()
    evaluations.evaluations.wait(20)
    assert [evaluations.job(task).state for task in tasks] == ["done"] * 3


def test_an_evaluation_waits_in_the_line_of_the_photos_and_is_stopped_there(weights, dataset, gate):
    gate.is_open.set()
    task = Task.of(weights, dataset, "all", None)
    with ExitStack() as all_places:
        for _ in range(limits.PHOTOS_AT_ONCE):
            all_places.enter_context(PHOTO_QUEUE.turn())
        evaluations.start(task)
        wait_until(lambda: len(PHOTO_QUEUE) == 1)
        assert gate.calls == 0
    evaluations.evaluations.wait(20)
    assert (gate.calls, evaluations.job(task).state) == (8, "done")

    task = Task.of(weights, dataset, "test", None)
    with ExitStack() as all_places:
        for _ in range(limits.PHOTOS_AT_ONCE):
            all_places.enter_context(PHOTO_QUEUE.turn())
        evaluations.start(task)
        wait_until(lambda: len(PHOTO_QUEUE) == 1)
        evaluations.stop(OWNER, [task])
        evaluations.evaluations.wait(20)
        assert evaluations.job(task).state == "stopped"
        assert len(PHOTO_QUEUE) == 0


def test_a_stop_ends_after_the_photo_in_hand_and_at_once_for_what_waits_behind_it(weights, dataset, gate):
    running, waiting = (Task.of(weights, dataset, split, None) for split in ("all", "test"))
    evaluations.start(running)
    wait_until(lambda: gate.calls == 1)
    evaluations.start(waiting)
    opening = threading.Timer(0.1, gate.is_open.set)
    opening.start()
    evaluations.stop(OWNER, [running, waiting])
    assert [evaluations.job(task).state for task in (running, waiting)] == ["stopped", "stopped"]
    assert gate.calls == 1
    opening.join()


def test_weights_that_were_replaced_while_they_waited_are_not_measured_under_their_old_name(weights, dataset, gate):
    first, second = (Task.of(weights, dataset, split, None) for split in ("all", "test"))
    evaluations.start(first)
    wait_until(lambda: gate.calls == 1)
    evaluations.start(second)
    weights.write_bytes(b"other weights")
    os.utime(weights, ns=(1, 1))
    gate.is_open.set()
    evaluations.evaluations.wait(20)
    assert evaluations.job(first).state == "done", "its network was in memory"
    assert evaluations.job(second).state == "failed"
    assert evaluations.job(second).error.code == "weights_replaced"


def test_too_many_waiting_tasks_are_refused(weights, dataset, gate):
    tasks = [Task.of(weights, dataset, "all", limit) for limit in range(1, limits.EVALUATIONS_WAITING + 3)]
    for task in tasks[:-1]:
        evaluations.start(task)
    with pytest.raises(BusyError, match="queue is full"):
        evaluations.start(tasks[-1])


def test_a_limit_beyond_the_split_stands_for_all_its_photos(weights, dataset):
    assert Task.of(weights, dataset, "all", 24).key == Task.of(weights, dataset, "all", None).key
    assert Task.of(weights, dataset, "all", 3).key != Task.of(weights, dataset, "all", None).key


def test_the_shipped_weights_are_summed_up_by_the_report_beside_them():
    summary = summary_of(read_info(shipped_weights()))
    assert (summary.split, summary.photos) == ("test", 460)
    assert summary.mean_iou == pytest.approx(0.8058, abs=0.0003)


@pytest.mark.parametrize(
    ("metadata", "summary"),
    [
        ({"metrics": {"mean_iou": 0.5, "split": "validation", "photos": 13}}, (0.5, "validation", 13)),
        ({"figures": {"mean_iou": 0.5, "measured_on": "13 validation photos"}}, None),
        ({"metrics": {"mean_iou": None, "split": "validation", "photos": 13}}, None),
        ({"metrics": "?"}, None),
    ],
)
def test_other_weights_are_summed_up_by_their_header(weights, metadata, summary):
    assert summary_of(WeightsInfo(weights, "imagenet", metadata=metadata)) == summary


def test_an_estimate_waits_for_enough_photos_and_leaves_the_first_out():
    assert EvaluationProgress(1, 100, 0.0).eta is None
    assert EvaluationProgress(40, 100, 1.0).eta is None  # too short a time to tell
    assert EvaluationProgress(5, 100, 60.0).eta is None  # too few photos to tell
    assert EvaluationProgress(41, 100, 20.0).eta == pytest.approx(29.5)
