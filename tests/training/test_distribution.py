"""A training shared by machines: the same weights as on one, one run, and nothing lost with a machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seg.benchmark.server import free_port
from seg.network.weights import read_tensors
from seg.training.distribution import Cluster
from seg.training.errors import TrainingError
from seg.training.runs import Run, list_runs
from seg.training.train import train
from tests.narrow import environment
from tests.training.machine import RECIPE

SECONDS = 240


def start(runs: Path, pets: Path, machines: int, run: Run | None = None, **more: str) -> list[subprocess.Popen]:
    """So many machines, each a process; the last one's environment has ``more``."""
    addresses = [f"localhost:{free_port()}" for _ in range(machines)]
    started = []
    for index in range(machines):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        extra = {"TF_CONFIG": json.dumps(config)} if machines > 1 else {}
        extra |= more if index == machines - 1 else {}
        command = [sys.executable, "-m", "tests.training.machine", str(runs), str(pets)]
        command += [str(run.folder)] if run else []
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, env=environment(**extra), **pipes))
    return started


def finish(machines: list[subprocess.Popen]) -> list[tuple[int, str]]:
    """Exit code and error output of each."""
    ends = []
    try:
        for machine in machines:
            _, errors = machine.communicate(timeout=SECONDS)
            ends.append((machine.returncode, errors))
    finally:
        for machine in machines:
            machine.kill()
    return ends


@pytest.fixture(scope="module")
def alone(pets, in_session, tmp_path_factory) -> Run:
    """The run of one machine, which is this process."""
    with in_session():
        return train(RECIPE, pets, runs=tmp_path_factory.mktemp("alone"))


def assert_same_weights(run: Run, other: Run) -> None:
    weights, others = read_tensors(run.weights), read_tensors(other.weights)
    assert weights.keys() == others.keys()
    for name, tensor in weights.items():
        assert np.allclose(tensor, others[name], atol=1e-4), name
    losses = [[row["loss"] for row in one.history()] for one in (run, other)]
    assert np.allclose(*losses, atol=1e-4)


@pytest.mark.slow
def test_two_machines_train_the_weights_of_one_with_the_same_batch_and_the_chief_alone_writes(pets, tmp_path, alone):
    ends = finish(start(tmp_path, pets, 2))
    assert [code for code, _ in ends] == [0, 0], ends
    (run,) = list_runs(tmp_path)
    assert run.status().state == "finished"
    assert_same_weights(run, alone)


@pytest.mark.slow
def test_two_gpus_of_a_machine_train_the_weights_of_one(pets, tmp_path, alone):
    ends = finish(start(tmp_path, pets, 1, TWO_REPLICAS="1"))
    assert [code for code, _ in ends] == [0], ends
    assert_same_weights(list_runs(tmp_path)[0], alone)


@pytest.mark.slow
def test_a_lost_machine_ends_the_run_in_one_sentence_and_a_resumed_one_comes_to_the_same_end(pets, tmp_path, alone):
    (code, errors), (lost, _) = finish(start(tmp_path, pets, 2, DIES_AFTER_EPOCH="1"))
    assert lost == -9 and code != 0
    (run,) = list_runs(tmp_path)
    status = run.status()
    assert status.state == "failed" and status.code == "errors.training_lost_machine", errors[-2000:]
    assert [row["epoch"] for row in run.history()] == [1]
    ends = finish(start(tmp_path, pets, 2, run))
    assert [code for code, _ in ends] == [0, 0], ends
    assert len(list_runs(tmp_path)) == 1 and run.status().state == "finished"
    assert_same_weights(run, alone)


@pytest.mark.parametrize(
    ("text", "cluster"),
    [
        ("", Cluster()),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}', Cluster(2, 1)),
        ('{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "worker", "index": 0}}', Cluster(2, 1)),
        ('{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "chief", "index": 0}}', Cluster(2, 0)),
    ],
)
def test_tf_config_says_which_machine_this_is(monkeypatch, text, cluster):
    monkeypatch.setenv("TF_CONFIG", text)
    assert Cluster.of_environment() == cluster


@pytest.mark.parametrize("text", ["{", "[]", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}'])
def test_a_tf_config_that_says_nothing_is_one_sentence(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(TrainingError, match="TF_CONFIG"):
        Cluster.of_environment()
