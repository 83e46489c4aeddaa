"""A server for the tests of the page "inside": with a narrow network, tiny pictures and a tiny dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.inference.inside import Inside
from seg.serve import networks
from seg.ui.inside import photo_view
from tests.narrow import narrow_network, write_weights


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with narrow_network():
        return write_weights(tmp_path_factory.mktemp("inside") / "narrow.safetensors")


@pytest.fixture(scope="session")
def look(weights: Path) -> Inside:
    return Inside(weights)


@pytest.fixture(autouse=True)
def server(tmp_path, monkeypatch, small_dataset, look, weights) -> None:
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    monkeypatch.setenv("SEG_WEIGHTS", str(weights))
    monkeypatch.setattr(networks, "inside", lambda weights: look)
    monkeypatch.setattr(photo_view, "INPUT_SIZE", 64)


@pytest.fixture
def asked(look, monkeypatch) -> list[str]:
    """What the network has been asked: layers by name, and answers without a skip by ``-`` and its tap."""
    asked: list[str] = []
    by_layer, probabilities = look.activations_by_layer, look.probabilities
    monkeypatch.setattr(
        look, "activations_by_layer", lambda image, names: asked.extend(names) or by_layer(image, names)
    )
    monkeypatch.setattr(
        look,
        "probabilities",
        lambda image, without: asked.extend(f"-{tap}" for tap in without) or probabilities(image, without),
    )
    return asked
