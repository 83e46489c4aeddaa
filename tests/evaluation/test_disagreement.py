"""Which trimaps a network disagrees with, and that they are ranked by it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import log_loss

from seg.classes import IGNORED, PETS, Classes, PixelClass
from seg.data.dataset import SAMPLE_FOLDER
from seg.evaluation.disagreement import MOST, disagreement
from seg.evaluation.evaluate import PhotoScore, Report, evaluate

LEAVES = Classes((PixelClass(0, 0, "ground", (0, 0, 0)), PixelClass(255, 1, "leaf", (9, 9, 9), role="subject")))
PET, BACKGROUND, BORDER = range(3)


def test_it_is_the_cross_entropy_on_average_and_never_without_end():
    true = np.array([[PET, BACKGROUND]], np.uint8)
    probabilities = np.array([[[0.7, 0.2, 0.1], [0.6, 0.3, 0.1]]], np.float32)
    assert disagreement(true, probabilities, PETS) == pytest.approx(
        log_loss([0, 1], probabilities[0], labels=[0, 1, 2])
    )
    assert disagreement(true, np.array([[[0, 1, 0], [1, 0, 0]]], np.float32), PETS) == pytest.approx(MOST)
    assert disagreement(true, np.array([[[1, 0, 0], [0, 1, 0]]], np.float32), PETS) == 0


def test_pixels_that_nobody_decided_do_not_count():
    true = np.array([[PET, BORDER, IGNORED]], np.uint8)
    probabilities = np.array([[[0.9, 0.1, 0], [0, 1, 0], [0, 1, 0]]], np.float32)
    assert disagreement(true, probabilities, PETS) == pytest.approx(-np.log(0.9))
    assert np.isnan(disagreement(np.full((1, 3), BORDER, np.uint8), probabilities, PETS))


def test_without_a_border_all_classes_count():
    true = np.array([[0, 1, IGNORED]], np.uint8)
    probabilities = np.array([[[0.9, 0.1], [0.5, 0.5], [0, 1]]], np.float32)
    assert disagreement(true, probabilities, LEAVES) == pytest.approx(-(np.log(0.9) + np.log(0.5)) / 2)


def test_a_pair_of_the_sample_whose_trimap_was_inverted_comes_first(tmp_path):
    names = ("Abyssinian_137", "Bombay_117", "american_bulldog_107", "beagle_102")
    for name in names:
        for file in (f"images/{name}.jpg", f"annotations/trimaps/{name}.png"):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SAMPLE_FOLDER / file, tmp_path / file)
    path = tmp_path / "annotations" / "trimaps" / "american_bulldog_107.png"
    trimap = np.asarray(Image.open(path))
    Image.fromarray(np.array([0, 2, 1, 3], np.uint8)[trimap]).save(path)
    first, *others = evaluate(None, tmp_path, "all").suspects()
    assert first.name == "american_bulldog_107"
    assert first.disagreement > 2 and len(others) == 3
    assert all(score.disagreement < 0.3 for score in others)


@pytest.fixture
def report() -> Report:
    values = {"pug_1": 0.2, "pug_2": float("nan"), "beagle_3": 0.5, "Bengal_7": 0.2}
    scores = tuple(PhotoScore(name, None, None, (0.5, 0.5, 0.5), 0.5, value) for name, value in values.items())
    confusion = np.ones((3, 3), np.int64)
    return Report("pets", "all", "weights", 224, PETS, confusion, confusion, scores, {}, {})


def test_those_that_are_equal_are_ranked_by_name_and_those_without_a_number_left_out(report):
    assert [score.name for score in report.suspects()] == ["beagle_3", "Bengal_7", "pug_1"]


def test_a_report_of_before_has_no_suspects_and_can_still_be_read(report):
    facts = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert Report.from_dict(facts, PETS).as_dict() == facts
    for row in facts["by_photo"]:
        del row["disagreement"]
    before = Report.from_dict(facts, PETS)
    assert before.suspects() == []
    assert [score.iou for score in before.scores] == [score.iou for score in report.scores]
