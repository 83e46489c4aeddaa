"""The int8 model: made from weights, lies beside them, says which they were, and answers nearly as they do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from seg.inference.engines import default_engine, load_engine
from seg.inference.export import ExportError, export
from seg.network.weights import WeightsError, int8_model
from tests.conftest import picture_and_trimap

pytest_plugins = ["tests.narrow_fixtures"]
pytest.importorskip("openvino")


@pytest.fixture(autouse=True)
def an_x86_with_no_gpu(monkeypatch):
    from seg.inference import engines

    monkeypatch.delenv("SEG_ENGINE", raising=False)
    monkeypatch.setattr(engines, "usable_gpus", tuple)
    monkeypatch.setattr(engines.platform, "machine", lambda: "x86_64")


@pytest.fixture(scope="module")
def quantized(weights, pets, tmp_path_factory) -> Path:
    """Narrow weights with their int8 model beside them."""
    pytest.importorskip("nncf")
    folder = tmp_path_factory.mktemp("quantized")
    copy = Path(shutil.copy(weights, folder))
    export("openvino-int8", folder / "narrow-int8.xml", copy, size=32, data=pets)
    return copy


def test_an_int8_model_beside_its_weights_is_what_runs_by_default(quantized):
    assert int8_model(quantized) == quantized.with_name("narrow-int8.xml")
    assert default_engine(quantized) == "openvino-int8"
    engine = load_engine(quantized)
    assert engine.name == "openvino-int8"
    batch = np.stack([picture_and_trimap((64, 96), seed)[0] for seed in range(2)]).astype(np.float32)
    answer, exact = engine.probabilities(batch), load_engine(quantized, "openvino").probabilities(batch)
    assert answer.shape == (2, 64, 96, 3)
    np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-3)
    assert 1e-4 < np.abs(answer - exact).mean() < 0.1, "eight bits are not exact, and not far off"


def test_an_int8_model_of_other_weights_is_never_run(quantized, tmp_path):
    from tests.narrow import write_weights

    for part in quantized.parent.glob("narrow-int8.*"):
        shutil.copy(part, tmp_path)
    other = write_weights(tmp_path / "narrow.safetensors", seed=9)
    assert int8_model(other) is None
    assert default_engine(other) == "openvino"
    with pytest.raises(WeightsError, match=r"no int8 model of .+ export --to openvino-int8 .+narrow-int8\.xml"):
        load_engine(other, "openvino-int8")


def test_half_an_int8_model_is_passed_over(quantized, tmp_path):
    weights = Path(shutil.copy(quantized, tmp_path))
    shutil.copy(quantized.with_name("narrow-int8.xml"), tmp_path)
    assert default_engine(weights) == "openvino"


def test_an_int8_model_cut_short_is_told_of_in_one_sentence(quantized, tmp_path):
    weights = Path(shutil.copy(quantized, tmp_path))
    shutil.copy(quantized.with_name("narrow-int8.xml"), tmp_path)
    (tmp_path / "narrow-int8.bin").write_bytes(b"short")
    with pytest.raises(WeightsError, match=r"narrow-int8\.xml or its \.bin is damaged: make it again"):
        load_engine(weights)


def test_int8_is_not_made_from_the_sample_unless_it_is_named(weights, tmp_path, monkeypatch, small_dataset):
    from seg.data.dataset import Dataset

    pytest.importorskip("nncf")
    monkeypatch.setattr(Dataset, "is_sample", True)
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    with pytest.raises(ExportError, match="int8 takes its ranges from hundreds of photos"):
        export("openvino-int8", tmp_path / "pets-int8.xml", weights, size=32)
    assert list(tmp_path.glob("pets-int8*")) == []


@pytest.mark.parametrize("wreck", [b"", b"<net>", b"<net></net>", b"\0" * 100])
def test_a_damaged_int8_model_is_passed_over(quantized, tmp_path, wreck):
    weights = Path(shutil.copy(quantized, tmp_path))
    (tmp_path / "narrow-int8.xml").write_bytes(wreck)
    assert default_engine(weights) == "openvino"
    assert load_engine(weights).name == "openvino"


@pytest.mark.parametrize(("machine", "gpu", "expected"), [("arm64", False, "openvino"), ("x86_64", True, "keras")])
def test_other_processors_and_gpus_compute_in_floating_point(quantized, monkeypatch, machine, gpu, expected):
    from seg.inference import engines

    monkeypatch.setattr(engines.platform, "machine", lambda: machine)
    monkeypatch.setattr(engines, "usable_gpus", lambda: ("H100",) if gpu else ())
    assert default_engine(quantized) == expected


def test_int8_that_cannot_be_made_is_told_in_one_sentence(weights, tmp_path, monkeypatch):
    from seg.inference import export as room

    monkeypatch.setattr(room, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="int8 needs one package more: `pip install nncf`"):
        export("openvino-int8", tmp_path / "pets.xml", weights)
