"""Every engine computes the same network from the same weight file, and says in one sentence what it cannot do."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from seg.cores import available_cores
from seg.inference import engines
from seg.inference.engines import EngineError, default_engine, load_engine
from seg.inference.segmenter import Segmenter
from seg.network import device
from seg.network.weights import WeightsError, get_tensors, read_tensors, save_tensors, weights_folder
from tests.conftest import picture_and_trimap
from tests.narrow import environment, write_weights

pytest_plugins = ["tests.narrow_fixtures"]

# From any weight file; int8 needs another model (test_int8.py).
BUILT = ("openvino", "keras")


@pytest.fixture(autouse=True)
def no_engine_named(monkeypatch):
    monkeypatch.delenv("SEG_ENGINE", raising=False)


@pytest.fixture
def in_float32(monkeypatch):
    """Keras without bfloat16, which a processor may have: engines are compared by what they compute."""
    in_float32 = replace(device.prepare_device(), precision="float32")
    monkeypatch.setattr(device, "prepare_device", lambda: in_float32)


def pictures(count: int, height: int, width: int) -> np.ndarray:
    return np.stack([picture_and_trimap((height, width), seed)[0] for seed in range(count)]).astype(np.float32)


def test_with_the_mirror_image_a_picture_and_its_mirror_image_get_the_same_answer_mirrored(narrow, tmp_path):
    path = write_weights(tmp_path / "weights.safetensors", "imagenet")
    batch = pictures(2, 64, 96)
    alone = Segmenter.load(path).engine
    both = Segmenter.load(path, mirror=True).engine
    answer = both.probabilities(batch)
    np.testing.assert_allclose(both.probabilities(batch[:, :, ::-1]), answer[:, :, ::-1], atol=1e-6)
    straight, mirrored = alone.probabilities(batch), alone.probabilities(np.ascontiguousarray(batch[:, :, ::-1]))
    assert np.abs(straight - mirrored[:, :, ::-1]).max() > 1e-3
    np.testing.assert_allclose(answer, (straight + mirrored[:, :, ::-1]) / 2, atol=1e-6)
    assert both.name == f"{alone.name}, with the mirror image"


@pytest.mark.parametrize("scaling", ["imagenet", "signed", "raw"])
def test_openvino_computes_what_keras_computes(narrow, tmp_path, in_float32, scaling):
    pytest.importorskip("openvino")
    path = write_weights(tmp_path / "weights.safetensors", scaling)
    batch = pictures(2, 64, 96)
    keras, openvino = (load_engine(path, name).probabilities(batch) for name in ("keras", "openvino"))
    assert openvino.shape == keras.shape == (2, 64, 96, 3)
    assert openvino.dtype == keras.dtype == np.float32
    # OpenVINO takes bfloat16 by itself where the processor has it; without that they agree to 1e-5.
    assert np.abs(openvino - keras).mean() < 0.01
    assert (openvino.argmax(-1) == keras.argmax(-1)).mean() > 0.98
    assert len(np.unique(keras.argmax(-1))) == 3


@pytest.mark.parametrize("name", BUILT)
def test_an_engine_takes_any_size_and_answers_with_probabilities(weights, name):
    if name == "openvino":
        pytest.importorskip("openvino")
    engine = load_engine(weights, name)
    assert engine.name == name
    for shape in ((1, 32, 32), (3, 64, 32), (2, 96, 160)):
        answer = engine.probabilities(pictures(*shape))
        assert answer.shape == (*shape, 3)
        assert answer.min() >= 0
        np.testing.assert_allclose(answer.sum(axis=-1), 1, atol=1e-3)


def test_photos_side_by_side_have_the_same_answers(weights):
    pytest.importorskip("openvino")
    alone, together = (load_engine(weights, "openvino", side_by_side=each) for each in (False, True))
    assert alone._compiled.get_property("NUM_STREAMS") == 1
    from seg.inference.engines.openvino import MOST_SIDE_BY_SIDE

    assert together._compiled.get_property("NUM_STREAMS") == min(available_cores(), MOST_SIDE_BY_SIDE)
    batches = [pictures(1, 64, 32 * width) for width in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(together.probabilities, batches))
    for batch, answer in zip(batches, answers, strict=True):
        np.testing.assert_allclose(answer, alone.probabilities(batch), atol=1e-5)


@pytest.mark.parametrize(("cores", "streams"), [(1, 1), (3, 3), (64, 8)])
def test_each_of_the_photos_side_by_side_has_a_core_and_on_many_cores_several(cores, streams, monkeypatch):
    openvino = pytest.importorskip("seg.inference.engines.openvino")
    settings = []
    core = SimpleNamespace(compile_model=lambda graph, device, how: settings.append(how))
    monkeypatch.setattr(openvino.ov, "Core", lambda: core)
    monkeypatch.setattr(openvino, "available_cores", lambda: cores)
    openvino._compiled(None, side_by_side=True)
    openvino._compiled(None)
    assert (settings[0]["NUM_STREAMS"], settings[0]["INFERENCE_NUM_THREADS"]) == (streams, cores)
    assert settings[1]["PERFORMANCE_HINT"] == "LATENCY" and "NUM_STREAMS" not in settings[1]


@pytest.mark.parametrize("name", BUILT)
def test_a_file_that_lacks_a_part_of_the_network_is_refused_in_one_sentence(narrow, tmp_path, name):
    if name == "openvino":
        pytest.importorskip("openvino")
    from seg.network.fcn import build_fcn

    tensors = get_tensors(build_fcn())
    del tensors["classifier/bias"]
    save_tensors(tensors, tmp_path / "part.safetensors", "imagenet", {})
    with pytest.raises(WeightsError, match="is not a complete network: it lacks classifier/bias"):
        load_engine(tmp_path / "part.safetensors", name)


def test_the_encoder_that_ships_is_no_network_to_segment_with():
    pytest.importorskip("openvino")
    with pytest.raises(WeightsError, match="is not a complete network"):
        load_engine(weights_folder() / "vgg16-imagenet.safetensors", "openvino")


def test_openvino_segments_without_tensorflow_in_the_process(weights):
    pytest.importorskip("openvino")
    code = (
        "import sys; import numpy as np; from seg import Segmenter;"
        "answer = Segmenter.load(sys.argv[1], 'openvino', 32)(np.zeros((40, 30, 3), np.uint8));"
        "print(answer.labels.shape, 'tensorflow' in sys.modules, 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(weights)], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(40, 30) False False"


def test_an_engine_that_does_not_exist_is_refused_with_those_that_do(weights, monkeypatch):
    with pytest.raises(EngineError, match="no engine torch: choose one of openvino-int8, openvino, keras"):
        load_engine(weights, "torch")
    monkeypatch.setenv("SEG_ENGINE", "torch")
    with pytest.raises(EngineError, match="no engine torch"):
        load_engine(weights)


def test_openvino_that_is_not_installed_is_told_in_one_sentence(weights, monkeypatch):
    monkeypatch.setattr(engines, "is_installed", lambda package: False)
    with pytest.raises(EngineError, match=r"^OpenVINO is not installed: .+ keras\.$"):
        load_engine(weights, "openvino")


@pytest.mark.parametrize(
    ("installed", "gpu", "expected"),
    [(True, False, "openvino"), (True, True, "keras"), (False, False, "keras"), (False, True, "keras")],
)
def test_openvino_is_the_default_where_it_is_installed_and_no_gpu_waits(weights, monkeypatch, installed, gpu, expected):
    monkeypatch.setattr(engines, "is_installed", lambda package: installed)
    monkeypatch.setattr(engines, "usable_gpus", lambda: ("H100",) if gpu else ())
    assert default_engine(weights) == expected
    monkeypatch.setenv("SEG_ENGINE", "keras")
    assert default_engine(weights) == "keras"


@pytest.mark.parametrize("shape", [(3, 3, 7), (3, 3, 5, 7), (1, 1, 2, 2)])
@pytest.mark.parametrize("name", BUILT)
def test_weights_whose_tensors_are_those_of_another_network_are_refused_in_a_sentence(weights, tmp_path, name, shape):
    tensors = read_tensors(weights) | {"block3_conv2/kernel": np.zeros(shape, np.float32)}
    path = tmp_path / "other.safetensors"
    save_tensors(tensors, path, "imagenet", {})
    with pytest.raises(WeightsError, match=r"other\.safetensors (is of another network|does not fit this network)"):
        load_engine(path, name)


FIRST_USE = """
import os, sys, threading
import numpy as np
from seg.inference.engines import load_engine
from seg.network.weights import find_weights

sys.setswitchinterval(1e-6)
engine = load_engine(find_weights(), "openvino-int8")
together = threading.Barrier(4)

def use():
    together.wait()
    engine.probabilities(np.zeros((1, 32, 32, 3), np.float32))

threads = [threading.Thread(target=use, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(30)
os._exit(any(thread.is_alive() for thread in threads))
"""


def test_threads_that_use_an_engine_first_at_the_same_time_do_not_wait_for_each_other_for_ever():
    for _ in range(3):  # without care, three in ten such processes hang
        assert subprocess.run([sys.executable, "-c", FIRST_USE], env=environment(), timeout=120).returncode == 0
