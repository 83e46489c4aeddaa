"""A server for the tests of the Train page, on which no training is really started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from seg.training import runs
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
def started(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs whose process would have been started; none is."""
    begun: list[Run] = []

    def start(run: Run) -> SimpleNamespace:
        begun.append(run)
        run.set_status(replace(run.status(), state="starting"))
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(runs, "start_process", start)
    return begun


@pytest.fixture
def active(tmp_path: Path) -> Iterator[Run]:
    """A run in the middle of its third epoch, with a process that holds its lock."""
    run = make_run(
        tmp_path, "running", 2, step=3, steps=12, eta=75.0, activity="training", photos_per_second=6.25, loss=0.4321
    )
    (run.folder / "steps.csv").write_text(LIVE + "0.5,1.2,0.5,0.3\n2.25,0.4321,0.876,0.654\n")
    with run.claim():
        yield run
