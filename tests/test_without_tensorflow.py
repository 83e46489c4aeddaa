"""Where TensorFlow is not installed, everything works but training, which says in one sentence what to install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from seg.texts.en import TEXTS as EN
from tests.conftest import ROOT
from tests.without_tensorflow import ADDRESSES

pytest.importorskip("openvino")
SENTENCE = EN["errors"]["tensorflow_missing"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """A user's environment, and places of its own on disk."""
    folder = tmp_path_factory.mktemp("places")
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SEG_")}
    return settings | {"SEG_RUNS": str(folder / "runs"), "SEG_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def opened(environment) -> dict:
    """What ``tests.without_tensorflow`` prints."""
    command = [sys.executable, "-m", "tests.without_tensorflow"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def seg(environment):
    """Calls the command line in a process without TensorFlow."""

    def call(*arguments: object) -> subprocess.CompletedProcess:
        code = (
            "import sys; from tests.without_tensorflow import block; block()\n"
            "from seg.commands.main import main; sys.exit(main(sys.argv[1:]))"
        )
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)

    return call


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_opens(opened, address):
    page = opened["pages"][address]
    assert page["errors"] == []
    assert page["title"]
    assert opened["loaded"] == []


@pytest.mark.parametrize("address", ["segment", "dataset", "inside?section=maps", "inside?section=skips"])
def test_photos_are_segmented_and_looked_into(opened, address):
    assert opened["pages"][address]["pictures"] > 1


def test_the_train_page_says_what_to_install_and_offers_no_start(opened):
    assert SENTENCE in opened["pages"]["train"]["info"]
    assert "train-start" in opened["pages"]["train"]["disabled"]
    assert SENTENCE not in opened["pages"]["segment"]["info"]
    assert SENTENCE in opened["pages"]["segment"]["sidebar"]


def test_the_command_line_segments_and_measures(seg, tmp_path):
    cat = ROOT / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg"
    done = seg("predict", cat, "--out", tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and list(tmp_path.iterdir())
    for arguments in (("stats",), ("summary",), ("export", "--to", "openvino", tmp_path / "pets.xml")):
        done = seg(*arguments)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("train",),
        ("compare",),
        ("export", "--to", "keras", "pets.keras"),
        ("predict", "--engine", "keras", "seg/ui/segment/samples"),
        ("benchmark", "--engines", "keras"),
        ("benchmark", "--engines", "model.predict"),
    ],
    ids=" ".join,
)
def test_what_needs_tensorflow_says_so_in_one_sentence(seg, arguments):
    done = seg(*arguments)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("seg: ") and SENTENCE in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_a_training_from_python_says_so_and_leaves_no_run(environment, tmp_path):
    code = (
        "from tests.without_tensorflow import block; block()\n"
        "from seg import train\n"
        "from seg.errors import SegError\n"
        "try: train('demo', runs='RUNS')\n"
        "except SegError as error: print(error)\n"
    )
    command = [sys.executable, "-c", code.replace("RUNS", str(tmp_path / "runs"))]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == SENTENCE, done.stderr
    assert not (tmp_path / "runs").exists()


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
