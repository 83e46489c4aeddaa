"""A training that stops and goes on, however it was ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seg.training.runs import Run
from seg.training.status import Status
from seg.training.train import train
from tests.conftest import ROOT
from tests.narrow import environment, tiny_phase, tiny_recipe
from tests.narrow_trainings import METRICS, leftovers, new_run


def test_a_stop_finishes_the_step_saves_and_says_how_to_go_on(resumed):
    run, statuses = resumed
    command = f"go on with `python -m seg train --resume {run.id} --runs {run.folder.parent}`"
    assert [(status.state, status.message) for status in statuses[:3]] == [
        ("stopped", f"stopped after step 2 of epoch 1: {command}"),
        ("stopped", f"stopped after epoch 2: {command}"),
        ("stopped", f"stopped after step 2 of epoch 3: {command}"),
    ]


def test_a_run_stopped_and_gone_on_with_has_the_history_of_one_never_stopped(finished, resumed):
    run, statuses = resumed
    assert statuses[-1].state == "finished"
    for row, other in zip(run.history(), finished.run.history(), strict=True):
        for name in (*METRICS, *(f"val_{name}" for name in METRICS)):
            assert row[name] == pytest.approx(other[name], rel=1e-4, abs=1e-4), (row["epoch"], name)
    assert statuses[-1].best_epoch == finished.run.status().best_epoch


def test_the_live_metrics_of_a_resumed_run_are_those_of_one_never_stopped(finished, resumed):
    straight = {row["epoch"]: row["loss"] for row in finished.run.live()}
    rows = resumed[0].live()
    assert [row["epoch"] for row in rows] == sorted({row["epoch"] for row in rows})
    assert len(rows) >= 10
    for row in rows:
        assert row["loss"] == pytest.approx(straight[row["epoch"]], rel=1e-4)


@pytest.fixture(scope="module")
def signal_checks() -> str:
    """What pytest says of ``signal_checks.py``, test by test.

    In a process apart: a signal may end pytest's worker, where tests with a browser leave an event loop behind.
    """
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"]
    settings = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    checks = Path(__file__).with_name("signal_checks.py")
    return subprocess.run(
        [*command, str(checks)], cwd=ROOT, env=settings, capture_output=True, text=True, timeout=300
    ).stdout


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_stops_like_a_request_and_the_old_handlers_come_back(signal_checks, name):
    assert re.search(rf"\[{name}\] PASSED", signal_checks), signal_checks[-3000:]


def test_a_stop_counts_from_the_first_moment_but_not_one_meant_for_a_process_that_died(finished, pets, tmp_path):
    start = Path(shutil.copy(finished.run.weights, tmp_path / "start.safetensors"))
    watched = new_run(tiny_recipe(start=str(start)), pets, tmp_path / "runs")

    def stop_while_loading(status: Status) -> None:
        if status.activity == "loading the network":
            watched.run.request_stop()

    in_a_thread = threading.Thread(target=watched.train, args=(stop_while_loading,))  # it can set no signal handler
    in_a_thread.start()
    in_a_thread.join()
    assert watched.run.status().message.startswith("stopped after step 1 of epoch 1")
    start.unlink()  # a run that goes on has all it needs
    watched.run.set_status(Status(state="running"))
    watched.run.request_stop()
    assert watched.train().run.status().state == "finished"


@contextlib.contextmanager
def training_process(python: str, *arguments: str) -> Iterator[subprocess.Popen]:
    command = [python, "-m", "seg", "train", *arguments, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(run: Run, process: subprocess.Popen, epoch: int) -> None:
    """Until the process is within a step of this epoch."""
    while not (run.status().state == "running" and run.status().epoch + 1 >= epoch and run.status().step in (1, 2)):
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        time.sleep(0.02)


@pytest.mark.slow
def test_ctrl_c_ends_a_process_in_good_order_and_after_kill_9_the_run_still_reaches_its_end(
    pets, tmp_path, slow_python
):
    run = new_run(tiny_recipe(tiny_phase(epochs=8)), pets, tmp_path).run
    going_on = ("--resume", run.id, "--runs", str(tmp_path))
    with training_process(slow_python, *going_on) as process:
        wait_for(run, process, epoch=2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 0
    result = json.loads(output)
    assert (result["run"], result["state"]) == (run.id, "stopped")
    assert f"go on with `python -m seg train --resume {run.id}" in result["message"]
    assert b"stopping after this step" in errors and b"Traceback" not in errors
    stopped_at = run.status().epoch

    with training_process(slow_python, *going_on) as process:
        wait_for(run, process, epoch=stopped_at + 2)
        process.kill()
        process.wait()
    assert run.status().state == "interrupted"
    finished_epochs = len(run.history())
    assert stopped_at < finished_epochs < 8

    train(run=run)
    assert run.status().state == "finished"
    assert [row["epoch"] for row in run.history()] == list(range(1, 9))
    live = [row["epoch"] for row in run.live()]
    assert live == sorted(set(live))
    assert leftovers(run.folder) == []


def test_a_started_process_trains_on_after_the_server_that_started_it_was_killed(pets, tmp_path, slow_python):
    run = new_run(tiny_recipe(tiny_phase(steps=1)), pets, tmp_path).run
    starter = (
        "import sys; from pathlib import Path; from seg.training.process import start_process; "
        "from seg.training.runs import Run; sys.executable = sys.argv[2]; start_process(Run(Path(sys.argv[1]))); "
        "import os; os.kill(os.getpid(), 9)"
    )
    command = [sys.executable, "-c", starter, str(run.folder), slow_python]
    assert subprocess.run(command, env=environment(), cwd=tmp_path).returncode == -9
    assert run.status().state in ("starting", "running")
    while run.status().state in ("starting", "running"):
        time.sleep(0.05)
    assert run.status().state == "finished", (run.folder / "output.txt").read_text()
    assert len(run.history()) == 1


def test_a_stop_in_a_validation_ends_it_after_the_batch_and_the_run_goes_on_with_it(pets, tmp_path, monkeypatch):
    monkeypatch.setattr("seg.training.validation.BATCH", 1)
    watched = new_run(tiny_recipe(tiny_phase(epochs=1)), pets, tmp_path)

    def stop_while_validating(status: Status) -> None:
        if status.activity == "validating":
            watched.run.request_stop()

    watched.train(stop_while_validating)
    assert watched.run.status().message.startswith("stopped after step 3 of epoch 1")
    assert not watched.run.history()
    watched.train()
    assert watched.run.status().state == "finished"
    assert len(watched.run.history()) == 1


def test_a_stop_while_the_mean_of_the_last_epochs_is_measured_is_heard_and_the_run_ends_later(
    pets, tmp_path, monkeypatch
):
    monkeypatch.setattr("seg.training.validation.BATCH", 1)
    watched = new_run(tiny_recipe(tiny_phase(epochs=2), average_last=2), pets, tmp_path)

    def stop_at_the_mean(status: Status) -> None:
        if (status.activity, status.epoch) == ("validating", 2):
            watched.run.request_stop()

    watched.train(stop_at_the_mean)
    assert watched.run.status().message.startswith("stopped after epoch 2")
    assert len(watched.run.history()) == 2
    watched.train()
    assert watched.run.status().state == "finished"
    assert len(watched.run.history()) == 2
