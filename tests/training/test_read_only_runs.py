"""Runs in a folder that this machine can read and not write: they are shown, and errors name the setting."""

from __future__ import annotations

import shutil

import pytest
from filelock import FileLock

from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import RunError, Status, create_run, delete_run


@pytest.fixture
def make(tmp_path, monkeypatch):
    """A run of this state, in a folder that is read-only afterwards, for root as well."""

    def make(state: str):
        run = create_run(Recipe.named("demo"), tmp_path / "pets", "pets", tmp_path / "runs")
        run.set_status(Status(state=state))

        def refuse(*_, **__):
            raise PermissionError(13, "Read-only file system", str(run.folder))

        monkeypatch.setattr(FileLock, "acquire", refuse)
        monkeypatch.setattr(shutil, "rmtree", refuse)
        return run

    return make


def test_a_run_that_is_trained_from_elsewhere_is_shown_as_it_says_itself(make):
    run = make("running")
    assert run.status().state == "running"
    assert runs.active_run(run.folder.parent) == run


def test_a_run_that_cannot_be_deleted_says_why(make):
    run = make("finished")
    assert run.status().state == "finished"
    with pytest.raises(RunError, match=r"cannot be written \(Read-only file system\).+SEG_RUNS"):
        delete_run(run)
