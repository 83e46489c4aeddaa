"""Trainings of the server: one at a time, also beside another server; weights leave it without its paths."""

from __future__ import annotations

import json
import os
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from seg.data.dataset import Dataset
from seg.network.weights import read_info, read_tensors, save_tensors
from seg.serve import trainings
from seg.serve.errors import BusyError
from seg.training.recipe import Recipe
from seg.training.runs import RunError, create_run, list_runs
from tests.owners import OWNER

RECIPE = Recipe.named("demo")


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's folder of runs."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("SEG_RUNS", str(folder))
    return folder


@pytest.fixture
def dataset(small_dataset) -> Dataset:
    return Dataset.open(small_dataset())


def test_two_visitors_who_start_at_once_get_one_training(dataset, runs, monkeypatch):
    both, answers = threading.Barrier(2), []

    def visit() -> None:
        both.wait(20)
        try:
            answers.append(trainings.start(OWNER, RECIPE, dataset).id)
        except BusyError as error:
            answers.append(error.code)

    with ExitStack() as claims:

        def start_process(run) -> None:
            claims.enter_context(run.claim())
            run.set_status(replace(run.status(), state="starting"))

        monkeypatch.setattr(trainings, "start_process", start_process)
        visitors = [threading.Thread(target=visit) for _ in range(2)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(20)
    assert sorted(answers) == sorted(["training_active", list_runs(runs)[0].id])
    assert len(list_runs(runs)) == 1


def test_a_server_that_shares_the_runs_waits_for_the_other_that_starts_a_training(dataset, runs, monkeypatch):
    runs.mkdir()
    other = FileLock(runs / ".starting.lock", thread_local=False)
    monkeypatch.setattr(trainings, "STARTING", 0.05)
    monkeypatch.setattr(trainings, "start_process", lambda run: None)
    with other, pytest.raises(BusyError, match="being started"):
        trainings.start(OWNER, RECIPE, dataset)
    assert list_runs(runs) == []
    trainings.start(OWNER, RECIPE, dataset)
    assert len(list_runs(runs)) == 1


@pytest.mark.skipif(os.name == "nt", reason="a folder's permissions are those of POSIX")
def test_a_folder_of_runs_that_cannot_be_made_is_a_sentence(dataset, runs):
    runs.write_text("a file in its place")
    with pytest.raises(RunError, match="cannot be written"):
        trainings.start(OWNER, RECIPE, dataset)


def test_weights_of_an_earlier_version_leave_the_server_without_its_paths(runs, tmp_path):
    run = create_run(RECIPE, tmp_path, "pets", runs)
    recipe = json.loads(replace(RECIPE, start=str(tmp_path / "older" / "weights.safetensors")).to_json())
    tensors = {"a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
    save_tensors(tensors, run.weights, "imagenet", {"recipe": recipe, "metrics": {"mean_iou": 0.5}})
    assert str(tmp_path).encode() in run.weights.read_bytes()

    downloaded = tmp_path / "downloaded.safetensors"
    downloaded.write_bytes(trainings.weights_for_visitors(run))
    assert str(tmp_path).encode() not in downloaded.read_bytes()
    info = read_info(downloaded)
    assert info.metadata["recipe"]["start"] == "older"
    assert (info.mean_iou, info.classes) == (0.5, read_info(run.weights).classes)
    np.testing.assert_array_equal(read_tensors(downloaded)["a/kernel"], tensors["a/kernel"])


def test_weights_without_a_path_are_downloaded_as_they_are(runs, tmp_path):
    run = create_run(RECIPE, tmp_path, "pets", runs)
    save_tensors(
        {"a/kernel": np.zeros(3, np.float32)}, run.weights, "imagenet", {"recipe": json.loads(RECIPE.to_json())}
    )
    assert trainings.weights_for_visitors(run) == run.weights.read_bytes()
