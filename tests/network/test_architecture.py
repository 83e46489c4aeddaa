"""The one description of the network: its layers, their shapes and their work, by arithmetic and as Keras builds it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from seg.network.architecture import SKIPS, STRIDE, TAPS, SizeError, check_size, layers, tensor_names
from seg.network.vgg16 import ENCODER_CONVOLUTIONS

PARAMETERS = 26_369_987
DECODER_PARAMETERS = 11_655_299
BLOCK_PARAMETERS = (38_720, 221_440, 1_475_328, 5_899_776, 7_079_424)  # VGG16's, block 1 to 5


@pytest.fixture(scope="module")
def network() -> keras.Model:
    from seg.network.fcn import build_fcn

    return build_fcn()


@pytest.mark.parametrize(
    ("tap", "shape"),
    [
        ("block3_conv3", (56, 56, 256)),
        ("block4_conv3", (28, 28, 512)),
        ("block5_conv3", (14, 14, 512)),
        ("block5_pool", (7, 7, 512)),
    ],
)
def test_the_taps_of_a_224_photo_have_the_articles_shapes(tap: str, shape: tuple[int, ...]):
    assert {row.name: row.shape for row in layers()}[tap] == shape
    assert tap in TAPS


def test_each_skip_adds_the_tap_of_its_name_and_shape():
    rows = {row.name: row for row in layers()}
    assert {name.removeprefix("skip_") for name, row in rows.items() if row.kind == "skip"} == set(SKIPS)
    for tap in SKIPS:
        assert rows[f"skip_{tap}"].shape == rows[tap].shape


def test_the_parameters_are_the_articles():
    rows = layers()
    assert sum(row.parameters for row in rows) == PARAMETERS
    assert sum(row.parameters for row in rows if not row.name.startswith("block")) == DECODER_PARAMETERS
    for block, expected in enumerate(BLOCK_PARAMETERS, 1):
        assert sum(row.parameters for row in rows if row.name.startswith(f"block{block}_")) == expected


def test_a_224_photo_costs_what_the_article_costs():
    rows = layers()
    encoder = sum(row.macs for row in rows if row.name.startswith("block"))
    assert round(encoder / 1e9, 1) == 15.3
    assert round(sum(row.macs for row in rows) / 1e9, 2) == 23.83


def test_work_and_shapes_follow_the_size_and_the_classes():
    at_224, at_448 = layers(), layers(448)
    assert sum(row.macs for row in at_448) == 4 * sum(row.macs for row in at_224)
    assert at_448[-1].shape == (448, 448, 3)
    assert [row.parameters for row in at_448] == [row.parameters for row in at_224]
    assert layers(classes=12)[-1].shape == (224, 224, 12)


@pytest.mark.parametrize("size", [64, 96])
def test_shapes_parameters_and_work_are_those_of_the_network_that_keras_builds(network: keras.Model, size: int):
    rows = layers(size)
    built = {layer.name: layer for layer in network.layers}
    assert set(built) - {row.name for row in rows} == {"image", "preprocessing", "logits"}
    probe = keras.Model(network.input, {name: layer.output for name, layer in built.items() if name != "image"})
    tensors = probe(np.zeros((1, size, size, 3), np.float32))
    for row in rows:
        layer = built[row.name]
        assert row.shape == tuple(tensors[row.name].shape[1:]), row.name
        assert row.parameters == layer.count_params(), row.name
        if row.parameters:
            # Each pixel of the smaller side of a layer, its output or its input, meets the complete kernel once.
            pixels = row.shape[0] * row.shape[1] // (4 if isinstance(layer, keras.layers.Conv2DTranspose) else 1)
            assert row.macs == pixels * np.prod(layer.kernel.shape), row.name


def test_weight_files_name_their_tensors_after_the_layers(network: keras.Model):
    assert tensor_names() == {f"{layer.name}/{w.name}" for layer in network.layers for w in layer.weights}


def test_the_encoder_has_thirteen_convolutions():
    assert len(ENCODER_CONVOLUTIONS) == 13
    assert ENCODER_CONVOLUTIONS[0] == "block1_conv1"
    assert ENCODER_CONVOLUTIONS[-1] == "block5_conv3"


@pytest.mark.parametrize("size", [0, -32, 16, 100, 225])
def test_a_size_that_the_encoder_cannot_halve_five_times_is_refused(size: int):
    with pytest.raises(SizeError, match=f"{size} px is not a multiple of {STRIDE}"):
        check_size(size)
    check_size(96)
