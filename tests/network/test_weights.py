"""Weight files: what is saved comes back, and a file is written completely or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tracemalloc
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from seg.classes import PETS, Classes, PixelClass
from seg.network import weights as room
from seg.network.fcn import build_fcn
from seg.network.weights import (
    FORMAT,
    as_array,
    get_tensors,
    load_network,
    read_info,
    read_tensors,
    save_network,
    save_tensors,
)
from tests.network.weight_files import METADATA, refusal, small

# Save and load


def test_a_network_comes_back_with_its_weights_and_its_scaling(network: keras.Model, saved: Path):
    again = load_network(saved)
    assert again.get_layer("preprocessing").scaling == "signed"
    before, back = get_tensors(network), get_tensors(again)
    assert back.keys() == before.keys()
    for name, tensor in before.items():
        assert np.array_equal(back[name], tensor.astype(np.float16).astype(np.float32)), name
    image = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype(np.float32)
    assert np.allclose(again(image), network(image), atol=1e-2)


def test_a_network_is_loaded_in_the_precision_asked_for(saved: Path):
    again = load_network(saved, "mixed_bfloat16")
    assert again.get_layer("block2_conv1").compute_dtype == "bfloat16"
    assert {w.dtype for w in again.weights} == {"float32"}


def test_what_made_the_weights_comes_back(saved: Path):
    info = read_info(saved)
    assert info.metadata == METADATA
    assert (info.path, info.scaling, info.mean_iou) == (saved, "signed", 0.75)


def test_weights_that_were_never_measured_say_so(tmp_path: Path):
    assert read_info(small(tmp_path / "w.safetensors")).mean_iou is None


def test_weights_are_float16_on_disk_and_float32_in_memory(network: keras.Model, saved: Path):
    with safe_open(saved, framework="numpy") as file:
        assert {file.get_slice(name).get_dtype() for name in file.keys()} == {"F16"}  # noqa: SIM118
        assert len(list(file.keys())) == len(network.weights)
    assert 2 * network.count_params() < saved.stat().st_size < 2 * network.count_params() + 20_000
    assert {tensor.dtype for tensor in read_tensors(saved).values()} == {np.dtype(np.float32)}


def test_a_state_is_kept_to_the_last_bit_where_asked(tmp_path: Path):
    exact = np.array([np.pi, 1e-30, 65505.0, -0.0], np.float32)
    save_tensors({"a": exact}, tmp_path / "state", "raw", {}, dtype="float32")
    assert np.array_equal(read_tensors(tmp_path / "state")["a"], exact)


def test_a_weight_file_can_be_read_by_others(tmp_path: Path):
    umask = os.umask(0o022)
    try:
        assert small(tmp_path / "w.safetensors").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(umask)


# All or nothing


def test_a_disk_that_runs_full_leaves_the_old_weights_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = small(tmp_path / "w.safetensors")
    before = path.read_bytes()

    def full(_tensors: dict, partial: Path, _header: dict) -> None:
        partial.write_bytes(before[: len(before) // 2])
        # As it says so, seen on a file system of 4 kB.
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(room, "save_file", full)
    with pytest.raises(OSError, match="No space"):
        small(path, a=np.zeros(3, np.float32))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_tensors_are_saved_from_where_they_lie_whatever_their_order(tmp_path: Path):
    big = np.arange(4_000_000, dtype=np.float32).reshape(2000, 2000)
    tracemalloc.start()
    try:
        save_tensors({"a": big}, tmp_path / "w.safetensors", "imagenet", {}, dtype="float32")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < big.nbytes / 4  # a copy would be the peak of a training
    assert np.array_equal(read_tensors(tmp_path / "w.safetensors")["a"], big)
    save_tensors({"a": big.T}, tmp_path / "w.safetensors", "imagenet", {}, dtype="float32")
    assert np.array_equal(read_tensors(tmp_path / "w.safetensors")["a"], big.T)


def test_an_array_of_a_variable_is_no_copy_and_stays_what_it_was():
    variable = keras.Variable(np.ones((300, 300), np.float32))
    array = as_array(variable)
    assert np.shares_memory(array, as_array(variable))
    variable.value.assign_add(np.ones((300, 300), np.float32))
    assert np.all(array == 1) and np.all(as_array(variable) == 2)
    array = as_array(variable)
    variable.assign(np.zeros((300, 300), np.float32))
    assert np.all(array == 2) and np.all(as_array(variable) == 0)


def test_a_save_that_is_interrupted_leaves_the_old_weights_and_no_rest(tmp_path: Path, monkeypatch):
    path = small(tmp_path / "w.safetensors")
    before = path.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(room.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        small(path, a=np.zeros(3, np.float32))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_new_weights_replace_the_old_ones(tmp_path: Path):
    path = small(tmp_path / "w.safetensors")
    small(path, a=np.full(3, 7, np.float32))
    assert read_tensors(path)["a"].tolist() == [7, 7, 7]
    assert list(tmp_path.iterdir()) == [path]


def test_the_files_metadata_is_plain_json_for_every_reader(saved: Path, tmp_path: Path):
    copy = shutil.copy(saved, tmp_path / "copy.safetensors")
    with safe_open(copy, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == FORMAT
    assert {key: json.loads(metadata[key]) for key in METADATA} == METADATA


# Classes and input size


def test_a_file_says_its_classes_and_its_input_size(tmp_path: Path):
    road = Classes((PixelClass(0, 0, "sky", (0, 0, 255)), PixelClass(7, 1, "road", (90, 90, 90), "tarmac", "subject")))
    keras.utils.set_random_seed(1)
    network = build_fcn("raw", classes=2)
    save_network(network, tmp_path / "road.safetensors", {"title": "roads"}, road, 96)
    info = read_info(tmp_path / "road.safetensors")
    assert (info.classes, info.input_size, info.scaling) == (road, 96, "raw")
    assert info.metadata == {"title": "roads"}
    assert load_network(info.path).output_shape == (None, None, None, 2)


def test_a_file_that_says_neither_is_of_pets_at_224_pixels(tmp_path: Path):
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "old.safetensors", {"format": FORMAT, "scaling": "raw"})
    info = read_info(tmp_path / "old.safetensors")
    assert (info.classes, info.input_size, info.metadata) == (PETS, 224, {})


def test_classes_that_the_tensors_do_not_have_are_refused(saved: Path, tmp_path: Path):
    two = Classes(tuple(PETS)[:2])
    save_tensors(read_tensors(saved), tmp_path / "w.safetensors", "signed", {}, two)
    assert "does not fit this network: classifier" in refusal(load_network, tmp_path / "w.safetensors")
