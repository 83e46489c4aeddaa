"""The network is the article's, layer by layer, and its preprocessing and its folded scale compute what they should."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from seg.network.architecture import TAPS
from seg.network.fcn import Preprocessing, build_fcn, freeze_encoder, split_at_taps
from seg.network.vgg16 import ENCODER_CONVOLUTIONS, MEAN_ACTIVATION, SCALINGS, fold_scale
from seg.network.weights import load_encoder, read_tensors, shipped_encoder

PARAMETERS = 26_369_987
DECODER_PARAMETERS = 11_655_299
BLOCK_PARAMETERS = (38_720, 221_440, 1_475_328, 5_899_776, 7_079_424)  # VGG16's, block 1 to 5


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return build_fcn()


@pytest.fixture(scope="module")
def trained_encoder(network: keras.Model) -> keras.Model:
    """The network with VGG16's weights from ImageNet in its encoder, scale folded."""
    load_encoder(network)
    return network


def picture(height: int, width: int, count: int = 1) -> np.ndarray:
    """Something like a photo: large soft shapes and some noise, float32 in [0, 255]."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (count, height // 16, width // 16, 3))
    fine = coarse.repeat(16, axis=1).repeat(16, axis=2) + rng.normal(0, 10, (count, height, width, 3))
    return fine.clip(0, 255).astype(np.float32)


def parameters(variables: list) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


# Shape and size


def test_the_taps_come_in_the_order_in_which_the_image_passes_them(network: keras.Model):
    names = [layer.name for layer in network.layers if layer.name in TAPS]
    assert tuple(names) == TAPS


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 96), (96, 32), (160, 64)])
def test_the_logits_have_the_images_size_at_any_multiple_of_32(network: keras.Model, height: int, width: int):
    logits = network(picture(height, width, 2))
    assert tuple(logits.shape) == (2, height, width, 3)
    assert logits.dtype == "float32"


def test_the_network_says_logits_and_no_probabilities(network: keras.Model):
    assert abs(np.asarray(network(picture(32, 32))).sum(axis=-1) - 1).max() > 0.01
    assert np.asarray(network(picture(32, 32))).min() < 0


def test_as_many_classes_as_asked_for():
    assert build_fcn(classes=5).output_shape == (None, None, None, 5)


def test_in_mixed_precision_the_photo_and_the_logits_stay_float32():
    mixed = build_fcn(dtype="mixed_bfloat16")
    assert mixed.get_layer("preprocessing").compute_dtype == "float32"
    assert mixed.get_layer("block3_conv2").compute_dtype == "bfloat16"
    assert mixed.get_layer("decoder4_conv").compute_dtype == "bfloat16"
    assert {w.dtype for w in mixed.weights} == {"float32"}
    assert mixed(picture(32, 32)).dtype == "float32"


# The decoder, as in the article


DECODER = (
    # name, kind, filters, stride, activation
    ("decoder1_upsample", layers.Conv2DTranspose, 512, 2, "relu"),
    ("decoder1_conv", layers.Conv2D, 512, 1, "relu"),
    ("skip_block5_conv3", layers.Add, None, None, None),
    ("decoder2_upsample", layers.Conv2DTranspose, 512, 2, "relu"),
    ("decoder2_conv", layers.Conv2D, 512, 1, "relu"),
    ("skip_block4_conv3", layers.Add, None, None, None),
    ("decoder3_upsample", layers.Conv2DTranspose, 256, 2, "relu"),
    ("decoder3_conv", layers.Conv2D, 256, 1, "relu"),
    ("skip_block3_conv3", layers.Add, None, None, None),
    ("decoder4_upsample", layers.Conv2DTranspose, 128, 2, "relu"),
    ("decoder4_conv", layers.Conv2D, 128, 1, "relu"),
    ("classifier", layers.Conv2DTranspose, 3, 2, "linear"),
    ("logits", layers.Activation, None, None, "linear"),
)


def inputs_of(layer: keras.Layer) -> list[str]:
    given = layer.input if isinstance(layer.input, list) else [layer.input]
    return [tensor._keras_history.operation.name for tensor in given]


def test_the_decoder_is_the_articles_layer_by_layer(network: keras.Model):
    names = [layer.name for layer in network.layers]
    assert names[names.index("block5_pool") + 1 :] == [name for name, *_ in DECODER]
    for name, kind, filters, stride, activation in DECODER:
        layer = network.get_layer(name)
        assert type(layer) is kind, name
        if filters:
            assert layer.filters == filters, name
            assert layer.kernel_size == (3, 3), name
            assert layer.strides == (stride, stride), name
            assert layer.padding == "same", name
        if activation:
            assert layer.activation.__name__ == activation, name


def test_each_layer_of_the_decoder_takes_the_one_before_it_and_each_skip_its_tap(network: keras.Model):
    before = "block5_pool"
    for name, kind, *_ in DECODER:
        tap = [name.removeprefix("skip_")] if kind is layers.Add else []
        assert inputs_of(network.get_layer(name)) == [before, *tap], name
        before = name


def test_a_skip_is_taken_after_its_relu_and_before_its_pool(network: keras.Model):
    for tap in TAPS[:3]:
        layer = network.get_layer(tap)
        assert layer.activation.__name__ == "relu"
        assert inputs_of(network.get_layer(f"{tap[:6]}_pool")) == [tap]


def test_the_encoder_is_vgg16s_layer_by_layer(network: keras.Model):
    vgg = keras.applications.VGG16(weights=None, include_top=False)
    for theirs in vgg.layers[1:]:
        ours = network.get_layer(theirs.name)
        assert type(ours) is type(theirs)
        for setting in ("filters", "kernel_size", "strides", "padding", "pool_size"):
            assert getattr(ours, setting, None) == getattr(theirs, setting, None), theirs.name
        if theirs.name != "block1_conv1":
            assert inputs_of(ours) == inputs_of(theirs)
        else:
            assert inputs_of(ours) == ["preprocessing"]
        assert [tuple(w.shape) for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [layer.name for layer in vgg.layers if layer.weights] == list(ENCODER_CONVOLUTIONS)


# Preprocessing


def preprocessed(scaling: str, image: np.ndarray) -> np.ndarray:
    return np.asarray(Preprocessing(scaling)(image))  # type: ignore[arg-type]


def test_imagenet_preprocessing_is_kerass_own():
    image = picture(32, 48, 2)
    expected = keras.applications.vgg16.preprocess_input(image.copy())
    assert np.allclose(preprocessed("imagenet", image), expected, atol=1e-4)


def test_signed_preprocessing_is_what_the_article_meant():
    image = np.array([0, 127.5, 255], np.float32).reshape(1, 1, 1, 3)
    assert preprocessed("signed", image).ravel().tolist() == [-1, 0, 1]


def test_raw_preprocessing_leaves_the_image_alone():
    image = picture(32, 32)
    assert np.array_equal(preprocessed("raw", image), image)


def test_the_encoders_first_layer_sees_the_preprocessed_image(network: keras.Model):
    probe = keras.Model(network.input, network.get_layer("block1_conv1").input)
    image = picture(32, 32)
    assert np.allclose(probe(image), keras.applications.vgg16.preprocess_input(image.copy()), atol=1e-4)


def test_an_unknown_scaling_is_refused():
    with pytest.raises(ValueError, match="imagenet, signed, raw"):
        Preprocessing("minus one to one")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'bgr'"):
        build_fcn("bgr")  # type: ignore[arg-type]


@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_scaling_survives_a_keras_file(scaling: str, tmp_path):
    layer = Preprocessing(scaling, name="preprocessing")  # type: ignore[arg-type]
    assert Preprocessing.from_config(layer.get_config()).scaling == scaling
    model = keras.Sequential([keras.Input((None, None, 3)), layer])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_layer("preprocessing").scaling == scaling
    image = picture(32, 32)
    assert np.array_equal(again(image), model(image))


# The folded scale


def test_folding_leaves_every_layers_output_the_same_up_to_its_constant(trained_encoder: keras.Model):
    vgg = keras.applications.VGG16(weights=None, include_top=False)
    for name, tensor in read_tensors(shipped_encoder()).items():
        layer, part = name.split("/")
        getattr(vgg.get_layer(layer), part).assign(tensor)
    image = picture(64, 96)
    names = [*ENCODER_CONVOLUTIONS, "block5_pool"]
    expected = keras.Model(vgg.input, [vgg.get_layer(name).output for name in names])(
        keras.applications.vgg16.preprocess_input(image.copy())
    )
    folded = keras.Model(trained_encoder.input, [trained_encoder.get_layer(name).output for name in names])(image)
    for name, theirs, ours in zip(names, expected, folded, strict=True):
        constant = MEAN_ACTIVATION["block5_conv3" if name == "block5_pool" else name]
        theirs, ours = np.asarray(theirs), np.asarray(ours)
        assert theirs.max() > 1, name  # something got through to compare
        assert np.allclose(ours * constant, theirs, rtol=1e-3, atol=1e-4 * theirs.max()), name


def test_folded_activations_are_about_one_and_the_same_at_every_tap(trained_encoder: keras.Model):
    encoder, _ = split_at_taps(trained_encoder)
    means = [float(np.asarray(tap).mean()) for tap in encoder(picture(128, 128))[:3]]
    assert all(0.1 < mean < 10 for mean in means), means


def test_folding_changes_no_shape_and_no_number_of_the_file():
    encoder = read_tensors(shipped_encoder())
    kept = {name: tensor.copy() for name, tensor in encoder.items()}
    folded = fold_scale(encoder)
    assert {name: t.shape for name, t in folded.items()} == {name: t.shape for name, t in encoder.items()}
    assert {t.dtype for t in folded.values()} == {np.dtype(np.float32)}
    assert all(np.array_equal(encoder[name], tensor) for name, tensor in kept.items())


# Freezing and splitting


@pytest.mark.parametrize("blocks", range(6))
def test_freezing_leaves_the_decoder_and_the_blocks_behind_to_train(network: keras.Model, blocks: int):
    freeze_encoder(network, blocks)
    assert parameters(network.trainable_variables) == DECODER_PARAMETERS + sum(BLOCK_PARAMETERS[blocks:])
    frozen = {w.path.split("/")[0] for w in network.non_trainable_variables}
    assert frozen == {name for name in ENCODER_CONVOLUTIONS if int(name[5]) <= blocks}


def test_what_was_frozen_can_be_thawed(network: keras.Model):
    freeze_encoder(network)
    assert parameters(network.trainable_variables) == DECODER_PARAMETERS
    freeze_encoder(network, 0)
    assert parameters(network.trainable_variables) == PARAMETERS


def test_encoder_and_decoder_apart_compute_what_the_network_computes(trained_encoder: keras.Model):
    encoder, decoder = split_at_taps(trained_encoder)
    image = picture(64, 96, 2)
    taps = encoder(image)
    assert [tuple(tap.shape[1:]) for tap in taps] == [(16, 24, 256), (8, 12, 512), (4, 6, 512), (2, 3, 512)]
    assert np.allclose(decoder(taps), trained_encoder(image), atol=1e-4)


def test_encoder_and_decoder_share_the_networks_weights(network: keras.Model):
    encoder, decoder = split_at_taps(network)
    all_weights = {id(w) for w in network.weights}
    parts = [id(w) for w in encoder.weights] + [id(w) for w in decoder.weights]
    assert set(parts) == all_weights
    assert len(parts) == len(all_weights)
    assert parameters(decoder.weights) == DECODER_PARAMETERS
