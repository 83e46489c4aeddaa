"""The int8 model that ships belongs to the weights that ship, and answers nearly as they do."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from seg.network.weights import WeightsError, int8_model, shipped_weights, weights_folder
from tests.conftest import ROOT
from tests.narrow import environment

pytest.importorskip("openvino")

SAMPLE = ROOT / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg"


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


def test_what_ships_segments_without_tensorflow_in_the_process():
    code = (
        "import sys; from seg import Segmenter; own = Segmenter.load();"
        "print(own.engine.name, own(sys.argv[1]).has_subject, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(SAMPLE)],
        env=environment(SEG_ENGINE="openvino-int8"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "openvino-int8 True False"
