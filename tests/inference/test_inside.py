"""A look into the network, and the arithmetic of a transposed convolution."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seg.inference import inside as room
from seg.inference.inside import TAPS, Inside, strongest, transposed_convolution

pytest_plugins = ["tests.narrow_fixtures"]

IMAGE = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def network(weights):
    from seg.network.weights import load_network

    return load_network(weights)


@pytest.fixture(scope="module", params=["openvino", "keras"])
def inside(request, narrow, weights):
    if request.param == "openvino":
        pytest.importorskip("openvino")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "is_installed", lambda package: package == request.param)
        return Inside(weights)


def test_the_activations_of_the_last_layer_are_the_networks_answer(inside, network):
    expected = np.asarray(network(IMAGE[np.newaxis].astype(np.float32)))[0]
    np.testing.assert_allclose(inside.activations(IMAGE, "classifier"), expected, rtol=1e-3, atol=1e-4)


def test_a_tap_has_the_size_of_its_block(inside):
    assert inside.activations(IMAGE, "block3_conv3").shape[:2] == (16, 24)


def test_a_skip_is_the_sum_of_what_it_adds(inside):
    before = inside.activations(IMAGE, "decoder1_conv") + inside.activations(IMAGE, "block5_conv3")
    np.testing.assert_allclose(inside.activations(IMAGE, "skip_block5_conv3"), before, rtol=1e-3, atol=1e-4)


def test_several_layers_at_once_are_each_layer_alone(inside):
    names = ("block1_pool", "skip_block4_conv3", "classifier")
    together = inside.activations_by_layer(IMAGE, names)
    assert tuple(together) == names
    for name, maps in together.items():
        np.testing.assert_allclose(maps, inside.activations(IMAGE, name), rtol=1e-3, atol=1e-4)


def test_threads_that_look_at_once_see_what_one_sees(inside):
    layers = [f"block{block}_conv1" for block in range(1, 6)] * 2
    alone = [inside.activations(IMAGE, layer) for layer in layers]
    with ThreadPoolExecutor(len(layers)) as pool:
        together = list(pool.map(lambda layer: inside.activations(IMAGE, layer), layers))
    for maps, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(maps, expected, rtol=1e-3, atol=1e-4)


def test_with_every_skip_the_probabilities_are_the_networks(inside, network):
    logits = np.asarray(network(IMAGE[np.newaxis].astype(np.float32)))[0]
    expected = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(inside.probabilities(IMAGE)[0], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("tap", TAPS)
def test_without_a_tap_the_probabilities_are_others_and_still_sum_to_one(inside, tap):
    whole, without = inside.probabilities(IMAGE, (None, tap))
    np.testing.assert_allclose(without.sum(axis=2), 1, rtol=1e-5)
    assert np.abs(without - whole).max() > 1e-6


def test_several_answers_at_once_are_each_answer_alone(inside):
    taps = (None, *TAPS)
    for tap, answer in zip(taps, inside.logits(IMAGE, taps), strict=True):
        np.testing.assert_allclose(answer, inside.logits(IMAGE, [tap])[0], rtol=1e-3, atol=1e-4)


def test_an_unknown_layer_or_skip_is_refused(inside):
    with pytest.raises(ValueError, match="block9"):
        inside.activations(IMAGE, "block9_conv1")
    with pytest.raises(ValueError, match="block1_pool"):
        inside.probabilities(IMAGE, ["block1_pool"])


def test_the_strongest_channels_come_first():
    maps = np.zeros((2, 2, 4))
    maps[..., 2], maps[..., 0] = 3, 1
    assert strongest(maps, 3) == [2, 0, 1]


def test_transposed_convolution_is_keras_own():
    import keras

    rng = np.random.default_rng(1)
    image, kernel = rng.normal(size=(3, 4)), rng.normal(size=(3, 3))
    layer = keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same", use_bias=False)
    layer.build((1, 3, 4, 1))
    layer.set_weights([kernel[:, :, np.newaxis, np.newaxis]])
    expected = np.asarray(layer(image[np.newaxis, :, :, np.newaxis].astype(np.float32)))[0, ..., 0]
    output, stamps = transposed_convolution(image, kernel)
    np.testing.assert_allclose(output, expected, atol=1e-5)
    assert len(stamps) == 12


def test_one_pixel_stamps_the_kernel_times_its_value():
    _, stamps = transposed_convolution(np.array([[2.0, 0], [0, 0]]), np.arange(9.0).reshape(3, 3))
    np.testing.assert_array_equal(stamps[0][:3, :3], 2 * np.arange(9.0).reshape(3, 3))
    assert stamps[0].sum() == 2 * np.arange(9.0).sum()
