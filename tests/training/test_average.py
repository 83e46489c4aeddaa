"""The mean of weights: what it holds, what it says of itself, and what cannot be averaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seg.network.weights import WeightsError, read_info, read_tensors, save_tensors, sha256_of
from seg.training.average import average_weights


def weights(path: Path, value: float, shape=(2, 3), scaling="imagenet", **metadata) -> Path:
    save_tensors({"a/kernel": np.full(shape, value, np.float32)}, path, scaling, metadata)
    return path


def test_the_mean_is_that_of_every_weight_and_names_what_it_was_made_from(tmp_path: Path):
    first = weights(tmp_path / "first.safetensors", 1.0, metrics={"mean_iou": 0.5})
    run = tmp_path / "run"
    run.mkdir()
    second = weights(run / "weights.safetensors", 4.0, recipe={"name": "best"}, data={"photos": 7})
    out = average_weights([first, first, run], tmp_path / "mean.safetensors")
    assert read_tensors(out)["a/kernel"].tolist() == [[2.0] * 3] * 2
    info = read_info(out)
    assert info.mean_iou is None  # nobody has measured it
    assert info.metadata == {
        "recipe": {"name": "best"},
        "data": {"photos": 7},
        "averaged": [
            {"sha256": sha256_of(p), **f}
            for p, f in ((first, {"mean_iou": 0.5}), (first, {"mean_iou": 0.5}), (second, {}))
        ],
    }


@pytest.mark.parametrize("other", [{"shape": (3, 2)}, {"scaling": "signed"}])
def test_different_networks_are_refused_and_nothing_is_written(tmp_path: Path, other: dict):
    paths = [weights(tmp_path / "a.safetensors", 1.0), weights(tmp_path / "b.safetensors", 1.0, **other)]
    with pytest.raises(WeightsError, match=r"b.safetensors is another network than .*a.safetensors"):
        average_weights(paths, tmp_path / "mean.safetensors")
    assert not (tmp_path / "mean.safetensors").exists()


def test_one_file_is_no_average_and_a_file_that_is_there_is_kept(tmp_path: Path):
    path = weights(tmp_path / "a.safetensors", 1.0)
    with pytest.raises(WeightsError, match="two weight files"):
        average_weights([path], tmp_path / "mean.safetensors")
    other = weights(tmp_path / "b.safetensors", 3.0)
    with pytest.raises(WeightsError, match="exists already"):
        average_weights([path, path], other)
    assert read_tensors(average_weights([path, other], other, overwrite=True))["a/kernel"].max() == 2.0


def test_the_state_of_a_training_is_refused_since_its_mean_could_not_be_used(tmp_path: Path):
    state = weights(tmp_path / "state.safetensors", 1.0, position={"phase": 0, "epoch": 1, "step": 0})
    with pytest.raises(WeightsError, match=r"state.safetensors is the state of a training, not weights"):
        average_weights([state, state], tmp_path / "mean.safetensors")
    assert not (tmp_path / "mean.safetensors").exists()


def test_the_mean_does_not_say_where_the_trainings_started_from(tmp_path: Path):
    recipe = {"name": "best", "start": "/home/ann/runs/older/weights.safetensors", "encoder": "imagenet"}
    path = weights(tmp_path / "a.safetensors", 1.0, recipe=recipe)
    out = average_weights([path, path], tmp_path / "mean.safetensors")
    assert read_info(out).metadata["recipe"] == {"name": "best", "start": "older", "encoder": "imagenet"}
    assert b"/home/ann" not in out.read_bytes()
