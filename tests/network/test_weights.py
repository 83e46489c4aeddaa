"""Weight files: what is saved comes back, and what is not ours, not whole or not intact is refused in one sentence."""

from __future__ import annotations

import hashlib
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
from seg.network.vgg16 import ENCODER_CONVOLUTIONS, fold_scale
from seg.network.weights import (
    FORMAT,
    WeightsError,
    as_array,
    find_weights,
    get_tensors,
    load_encoder,
    load_network,
    read_info,
    read_tensors,
    save_network,
    save_tensors,
    set_tensors,
    sha256_of,
    shipped_encoder,
    shipped_weights,
    weights_folder,
)

METADATA = {"recipe": {"name": "demo", "phases": [1, 2]}, "metrics": {"mean_iou": 0.75}, "title": "größer – 猫"}
ENCODER_NAMES = {f"{name}/{part}" for name in ENCODER_CONVOLUTIONS for part in ("kernel", "bias")}


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A network that looks at its image in the article's way, so that nothing is folded."""
    keras.utils.set_random_seed(0)
    return build_fcn("signed")


@pytest.fixture(scope="module")
def saved(network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_network(network, path, METADATA)
    return path


def small(path: Path, **tensors: np.ndarray) -> Path:
    save_tensors(tensors or {"a": np.ones(3, np.float32)}, path, "imagenet", {})
    return path


def refusal(call, *args, **kwargs) -> str:
    """Why weights are refused; holds that it is one sentence."""
    with pytest.raises(WeightsError) as caught:
        call(*args, **kwargs)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


# Save and load


def test_a_network_comes_back_with_its_weights_and_its_scaling(network: keras.Model, saved: Path):
    again = load_network(saved)
    assert again.get_layer("preprocessing").scaling == "signed"
    own, back = get_tensors(network), get_tensors(again)
    assert back.keys() == own.keys()
    for name, tensor in own.items():
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
    assert peak < big.nbytes / 4  # a copy would be the peak of a whole training
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


# Which file


def test_a_path_names_its_file_and_a_runs_folder_its_best(saved: Path):
    assert find_weights(saved) == saved
    assert find_weights(str(saved)) == saved
    assert find_weights(saved.parent) == saved


def test_seg_weights_names_the_file_when_no_argument_does(saved: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("SEG_WEIGHTS", str(saved))
    assert find_weights() == saved
    other = small(tmp_path / "other.safetensors")
    assert find_weights(other) == other


@pytest.mark.parametrize("setting", [None, ""])
def test_without_an_argument_or_a_setting_it_is_what_ships(monkeypatch: pytest.MonkeyPatch, setting: str | None):
    if setting is not None:
        monkeypatch.setenv("SEG_WEIGHTS", setting)
    monkeypatch.setattr(room, "shipped_weights", lambda: Path("what ships"))
    assert find_weights() == Path("what ships")


def test_weights_that_are_not_there_are_refused_by_their_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert "nowhere.safetensors" in refusal(find_weights, "nowhere.safetensors")
    assert str(tmp_path / "weights.safetensors") in refusal(find_weights, tmp_path)
    monkeypatch.setenv("SEG_WEIGHTS", "gone.safetensors")
    assert "gone.safetensors" in refusal(find_weights)


# What ships


@pytest.fixture
def shipping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights that ship, as a clone or an installation has it, with two tiny files."""
    folder = tmp_path / "weights"
    folder.mkdir()
    sums = ""
    for name in ("pets.safetensors", "vgg16-imagenet.safetensors"):
        small(folder / name)
        sums += f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
    (folder / "SHA256SUMS").write_text(sums)
    monkeypatch.setattr(room, "_SHIPPED", folder)
    monkeypatch.setattr(room, "_INSTALLED", tmp_path / "not installed")
    return folder


def test_what_ships_is_compared_with_the_hash_that_ships(shipping: Path):
    assert shipped_weights() == shipping / "pets.safetensors"
    assert shipped_encoder() == shipping / "vgg16-imagenet.safetensors"


def test_a_changed_file_is_refused(shipping: Path):
    data = bytearray((shipping / "pets.safetensors").read_bytes())
    data[-1] ^= 1
    (shipping / "pets.safetensors").write_bytes(data)
    assert "SHA-256" in refusal(shipped_weights)
    assert shipped_encoder()


def test_files_that_are_swapped_are_refused(shipping: Path):
    small(shipping / "pets.safetensors", a=np.zeros(5, np.float32))
    digest = sha256_of(shipping / "pets.safetensors")
    (shipping / "SHA256SUMS").write_text(f"{digest}  vgg16-imagenet.safetensors\n")
    assert "SHA-256" in refusal(shipped_weights)


@pytest.mark.parametrize("missing", ["pets.safetensors", "SHA256SUMS"])
def test_a_file_that_does_not_ship_is_named(shipping: Path, missing: str):
    (shipping / missing).unlink()
    assert missing in refusal(shipped_weights)


def test_an_installed_package_has_its_weights_inside(shipping: Path, tmp_path: Path, monkeypatch):
    assert weights_folder() == shipping
    # Beside an installed package lie the packages of others, of which one may be called weights.
    installed = tmp_path / "seg" / "shipped_weights"
    installed.mkdir(parents=True)
    monkeypatch.setattr(room, "_INSTALLED", installed)
    assert weights_folder() == installed


def test_the_hash_is_that_of_the_whole_file(tmp_path: Path):
    data = np.random.default_rng(0).bytes(3 * 2**20 + 1)
    (tmp_path / "file").write_bytes(data)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_the_encoder_that_ships_is_vgg16s():
    tensors = read_tensors(shipped_encoder())
    assert tensors.keys() == ENCODER_NAMES
    assert tensors["block1_conv1/kernel"].shape == (3, 3, 3, 64)
    assert tensors["block5_conv3/bias"].shape == (512,)
    assert sum(tensor.size for tensor in tensors.values()) == 14_714_688


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


# What is refused


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


def test_a_file_with_a_part_of_the_network_is_refused_as_the_whole(tmp_path: Path):
    # Otherwise the rest would be random, and the answer nonsense that looks like one.
    assert "not a complete network" in refusal(load_network, shipped_encoder())


# The encoder


def encoder_of(network: keras.Model) -> dict[str, np.ndarray]:
    return {name: tensor.copy() for name, tensor in get_tensors(network).items() if name in ENCODER_NAMES}


def assert_same(own: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert own.keys() == expected.keys()
    for name in own:
        assert np.array_equal(own[name], expected[name]), name


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
    save_tensors(tensors, tmp_path / "own.safetensors", "imagenet", {})
    load_encoder(network, tmp_path / "own.safetensors")
    assert_same(encoder_of(network), tensors)


def test_a_whole_network_is_no_encoder(network: keras.Model, saved: Path):
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


def test_the_files_metadata_is_plain_json_for_every_reader(saved: Path, tmp_path: Path):
    copy = shutil.copy(saved, tmp_path / "copy.safetensors")
    with safe_open(copy, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == FORMAT
    assert {key: json.loads(metadata[key]) for key in METADATA} == METADATA
