"""The encoder's weights: those that ship, Keras's, a file's, folded where the network needs it."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file

from seg.network.fcn import build_fcn
from seg.network.vgg16 import fold_scale
from seg.network.weights import get_tensors, load_encoder, read_tensors, save_tensors, shipped_encoder
from tests.network.weight_files import ENCODER_NAMES, refusal


def encoder_of(network: keras.Model) -> dict[str, np.ndarray]:
    return {name: tensor.copy() for name, tensor in get_tensors(network).items() if name in ENCODER_NAMES}


def assert_same(tensors: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert tensors.keys() == expected.keys()
    for name in tensors:
        assert np.array_equal(tensors[name], expected[name]), name


def test_no_encoder_leaves_the_random_weights(network: keras.Model):
    before = encoder_of(network)
    load_encoder(network, None)
    load_encoder(network, "none")
    assert_same(encoder_of(network), before)


def test_the_encoder_that_ships_is_loaded_as_it_is_where_the_scale_is_not_folded(network: keras.Model):
    decoder = get_tensors(network)["decoder2_conv/kernel"].copy()
    load_encoder(network)
    assert_same(encoder_of(network), read_tensors(shipped_encoder()))
    assert np.array_equal(get_tensors(network)["decoder2_conv/kernel"], decoder)


def test_the_encoder_is_folded_where_the_network_takes_imagenets_preprocessing():
    folded = build_fcn("imagenet")
    load_encoder(folded)
    assert_same(encoder_of(folded), fold_scale(read_tensors(shipped_encoder())))


def test_an_encoder_is_loaded_from_a_file(network: keras.Model, tmp_path: Path):
    tensors = {name: np.full_like(t, 0.5) for name, t in read_tensors(shipped_encoder()).items()}
    save_tensors(tensors, tmp_path / "mine.safetensors", "imagenet", {})
    load_encoder(network, tmp_path / "mine.safetensors")
    assert_same(encoder_of(network), tensors)


def test_a_complete_network_is_no_encoder(network: keras.Model, saved: Path):
    # Its scale may be folded already, and would be folded a second time.
    before = encoder_of(network)
    assert saved.name in refusal(load_encoder, network, saved)
    assert_same(encoder_of(network), before)


def test_a_part_of_an_encoder_is_no_encoder(network: keras.Model, tmp_path: Path):
    tensors = read_tensors(shipped_encoder())
    del tensors["block3_conv2/bias"]
    save_tensors(tensors, tmp_path / "part.safetensors", "imagenet", {})
    assert "part.safetensors" in refusal(load_encoder, network, tmp_path / "part.safetensors")


def test_a_foreign_file_is_no_encoder(network: keras.Model, tmp_path: Path):
    save_file({"a": np.ones(2, np.float32)}, tmp_path / "foreign.safetensors")
    (tmp_path / "text.h5").write_text("no weights")
    for path in (tmp_path / "foreign.safetensors", tmp_path / "text.h5", tmp_path / "gone.h5"):
        assert path.name in refusal(load_encoder, network, path)


def test_keras_without_a_network_is_refused_in_one_sentence(network: keras.Model, monkeypatch: pytest.MonkeyPatch):
    for error in (Exception("URL fetch failure on https://...: None --\nName resolution"), OSError()):

        def offline(*_, failure=error, **__):
            raise failure

        monkeypatch.setattr(keras.applications, "VGG16", offline)
        assert "imagenet, which ships" in refusal(load_encoder, network, "keras")


def test_kerass_own_copy_is_asked_for_by_its_name(network: keras.Model, monkeypatch: pytest.MonkeyPatch):
    vgg = keras.applications.VGG16(weights=None, include_top=False)
    asked = []
    monkeypatch.setattr(keras.applications, "VGG16", lambda **how: (asked.append(how), vgg)[1])
    load_encoder(network, "keras")
    assert asked == [{"weights": "imagenet", "include_top": False}]
    assert_same(encoder_of(network), get_tensors(vgg))


def test_a_keras_file_is_loaded_to_the_last_bit(network: keras.Model, tmp_path: Path):
    vgg = keras.applications.VGG16(weights=None, include_top=False)
    vgg.save_weights(tmp_path / "vgg16.weights.h5")
    load_encoder(network, tmp_path / "vgg16.weights.h5")
    assert_same(encoder_of(network), get_tensors(vgg))


def test_the_encoder_that_ships_is_vgg16s():
    tensors = read_tensors(shipped_encoder())
    assert tensors.keys() == ENCODER_NAMES
    assert tensors["block1_conv1/kernel"].shape == (3, 3, 3, 64)
    assert tensors["block5_conv3/bias"].shape == (512,)
    assert sum(tensor.size for tensor in tensors.values()) == 14_714_688
