"""The datasets that a server offers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seg.data import dataset
from seg.data.checking import UNLISTED
from seg.data.dataset import SAMPLE_FOLDER
from seg.serve import datasets
from tests.owners import OWNER


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the official dataset would be; it is not there yet."""
    folder = tmp_path / "oxford-iiit-pet"
    monkeypatch.setattr(dataset, "DEFAULT_FOLDER", folder)
    return folder


def test_the_sample_is_always_offered(official):
    assert datasets.folders(OWNER) == {"sample": SAMPLE_FOLDER}


def test_the_official_dataset_comes_first_once_it_is_there(official):
    official.mkdir()
    assert list(datasets.folders(OWNER).items()) == [("configured", official), ("sample", SAMPLE_FOLDER)]


def test_the_owners_dataset_comes_first_and_the_official_one_beside_it(official, monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_DATA", str(tmp_path / "mine"))
    assert list(datasets.folders(OWNER)) == ["configured", "sample"]
    official.mkdir()
    assert list(datasets.folders(OWNER)) == ["configured", "official", "sample"]
    monkeypatch.setenv("SEG_DATA", str(official))
    assert list(datasets.folders(OWNER)) == ["configured", "sample"]


def test_photos_and_lists_that_are_added_while_the_server_runs_are_seen(small_dataset):
    root = small_dataset()
    assert len(datasets.open_dataset(root)) == 8
    assert datasets.open_dataset(root) is datasets.open_dataset(root)
    for folder, suffix in (("images", "jpg"), ("annotations/trimaps", "png")):
        shutil.copy(root / folder / f"pug_1.{suffix}", root / folder / f"pug_77.{suffix}")
    assert datasets.open_dataset(root).left_out == {UNLISTED: ("pug_77",)}
    with (root / "annotations" / "trainval.txt").open("a") as file:
        file.write("pug_77 1 1 1\n")
    assert "pug_77" in datasets.open_dataset(root)
