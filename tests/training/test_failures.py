"""What goes wrong in a training ends it in one sentence, and what it had saved is kept."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from seg.data.dataset import DatasetError
from seg.network.weights import read_info, read_tensors
from seg.training import epoch
from seg.training.errors import TrainingError
from seg.training.status import Status
from seg.training.train import train
from tests.narrow import EVERYTHING, tiny_phase, tiny_recipe
from tests.narrow_trainings import FROZEN, leftovers, new_run


@pytest.mark.parametrize("steps", [3, 1], ids=["in a step", "after the last step"])
def test_a_loss_that_is_lost_ends_the_run_and_the_weights_before_it_are_kept(pets, tmp_path, steps):
    absurd = tiny_phase(decoder_learning_rate=1e30, steps=steps)
    watched = new_run(tiny_recipe(tiny_phase(), absurd), pets, tmp_path)
    with pytest.raises(TrainingError, match=r"The loss became (nan|inf) .*epoch 2.*: lower the learning rate"):
        watched.train()
    status = watched.run.status()
    assert status.state == "failed"
    assert status.message.startswith("The loss became") and "\n" not in status.message
    assert len(watched.run.history()) == 1
    assert read_info(watched.run.weights).metadata["epoch"] == 1
    assert all(np.isfinite(tensor).all() for tensor in read_tensors(watched.run.weights).values())
    assert leftovers(watched.run.folder) == []


@pytest.mark.parametrize("phase", [FROZEN, tiny_phase(epochs=2, **EVERYTHING)], ids=["features", "photos"])
def test_a_dataset_that_vanishes_ends_the_run_in_one_sentence(pets, tmp_path, phase, monkeypatch):
    monkeypatch.setattr(epoch, "EXAMPLES_CACHE_BYTES", 0)
    copy = shutil.copytree(pets, tmp_path / "pets")
    watched = new_run(tiny_recipe(phase), copy, tmp_path / "runs")
    with pytest.raises(TrainingError) as caught:
        watched.train(lambda status: status.epoch == 1 and shutil.rmtree(copy / "images", ignore_errors=True))
    assert_one_sentence_of_a_missing_photo(str(caught.value))
    status = watched.run.status()
    assert (status.state, status.message) == ("failed", str(caught.value))
    assert read_info(watched.run.weights).metadata["epoch"] == 1
    assert not watched.run.is_alive()

    with pytest.raises(DatasetError, match="no photos"):
        train(run=watched.run)
    assert watched.run.status().state == "failed"
    shutil.rmtree(copy)
    with pytest.raises(DatasetError, match="There is no folder"):
        train(run=watched.run)


def assert_one_sentence_of_a_missing_photo(sentence: str) -> None:
    assert sentence.endswith(" does not exist: check the path.")
    assert "\n" not in sentence and len(sentence) < 80


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT TESTED ON A FULL DISK: a small one cannot be mounted here (Linux, as root)")
    yield disk
    if subprocess.run(["umount", str(disk)]).returncode:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        pytest.fail("the run's files are still open after its end")


def test_a_full_disk_ends_the_run_in_one_sentence_and_with_room_again_it_goes_on(pets, small_disk):
    def fill(status: Status) -> None:
        # The first epoch is written down when the second begins.
        if (status.epoch, status.activity) == (1, "training") and not filler.exists():
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(256))

    filler = small_disk / "filler"
    watched = new_run(tiny_recipe(FROZEN), pets, small_disk / "runs")
    with pytest.raises(TrainingError) as caught:
        watched.train(fill)
    assert str(caught.value).startswith("The disk is full: free some space and go on with --resume")
    status = watched.run.status()
    assert (status.state, status.message, status.epoch) == ("failed", str(caught.value), 1)
    assert len(watched.run.history()) == 1
    assert read_info(watched.run.weights).metadata["epoch"] == 1
    assert read_tensors(watched.run.weights)
    assert leftovers(watched.run.folder) == []

    filler.unlink()
    assert watched.train().run.status().state == "finished"
    assert len(watched.run.history()) == 2


def test_a_dataset_without_pairs_is_refused_before_anything_is_loaded(tmp_path, small_dataset):
    empty = small_dataset(())
    (empty / "annotations" / "trimaps" / "pug_1.png").write_bytes(b"")
    watched = new_run(tiny_recipe(split_scheme="article"), empty, tmp_path / "runs")
    with pytest.raises(DatasetError, match="no photos to train on"):
        watched.train()
    assert watched.run.status().state == "failed"
