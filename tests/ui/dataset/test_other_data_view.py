"""What the Dataset page says of a visitor's dataset: the layout and the classes that it shows can be opened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.data.dataset import Dataset
from seg.texts import texts
from seg.ui.dataset import other_data_view
from tests.ui.pages import go_to

EN = texts("en")["dataset"]
APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"


def boxes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: Path) -> list[str]:
    monkeypatch.setenv("SEG_DATA", str(data))
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return [box.label for box in go_to(AppTest.from_file(str(APP), default_timeout=30), "dataset").run().main.expander]


def test_the_page_says_how_to_use_another_dataset_also_where_the_one_in_use_is_missing(
    monkeypatch, tmp_path, small_dataset
):
    assert boxes(monkeypatch, tmp_path, small_dataset())[-1] == EN["other_data"]
    assert boxes(monkeypatch, tmp_path, tmp_path / "nowhere")[-1] == EN["other_data"]


def test_a_folder_as_the_page_shows_it_is_a_dataset(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_CACHE", str(tmp_path / "cache"))
    images, trimaps = tmp_path / "images", tmp_path / "annotations" / "trimaps"
    images.mkdir()
    trimaps.mkdir(parents=True)
    for name in ("one", "two", "three"):
        Image.new("RGB", (8, 4)).save(images / f"{name}.jpg")
        Image.fromarray(np.uint8([[0, 255] * 4] * 4)).save(trimaps / f"{name}.png")
    (tmp_path / "annotations" / "trainval.txt").write_text("one\ntwo\n")
    (tmp_path / "annotations" / "test.txt").write_text("three\n")
    (tmp_path / "classes.json").write_text(other_data_view.CLASSES)
    dataset = Dataset.open(tmp_path)
    described = {row["name"]: row["role"] for row in json.loads(other_data_view.CLASSES)}
    assert {member.name: member.role for member in (*dataset.classes, *dataset.classes.void)} == described
    assert dataset.classes.subject and len(dataset) == 3
    assert dataset.splits["test"] == ("three",)
