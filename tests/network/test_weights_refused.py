"""Weight files that are foreign, damaged or of another network are refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from seg.network.weights import FORMAT, get_tensors, load_network, read_info, read_tensors, set_tensors, shipped_encoder
from tests.network.weight_files import refusal


def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path):
    for data in (b"", b"no weights", b"\x89HDF\r\n\x1a\n" + bytes(100), b"\x80\x04pickle."):
        (tmp_path / "w.safetensors").write_bytes(data)
        for read in (read_info, read_tensors, load_network):
            assert "w.safetensors" in refusal(read, tmp_path / "w.safetensors")


@pytest.mark.parametrize("keep", [4, 100, 0.5, -1], ids=["header's length", "header", "half", "all but a byte"])
def test_a_damaged_file_is_refused(saved: Path, tmp_path: Path, keep: float):
    data = saved.read_bytes()
    size = int(len(data) * keep) if isinstance(keep, float) else keep
    (tmp_path / "w.safetensors").write_bytes(data[:size])
    assert "damaged" in refusal(load_network, tmp_path / "w.safetensors")


def test_a_foreign_safetensors_file_is_refused(tmp_path: Path):
    save_file({"model.0.weight": np.ones((2, 2), np.float32)}, tmp_path / "yolo.safetensors", {"format": "pt"})
    assert "yolo.safetensors" in refusal(load_network, tmp_path / "yolo.safetensors")
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "bare.safetensors")
    assert "bare.safetensors" in refusal(read_info, tmp_path / "bare.safetensors")
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "next.safetensors", {"format": "seg-2", "scaling": "raw"})
    assert "next.safetensors" in refusal(read_info, tmp_path / "next.safetensors")


def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path: Path):
    for read in (read_info, read_tensors, load_network):
        assert "gone.safetensors" in refusal(read, tmp_path / "gone.safetensors")
        assert str(tmp_path) in refusal(read, tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        {"format": FORMAT},
        {"format": FORMAT, "scaling": "of tomorrow"},
        {"format": FORMAT, "scaling": "raw", "metrics": "{"},
        {"format": FORMAT, "scaling": "raw", "classes": '[{"name": "road"}]'},
        {"format": FORMAT, "scaling": "raw", "classes": "7"},
        {"format": FORMAT, "scaling": "raw", "input_size": "100"},
        {"format": FORMAT, "scaling": "raw", "input_size": '"224"'},
    ],
    ids=["no scaling", "unknown scaling", "no JSON", "half a class", "no classes", "odd size", "size in words"],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path, header: dict[str, str]):
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "w.safetensors", header)
    assert "w.safetensors" in refusal(read_info, tmp_path / "w.safetensors")


def test_a_tensor_of_another_shape_is_refused(network: keras.Model, saved: Path):
    before = get_tensors(network)["block1_conv1/kernel"].copy()
    tensors = {name: tensor + 1 for name, tensor in read_tensors(saved).items()}
    tensors["classifier/bias"] = np.zeros(4, np.float32)
    assert "classifier/bias" in refusal(set_tensors, network, tensors, "w.safetensors")
    assert np.array_equal(get_tensors(network)["block1_conv1/kernel"], before)  # not half of each


def test_a_tensor_that_the_network_does_not_have_is_refused(network: keras.Model, saved: Path):
    tensors = read_tensors(saved) | {"block6_conv1/kernel": np.zeros(4, np.float32)}
    assert "block6_conv1/kernel" in refusal(set_tensors, network, tensors, "w.safetensors")


def test_a_file_with_a_part_of_the_network_is_refused(tmp_path: Path):
    # Otherwise the rest would be random, and the answer nonsense that looks like one.
    assert "not a complete network" in refusal(load_network, shipped_encoder())


@pytest.mark.parametrize("value", ["[]", '"much"', "NaN", "{}"])
def test_metrics_that_are_no_numbers_count_as_never_measured(tmp_path: Path, value: str):
    metadata = {"format": FORMAT, "scaling": "raw", "metrics": f'{{"mean_iou": {value}, "split": "test"}}'}
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "w.safetensors", metadata)
    assert read_info(tmp_path / "w.safetensors").mean_iou is None
