"""The network that a server loads when it has started."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from seg.network.weights import WeightsError
from seg.serve import networks, preload


class Network:
    def __init__(self) -> None:
        self.engine, self.seen = self, []

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.seen.append(batch.shape)
        return batch


@pytest.fixture
def network(monkeypatch, tmp_path) -> Network:
    """What is loaded, and what it has seen."""
    network = Network()
    monkeypatch.delenv(preload.SETTING, raising=False)
    monkeypatch.setattr(networks, "server_weights", lambda: tmp_path)
    monkeypatch.setattr(networks, "segmenter", lambda weights: network)
    monkeypatch.setattr(preload, "default_engine", lambda weights: "openvino-int8")
    return network


@pytest.mark.parametrize(
    ("engine", "setting", "loads"),
    [
        ("openvino-int8", None, True),
        ("openvino", "1", True),
        ("openvino-int8", "0", False),
        ("keras", None, False),
        ("keras", "1", True),
    ],
)
def test_the_network_is_loaded_and_has_seen_an_image_unless_memory_matters(
    network, monkeypatch, engine, setting, loads
):
    monkeypatch.setattr(preload, "default_engine", lambda weights: engine)
    if setting:
        monkeypatch.setenv(preload.SETTING, setting)
    preload.load()
    assert network.seen == ([(1, 224, 224, 3)] if loads else [])


def test_the_server_answers_while_the_network_is_loaded(network, monkeypatch):
    monkeypatch.setattr(preload, "SECONDS_AFTER_START", 0)
    monkeypatch.setattr(network, "probabilities", lambda batch: time.sleep(0.5))

    async def answered() -> int:
        loading = asyncio.create_task(preload.after_start())
        answers = 0
        while not loading.done():
            await asyncio.sleep(0.01)
            answers += 1
        return answers

    assert asyncio.run(answered()) > 10


def test_a_server_without_weights_starts(network, monkeypatch):
    def missing():
        raise WeightsError("weights_missing", path="here")

    monkeypatch.setattr(networks, "server_weights", missing)
    preload.load()
    assert network.seen == []
