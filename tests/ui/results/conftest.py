"""A server for the tests of the Results page: its network is a threshold on brightness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seg.data import dataset as dataset_module
from seg.data.dataset import Dataset
from seg.evaluation.evaluate import Report, evaluate
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from seg.serve import datasets, evaluations, networks
from seg.training import runs
from seg.training.recipe import Recipe
from seg.ui.results import glance_view
from tests.ui.results.helpers import Brightness


@pytest.fixture
def engine() -> Brightness:
    return Brightness()


@pytest.fixture
def run_engine() -> Brightness:
    """The network with a run's weights: a stricter threshold."""
    return Brightness(190)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secret" / "pets.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"for the page a weight file is a path and a time")
    monkeypatch.setenv("SEG_WEIGHTS", str(path))
    return path


@pytest.fixture
def folder(small_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    root = small_dataset()
    monkeypatch.setenv("SEG_DATA", str(root))
    return root


@pytest.fixture
def dataset(folder: Path) -> Dataset:
    return Dataset.open(folder)


@pytest.fixture(autouse=True)
def small_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Brightness, run_engine: Brightness, restart
) -> Iterator[None]:
    """A server that has just been started, with these two networks."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))

    def load(path: Path) -> Segmenter:
        of_run = tmp_path / "runs" in path.parents
        return Segmenter(run_engine if of_run else engine, WeightsInfo(path, "imagenet"), size=32)

    monkeypatch.setattr(networks, "segmenter", load)
    yield
    engine.may_go_on.set()
    run_engine.may_go_on.set()
    evaluations.evaluations.wait(20)


@pytest.fixture
def small_sample(small_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sample of eight tiny photos, two of them for the test, in place of the one that ships."""
    root = small_dataset(folder="sample")
    for module in (dataset_module, datasets, glance_view):
        monkeypatch.setattr(module, "SAMPLE_FOLDER", root)
    return root


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> runs.Run:
    """A finished run with weights."""
    run = runs.create_run(Recipe.named("demo"), folder, "pets", tmp_path / "runs")
    run.set_status(runs.Status(state="finished"))
    run.weights.write_bytes(b"other weights")
    return run


@pytest.fixture
def report(weights: Path, dataset: Dataset, engine: Brightness) -> Report:
    """What the network reaches on the two test photos."""
    return evaluate(Segmenter(engine, WeightsInfo(weights, "imagenet"), size=32), dataset, "test")
