"""A server for the tests of the Train page, on which no training is really started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from seg.serve import trainings
from seg.training.runs import Run
from tests.ui.train.helpers import make_run, weight_file

LIVE = "epoch,loss,pixel_accuracy,mean_iou\n"


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_dataset) -> None:
    """A server with weights, a small dataset and no runs yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "shipped.safetensors")))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Run]]:
    """The runs whose process would have been started; each is claimed until the test ends, and none is trained."""
    begun: list[Run] = []
    with ExitStack() as claims:

        def start(run: Run) -> None:
            begun.append(run)
            claims.enter_context(run.claim())
            run.set_status(replace(run.status(), state="starting"))

        monkeypatch.setattr(trainings, "start_process", start)
        yield begun


@pytest.fixture
def active(tmp_path: Path) -> Iterator[Run]:
    """A run in the middle of its third epoch, with a process that holds its lock."""
    run = make_run(
        tmp_path, "running", 2, step=3, steps=12, eta=75.0, activity="training", photos_per_second=6.25, loss=0.4321
    )
    (run.folder / "steps.csv").write_text(LIVE + "0.5,1.2,0.5,0.3\n2.25,0.4321,0.876,0.654\n")
    with run.claim():
        yield run
