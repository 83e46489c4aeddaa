"""The trial of a mistake on a server: for its owner, and never beside a training."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace

import pytest

from seg.data.dataset import Dataset
from seg.serve import trainings, trials
from seg.serve.errors import BusyError
from seg.serve.owner import NotOwnerError
from seg.training.recipe import Recipe
from seg.training.runs import create_run
from tests.owners import OWNER, STRANGER


@pytest.fixture
def launched(tmp_path, monkeypatch):
    """The folders of the trials that would have been trained; each is claimed until the test ends."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    folders = []
    with ExitStack() as claims:

        def launch(run, module) -> None:
            assert module == "seg.article"
            folders.append(run.folder)
            claims.enter_context(run.claim())
            run.set_status(replace(run.status(), state="running"))

        monkeypatch.setattr(trials, "launch", launch)
        yield folders


def test_a_trial_is_started_once_and_keeps_trainings_away(launched, small_dataset):
    trials.start(OWNER, "scaling")
    assert launched == [trials.folder()]
    assert json.loads((trials.folder() / "trial.json").read_text())["mistake"] == "scaling"
    assert trainings.active(OWNER) is None and trainings.trained_runs(OWNER) == []
    with pytest.raises(BusyError, match="trial"):
        trials.start(OWNER, "pairing")
    with pytest.raises(BusyError, match="trial"):
        trainings.start(OWNER, Recipe.named("demo"), Dataset.open(small_dataset()))
    trials.stop(OWNER)
    assert trainings.trial_run().status().state == "stopping"


def test_a_training_keeps_trials_away(launched, tmp_path):
    run = create_run(Recipe.named("demo"), tmp_path, "pets", tmp_path / "runs")
    with run.claim():
        run.set_status(replace(run.status(), state="running"))
        with pytest.raises(BusyError, match=run.id):
            trials.start(OWNER, "scaling")
    assert not launched


def test_strangers_neither_start_nor_stop_a_trial(launched):
    with pytest.raises(NotOwnerError):
        trials.start(STRANGER, "scaling")
    with pytest.raises(NotOwnerError):
        trials.stop(STRANGER)
    assert not launched and not trials.folder().exists()
