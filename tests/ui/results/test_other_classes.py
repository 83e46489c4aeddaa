"""Weights and a dataset with two classes, 0 and 255, of which none is a border: all metrics are shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import Classes, PixelClass
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from seg.serve import networks
from seg.texts import fill
from seg.ui.shared import choices
from tests.ui.results.helpers import EN, measure, metrics, visit, visit_measure, wait, words

LEAVES = Classes(
    (
        PixelClass(0, 0, "ground", (20, 20, 20), role="background"),
        PixelClass(255, 1, "leaf*", (0, 158, 115), role="subject"),
    )
)


class Green:
    """Takes every pixel that is bright for a leaf."""

    name = "green"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        return np.eye(2, dtype=np.float32)[(batch[..., 0] > 100).astype(int)]


@pytest.fixture(autouse=True)
def leaves(weights: Path, small_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, small_server) -> Path:
    root = small_dataset(folder="leaves")
    for path in (root / "annotations" / "trimaps").iterdir():
        trimap = np.asarray(Image.open(path))
        Image.fromarray(np.where(trimap == 2, 0, 255).astype(np.uint8)).save(path)
    (root / "classes.json").write_text(json.dumps(LEAVES.as_list()))
    monkeypatch.setenv("SEG_DATA", str(root))
    info = WeightsInfo(weights, "imagenet", LEAVES)
    monkeypatch.setattr(networks, "segmenter", lambda path: Segmenter(Green(), info, size=32))
    monkeypatch.setattr(choices, "read_info", lambda path: info)
    return root


def test_every_class_has_its_card_and_the_photos_are_of_the_dataset_with_these_classes():
    at = wait(visit())
    assert [metric.label for metric in at.metric][:4] == [
        "Mean IoU",
        "Pixel accuracy",
        "IoU of ground",
        r"IoU of leaf\*",
    ]
    assert any(fill("en", "results.examples_of_dataset", count=2, dataset="leaves") in each for each in words(at))
    assert not at.error
    assert len(at.main.get("image")) >= 6 * 3


def test_they_are_measured_on_any_split():
    at = measure(visit_measure(split="all"))
    assert len(metrics(at)) >= 4
    assert not at.error


def test_without_photos_of_these_classes_the_page_says_so(monkeypatch, small_dataset):
    monkeypatch.setenv("SEG_DATA", str(small_dataset(folder="pets")))
    assert EN["no_examples"] in words(visit())
