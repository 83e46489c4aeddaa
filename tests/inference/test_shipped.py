"""What ships: the int8 model belongs to the weights, both are exported and run, and both answer as Keras does."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

from seg.classes import PETS
from seg.data.dataset import SAMPLE_FOLDER, Dataset, read_pair
from seg.images import resize_photo
from seg.inference.engines import load_engine
from seg.inference.export import export
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError, int8_model, shipped_weights, weights_folder
from seg.photo import read_photo
from tests.conftest import ROOT
from tests.narrow import environment

openvino = pytest.importorskip("openvino")

CHELSEA = ROOT / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg"


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    """Chelsea and five photos of the sample: RGB float32 ``(6, 224, 224, 3)``."""
    files = [CHELSEA, *sorted((SAMPLE_FOLDER / "images").glob("*.jpg"))[::25][:5]]
    return np.stack([resize_photo(read_photo(file).pixels, 224) for file in files]).astype(np.float32)


@pytest.fixture(scope="module")
def expected(photos) -> np.ndarray:
    return load_engine(shipped_weights(), "keras").probabilities(photos)


def test_the_int8_model_that_ships_answers_as_keras_does(photos, expected):
    answer = load_engine(shipped_weights(), "openvino-int8").probabilities(photos)
    assert (answer.argmax(-1) == expected.argmax(-1)).mean() >= 0.985


def test_the_weights_that_ship_answer_as_keras_does_when_they_are_exported(photos, expected, tmp_path):
    path = export("openvino", tmp_path / "pets.xml")
    answer = openvino.Core().compile_model(path, "CPU")([photos])[0]
    assert (answer.argmax(-1) == expected.argmax(-1)).mean() >= 0.995
    assert abs(answer - expected).mean() < 2e-3


def test_the_int8_model_that_ships_was_made_from_the_weights_that_ship():
    assert int8_model(shipped_weights()) == weights_folder() / "pets-int8.xml"


def test_the_int8_model_that_ships_is_small_and_names_no_folder_of_its_maker():
    path = weights_folder() / "pets-int8.xml"
    assert path.with_suffix(".bin").stat().st_size < 28_000_000
    assert not any(word in path.read_text() for word in ("/home", "/work", "/root", "/tmp"))


def test_a_shipped_int8_model_that_has_changed_is_refused(tmp_path, monkeypatch):
    from seg.network import weights as room

    for part in weights_folder().glob("*"):
        shutil.copy(part, tmp_path)
    monkeypatch.setattr(room, "weights_folder", lambda: tmp_path)
    assert int8_model(shipped_weights())
    with (tmp_path / "pets-int8.bin").open("r+b") as file:
        file.write(b"other")
    with pytest.raises(WeightsError, match=r"pets-int8\.bin is not the file that shipped"):
        int8_model(shipped_weights())


@pytest.mark.parametrize("is_tall", [False, True])
def test_a_pet_in_a_photo_of_ten_to_one_is_found_by_a_second_look(is_tall):
    sample = Dataset.open(SAMPLE_FOLDER)["keeshond_27"]
    photo, trimap = read_pair(sample)
    height, width = photo.size
    size = (10 * width, width) if is_tall else (height, 10 * height)
    pixels, true = np.full((*size, 3), 128, np.uint8), np.zeros(size, bool)
    place = (slice(4 * width, 4 * width + height), slice(0, width)) if is_tall else (slice(None), slice(99, 99 + width))
    pixels[place], true[place] = photo.pixels, trimap == PETS["pet"].value
    segmenter = Segmenter.load()
    iou = {}
    for detail in ("fast", "balanced"):
        labels = segmenter(pixels, detail).labels == PETS["pet"].label
        iou[detail] = (labels & true).sum() / (labels | true).sum()
    assert iou["fast"] < 0.3 and iou["balanced"] > 0.6


def test_what_ships_segments_without_tensorflow_in_the_process():
    code = (
        "import sys; from seg import Segmenter; segmenter = Segmenter.load();"
        "print(segmenter.engine.name, segmenter(sys.argv[1]).has_subject, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(CHELSEA)],
        env=environment(SEG_ENGINE="openvino-int8"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "openvino-int8 True False"
