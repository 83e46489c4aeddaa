"""Where TensorFlow is not installed, everything works but training, which says in one sentence what to install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from seg.network.weights import save_tensors
from seg.texts.en import TEXTS as EN
from tests.conftest import ROOT
from tests.narrow import narrow_tensors
from tests.without_tensorflow import ADDRESSES, REFUSED, WORKING

pytest.importorskip("openvino")
SENTENCE = EN["errors"]["tensorflow_missing"]


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("places")


@pytest.fixture(scope="module")
def told(places) -> dict:
    """What ``tests.without_tensorflow`` prints."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SEG_")}
    settings |= {"SEG_RUNS": str(places / "runs"), "SEG_CACHE": str(places / "cache"), "PYTHONPATH": str(ROOT)}
    save_tensors(narrow_tensors(), places / "narrow.safetensors", "imagenet", {})
    settings["SEG_WEIGHTS"] = str(places / "narrow.safetensors")
    command = [sys.executable, "-m", "tests.without_tensorflow"]
    done = subprocess.run(command, cwd=places, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_opens(told, address):
    page = told["pages"][address]
    assert page["errors"] == []
    assert page["title"]
    assert told["loaded"] == []


@pytest.mark.parametrize("address", ["segment", "dataset", "inside?section=maps", "inside?section=skips"])
def test_photos_are_segmented_and_looked_into(told, address):
    assert told["pages"][address]["pictures"] > 1


def test_the_train_page_says_what_to_install_and_offers_no_start(told):
    assert SENTENCE in told["pages"]["train"]["info"]
    assert "train-start" in told["pages"]["train"]["disabled"]
    assert SENTENCE not in told["pages"]["segment"]["info"]
    assert SENTENCE in told["pages"]["segment"]["sidebar"]


@pytest.mark.parametrize("command", WORKING)
def test_the_command_line_works(told, command):
    code, _, errors = told["verbs"][command]
    assert (code, errors) == (0, "")


def test_doctor_says_what_to_install(told):
    assert told["verbs"]["doctor"][1].startswith(f"{SENTENCE}\n")


@pytest.mark.parametrize("command", REFUSED)
def test_what_needs_tensorflow_says_so_in_one_sentence(told, command):
    code, output, errors = told["verbs"][command]
    assert (code, output, errors) == (2, "", f"seg: {SENTENCE}\n")


def test_a_training_from_python_says_so_and_leaves_no_run(told, places):
    assert told["train"] == SENTENCE
    assert list((places / "runs").glob("*/recipe.json")) == []


INTEL_MAC = {"sys_platform": "darwin", "platform_machine": "x86_64"}


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (INTEL_MAC, False),
        ({"sys_platform": "darwin", "platform_machine": "arm64"}, True),
        ({"sys_platform": "linux", "platform_machine": "x86_64"}, True),
        ({"sys_platform": "win32", "platform_machine": "AMD64"}, True),
    ],
    ids=str,
)
def test_tensorflow_is_required_where_it_exists(machine, expected):
    lines = Path(ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    wanted = {one.name for one in requirements if one.marker is None or one.marker.evaluate(dict(machine))}
    assert ({"tensorflow", "keras"} <= wanted) == expected
    assert {"openvino", "streamlit", "numpy"} <= wanted
