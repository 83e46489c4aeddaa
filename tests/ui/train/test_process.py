"""The process of a training: one at a time, and what is said where it cannot train."""

from __future__ import annotations

import pytest

from seg.data.dataset import Dataset
from seg.serve import trainings
from seg.serve.errors import BusyError
from seg.training import process, runs
from seg.training.recipe import Recipe
from tests.owners import OWNER
from tests.ui.train.helpers import keys, open_page, words


def test_a_process_that_ends_at_once_is_told_with_its_last_words(monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho something\necho 'ImportError: no *tensorflow* here' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(process.sys, "executable", str(python))
    app = open_page()
    app.button(key="train-start").click().run()
    run = runs.list_runs(tmp_path / "runs")[0]
    assert run.status().state == "failed"
    assert "ImportError: no *tensorflow* here" in run.status().message
    app.run()
    assert "ImportError: no *tensorflow* here" in words(app.sidebar)
    assert "ImportError: no *tensorflow* here" in words(app.main)
    assert "train-start" in keys(app.main)


def test_a_process_that_cannot_be_started_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(process.sys, "executable", str(tmp_path / "gone"))
    app = open_page()
    app.button(key="train-start").click().run()
    assert app.main.error[0].value.startswith("The training could not be started (No such file")
    assert runs.list_runs(tmp_path / "runs")[0].status().state == "failed"


def test_two_who_press_at_once_get_one_run_and_one_sentence(active, started):
    with pytest.raises(BusyError, match=active.id):
        trainings.start(OWNER, Recipe.named("demo"), Dataset.open())
    with pytest.raises(BusyError, match=active.id):
        trainings.resume(OWNER, active)
    assert not started
