"""Processes that are killed (signal 9) at moments that nobody chose: what they finished is there, and they go on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from seg.network.weights import find_weights, read_info, read_tensors
from seg.training.process import start_process
from seg.training.runs import Run
from seg.training.train import train
from tests.narrow import environment, tiny_phase, tiny_recipe
from tests.narrow_trainings import leftovers, new_run

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")]

KILLS = 10
STEPS, MOST_STEPS = 3, 7  # of an epoch, and from one kill to the next
EPOCHS = 40  # more than ten times as many steps are
SHARES = (0.3, 0.5, 0.7, 0.8, 0.9, 0.97)  # of the time that a command takes, after which it is killed


def test_a_training_killed_ten_times_at_random_has_every_finished_epoch_and_reaches_its_end(
    pets, tmp_path, slow_python, monkeypatch
):
    monkeypatch.setattr(sys, "executable", slow_python)
    chance = random.Random(15)
    run = new_run(tiny_recipe(tiny_phase(epochs=EPOCHS)), pets, tmp_path).run
    seen = 0
    for kill in range(KILLS):
        begun = steps(run)
        start_process(run)
        if kill % 5:  # two of ten die while they load
            more = chance.randint(1, MOST_STEPS)
            wait_until(run, lambda begun=begun, more=more: steps(run) >= begun + more, f"it is {more} steps further")
        time.sleep(chance.uniform(0, 0.3))  # a step takes 0.1 s, and so does what is written after it
        process_of(run).kill()
        wait_until(run, lambda: not run.is_alive(), "it is dead")
        status, history = run.status(), run.history()
        assert status.state == "interrupted" and "it can go on" in status.sentence("en")
        assert [row["epoch"] for row in history] == list(range(1, len(history) + 1)) and len(history) >= seen
        seen = len(history)
        if seen:
            assert read_info(run.weights).metadata["epoch"] <= seen and read_tensors(run.weights)
    assert 0 < seen < EPOCHS
    train(run=run)
    assert run.status().state == "finished"
    assert [row["epoch"] for row in run.history()] == list(range(1, EPOCHS + 1))
    live = [row["epoch"] for row in run.live()]
    assert live == sorted(set(live))
    assert leftovers(run.folder) == []


def steps(run: Run) -> int:
    """How many steps the training has done."""
    status = run.status()
    return STEPS * status.epoch + status.step


def process_of(run: Run) -> psutil.Process:
    """The process that trains a run: the run's folder stands in its command line."""
    (process,) = (one for one in psutil.process_iter(["cmdline"]) if str(run.folder) in (one.info["cmdline"] or ()))
    return process


def wait_until(run: Run, is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 180
    while not is_so():
        assert time.monotonic() < until, f"not until {what}: {run.last_words()}"
        time.sleep(0.02)


@pytest.mark.parametrize("command", ["average", "export"])
def test_a_command_killed_at_any_time_leaves_a_complete_file_or_none_and_works_again(tmp_path, command):
    shipped = str(find_weights())
    arguments, name = {
        "average": (["average", shipped, shipped, "-o"], "mean.safetensors"),
        "export": (["export", "--to", "openvino"], "pets.xml"),
    }[command]

    def start(folder: Path, *more: str) -> subprocess.Popen:
        folder.mkdir(exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-m", "seg", *arguments, str(folder / name), *more],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    began = time.monotonic()
    with start(tmp_path / "whole") as whole:
        assert whole.wait() == 0, whole.stderr and whole.stderr.read()
    seconds = time.monotonic() - began
    complete = results(tmp_path / "whole")
    for number, share in enumerate(SHARES):
        folder = tmp_path / str(number)
        with start(folder) as killed:
            time.sleep(seconds * share)
            killed.kill()
        if (folder / name).exists():
            assert results(folder) == complete
    with start(folder, "--overwrite") as again:
        assert again.wait() == 0, again.stderr and again.stderr.read()
    assert results(folder) == complete


def results(folder: Path) -> dict[str, int]:
    """The bytes of each file of a folder by name; unfinished ones are hidden."""
    return {file.name: file.stat().st_size for file in folder.iterdir() if not file.name.startswith(".")}
