"""A server with weights, a small dataset and a network that a test can foresee."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from tests.ui.segment.helpers import Brightness


@pytest.fixture
def engine() -> Brightness:
    return Brightness()


@pytest.fixture
def loads(engine: Brightness, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The weight files that have been loaded, each standing for the engine above."""
    loaded: list[Path] = []

    def load(path: Path) -> Segmenter:
        loaded.append(Path(path))
        return Segmenter(engine, WeightsInfo(Path(path), "imagenet"), size=32)

    monkeypatch.setattr(Segmenter, "load", load)
    return loaded


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loads: list[Path], small_dataset) -> Path:
    """A server that has just been started, with weights and a small dataset."""
    path = tmp_path / "pets.safetensors"
    path.write_bytes(b"for the page a weight file is a path and a time")
    monkeypatch.setenv("SEG_WEIGHTS", str(path))
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    return path
