"""Which code, machine and photos made a run's weights."""

from __future__ import annotations

import subprocess

import seg
from seg.network.weights import read_info
from seg.training.provenance import commit_of, hash_of_names
from tests.narrow import VALIDATION


def test_a_run_and_its_weights_say_which_code_machine_and_photos_made_them(finished):
    import keras
    import tensorflow as tf

    (entry,) = finished.run.provenance()
    assert entry["photos"]["validation"] == {"count": 3, "sha256": hash_of_names(reversed(VALIDATION))}
    assert entry["photos"]["train"]["count"] == 6
    assert (entry["tensorflow"], entry["keras"], entry["precision"]) == (tf.__version__, keras.__version__, "float32")
    assert entry["version"] == seg.__version__ and entry["cpu"]
    assert read_info(finished.run.weights).metadata["provenance"] == [entry]


def test_the_commit_is_that_of_the_checkout_and_none_elsewhere(tmp_path):
    assert commit_of(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@x"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "file").write_text("a")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert commit_of(tmp_path) == head
    (tmp_path / "file").write_text("b")
    assert commit_of(tmp_path) == f"{head}-dirty"
