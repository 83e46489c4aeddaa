"""Every format is read by its program and answers as Keras does, on real photos."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from seg.data.dataset import SAMPLE_FOLDER
from seg.errors import SegError
from seg.images import resize_photo
from seg.inference.export import FORMATS, SUFFIX_OF, ExportError, export
from seg.network.weights import WeightsError, load_network, read_tensors, save_tensors
from seg.photo import read_photo
from tests.conftest import ROOT

pytest_plugins = ["tests.narrow_fixtures"]

SIZE = 96


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    """Six photos of the sample that ships: RGB float32 ``(6, SIZE, SIZE, 3)``."""
    files = sorted((SAMPLE_FOLDER / "images").glob("*.jpg"))[::25][:6]
    return np.stack([resize_photo(read_photo(file).pixels, SIZE) for file in files]).astype(np.float32)


def as_keras(path: Path, photos: np.ndarray) -> np.ndarray:
    import keras

    import seg.network.fcn  # noqa: F401  (registers the first layer)

    return np.asarray(keras.models.load_model(path)(photos))


def as_savedmodel(path: Path, photos: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # its variables live as long as it does
    return np.asarray(loaded.serve(photos))


def as_onnx(path: Path, photos: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    return session.run(None, {session.get_inputs()[0].name: photos})[0]


def as_tflite(path: Path, photos: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(path))
    image, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(image["index"], photos.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(image["index"], photos)
    interpreter.invoke()
    return interpreter.get_tensor(answer["index"])


def as_openvino(path: Path, photos: np.ndarray) -> np.ndarray:
    import openvino

    return openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([photos])[0]


READERS = {
    "keras": as_keras,
    "savedmodel": as_savedmodel,
    "onnx": as_onnx,
    "tflite": as_tflite,
    "openvino": as_openvino,
}


@pytest.fixture(scope="module")
def expected(weights, photos) -> np.ndarray:
    """What Keras answers in float32, whatever the processor has."""
    return softmax(np.asarray(load_network(weights)(photos)), axis=-1)


@pytest.mark.parametrize("to", READERS)
def test_an_exported_network_answers_as_keras_does(to, weights, photos, expected, tmp_path):
    path = export(to, tmp_path / f"pets{SUFFIX_OF[to]}", weights, SIZE)
    answer = READERS[to](path, photos)
    assert answer.shape == expected.shape and answer.dtype == np.float32
    assert (answer.argmax(-1) == expected.argmax(-1)).mean() >= 0.995
    assert abs(answer - expected).mean() < 2e-3
    beside = {part.name for part in tmp_path.iterdir()} - {path.name}
    assert beside == ({"pets.bin"} if to == "openvino" else set())


def test_the_size_is_the_weight_files_unless_another_is_named(weights, tmp_path):
    import onnxruntime

    tensors = read_tensors(weights)
    save_tensors(tensors, tmp_path / "small.safetensors", "imagenet", {}, input_size=64)
    path = export("onnx", tmp_path / "small.onnx", tmp_path / "small.safetensors")
    assert onnxruntime.InferenceSession(str(path)).get_inputs()[0].shape[1:] == [64, 64, 3]


def test_every_format_is_tested():
    assert set(FORMATS) == {*READERS, "openvino-int8"}


def test_only_int8_asks_for_a_dataset(tmp_path):
    with pytest.raises(SegError, match="openvino is made from the weights alone: leave --data out"):
        export("openvino", tmp_path / "pets.xml", data=tmp_path)


@pytest.mark.parametrize(
    ("to", "name", "size", "words"),
    [
        ("pickle", "pets.pickle", 224, "no format pickle"),
        ("onnx", "pets.keras", 224, "call it pets.onnx"),
        ("onnx", "pets.onnx", 100, "100 px is not a multiple of 32"),
        ("tflite", "there.tflite", 224, "there.tflite exists already"),
        ("savedmodel", "..", 224, "is no name for what is exported"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(to, name, size, words, tmp_path):
    (tmp_path / "there.tflite").write_bytes(b"mine")
    with pytest.raises(SegError, match=words):
        export(to, tmp_path / name, size=size)
    assert [part.name for part in tmp_path.iterdir()] == ["there.tflite"]
    assert (tmp_path / "there.tflite").read_bytes() == b"mine"


def test_a_folder_of_something_else_is_never_written_over(tmp_path):
    mine = tmp_path / "photos"
    mine.mkdir()
    (mine / "cat.jpg").write_bytes(b"mine")
    with pytest.raises(SegError, match="is a folder of something else"):
        export("savedmodel", mine, overwrite=True)
    assert (mine / "cat.jpg").read_bytes() == b"mine"


def test_a_file_beside_the_named_one_is_not_written_over_either(tmp_path):
    (tmp_path / "pets.bin").write_bytes(b"mine")
    with pytest.raises(ExportError, match=r"pets\.bin exists already"):
        export("openvino", tmp_path / "pets.xml")
    assert (tmp_path / "pets.bin").read_bytes() == b"mine"


def test_missing_weights_are_told(tmp_path):
    with pytest.raises(WeightsError, match="no weights at"):
        export("openvino", tmp_path / "pets.xml", weights=tmp_path / "nowhere")


def test_a_failed_export_leaves_what_was_there(weights, tmp_path, monkeypatch):
    import openvino

    path = tmp_path / "pets.xml"
    path.write_text("mine")

    def fails(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(openvino, "save_model", fails)
    with pytest.raises(OSError, match="No space left"):
        export("openvino", path, weights, overwrite=True)
    assert [part.name for part in tmp_path.iterdir()] == ["pets.xml"] and path.read_text() == "mine"


def test_openvino_is_exported_without_tensorflow(weights, tmp_path):
    code = (
        "import sys; from seg.inference.export import export; "
        "export('openvino', sys.argv[1], sys.argv[2]); print('tensorflow' in sys.modules)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "pets.xml"), str(weights)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
