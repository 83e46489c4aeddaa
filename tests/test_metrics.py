"""The metrics, against scikit-learn's and against numbers that can be counted by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import sklearn.metrics

from seg.classes import IGNORED, PETS, Classes
from seg.metrics import (
    as_row,
    confusion_matrix,
    foreground_iou,
    iou_by_class,
    mean_iou,
    pixel_accuracy,
    subject_iou_without_border,
    summarize,
)


def without_border(confusion: np.ndarray) -> float:
    return subject_iou_without_border(confusion, PETS["pet"].label, PETS["border"].label)


def random_labels(classes: int = 3, seed: int = 0, shape: tuple[int, ...] = (40, 50)) -> tuple[np.ndarray, np.ndarray]:
    """True labels, and predictions that are right in some two of three pixels."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, shape).astype(np.uint8)
    predicted = np.where(rng.uniform(size=shape) < 0.6, true, rng.integers(0, classes, shape)).astype(np.uint8)
    return true, predicted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_confusion_matrix_is_scikit_learns(classes: int, seed: int):
    true, predicted = random_labels(classes, seed)
    own = confusion_matrix(true, predicted, classes)
    theirs = sklearn.metrics.confusion_matrix(true.ravel(), predicted.ravel(), labels=range(classes))
    assert np.array_equal(own, theirs)
    assert own.dtype == np.int64


@pytest.mark.parametrize("seed", range(3))
def test_accuracy_and_iou_are_scikit_learns(seed: int):
    true, predicted = random_labels(seed=seed)
    confusion = confusion_matrix(true, predicted)
    flat = true.ravel(), predicted.ravel()
    assert pixel_accuracy(confusion) == pytest.approx(sklearn.metrics.accuracy_score(*flat))
    assert iou_by_class(confusion) == pytest.approx(sklearn.metrics.jaccard_score(*flat, average=None))
    assert mean_iou(confusion) == pytest.approx(sklearn.metrics.jaccard_score(*flat, average="macro"))


def test_rows_are_true_and_columns_predicted():
    confusion = confusion_matrix(np.array([0, 0, 0, 2]), np.array([0, 1, 1, 0]))
    assert confusion.tolist() == [[1, 2, 0], [0, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_may_be_of_any_integer_type(dtype):
    true, predicted = random_labels()
    expected = confusion_matrix(true, predicted)
    assert np.array_equal(confusion_matrix(true.astype(dtype), predicted.astype(np.int64)), expected)
    assert np.array_equal(confusion_matrix(true, predicted.astype(dtype)), expected)


def test_many_classes_do_not_wrap_around_in_a_byte():
    true = np.full(10, 20, np.uint8)
    assert confusion_matrix(true, true, 21)[20, 20] == 10


def test_pixels_of_no_class_do_not_count():
    true, predicted = random_labels()
    hidden = true.copy()
    hidden[:10] = IGNORED
    assert np.array_equal(confusion_matrix(hidden, predicted), confusion_matrix(true[10:], predicted[10:]))
    assert confusion_matrix(np.full((4, 4), IGNORED, np.uint8), np.zeros((4, 4), np.uint8)).sum() == 0


def test_matrices_of_parts_add_up_to_the_whole():
    true, predicted = random_labels()
    parts = confusion_matrix(true[:13], predicted[:13]) + confusion_matrix(true[13:], predicted[13:])
    assert np.array_equal(parts, confusion_matrix(true, predicted))


def test_a_perfect_prediction_has_the_best_metrics():
    true, _ = random_labels()
    confusion = confusion_matrix(true, true)
    assert pixel_accuracy(confusion) == mean_iou(confusion) == without_border(confusion) == 1


def test_iou_is_intersection_over_union():
    # pet: 4 right, 1 missed, 3 too many; background: 5 right, 3 missed, 1 too many; no border.
    confusion = np.array([[4, 1, 0], [3, 5, 0], [0, 0, 0]])
    assert iou_by_class(confusion)[:2] == pytest.approx([4 / 8, 5 / 9])
    assert pixel_accuracy(confusion) == pytest.approx(9 / 13)


def test_accuracy_hides_a_class_that_is_never_found_and_mean_iou_shows_it():
    confusion = np.array([[45, 0, 0], [0, 45, 0], [5, 5, 0]])
    assert pixel_accuracy(confusion) == 0.9
    assert mean_iou(confusion) == pytest.approx((45 / 50 + 45 / 50 + 0) / 3)


def test_a_class_that_occurs_nowhere_has_no_iou_and_does_not_count_in_the_mean():
    confusion = np.array([[6, 2, 0], [2, 6, 0], [0, 0, 0]])
    assert math.isnan(iou_by_class(confusion)[2])
    assert mean_iou(confusion) == pytest.approx(0.6)


def test_a_class_that_is_only_predicted_has_an_iou_of_zero():
    assert iou_by_class(np.array([[6, 0, 2], [0, 6, 0], [0, 0, 0]]))[2] == 0


@pytest.mark.filterwarnings("error")
def test_where_nothing_was_counted_there_are_no_metrics():
    nothing = np.zeros((3, 3), np.int64)
    for measured in (pixel_accuracy(nothing), mean_iou(nothing), without_border(nothing), foreground_iou(nothing, 1)):
        assert math.isnan(measured)
    assert np.isnan(iou_by_class(nothing)).all()


@pytest.mark.parametrize("seed", range(3))
def test_pet_without_border_is_scikit_learns_over_the_pixels_that_are_not_border(seed: int):
    true, predicted = random_labels(seed=seed)
    kept = true != 2
    expected = sklearn.metrics.jaccard_score(true[kept] == 0, predicted[kept] == 0)
    assert without_border(confusion_matrix(true, predicted)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_pet_or_border_is_scikit_learns_for_all_that_is_not_background(seed: int):
    true, predicted = random_labels(seed=seed)
    expected = sklearn.metrics.jaccard_score((true != 1).ravel(), (predicted != 1).ravel())
    assert foreground_iou(confusion_matrix(true, predicted), 1) == pytest.approx(expected)


def test_pet_without_border_may_have_any_labels():
    true, predicted = random_labels()
    usual = without_border(confusion_matrix(true, predicted))
    turned = confusion_matrix(2 - true, 2 - predicted)  # border is 0, background 1, pet 2
    assert subject_iou_without_border(turned, subject=2, border=0) == pytest.approx(usual)


def test_metrics_leave_the_matrix_as_it_is():
    confusion = confusion_matrix(*random_labels())
    before = confusion.copy()
    for measure in (pixel_accuracy, iou_by_class, mean_iou, without_border):
        measure(confusion)
    foreground_iou(confusion, 1)
    assert np.array_equal(confusion, before)


def test_a_summary_is_json_with_none_for_what_was_not_counted():
    summary = summarize(np.diag([0, 10, 0]), PETS)
    assert summary["iou"] == {"pet": None, "background": 1.0, "border": None}
    assert summary["mean_iou"] == summary["pixel_accuracy"] == 1.0
    assert summary["pet_iou_without_border"] is None
    assert summarize(np.zeros((3, 3), int), PETS)["mean_iou"] is None
    json.dumps(summary, allow_nan=False)


def test_a_summary_has_none_for_a_role_that_no_class_plays():
    colours = ([0, 0, 0], [9, 9, 9])
    plain = Classes.from_list([{"value": i, "name": f"c{i}", "colour": c} for i, c in enumerate(colours)])
    summary = summarize(np.array([[3, 1], [0, 4]]), plain)
    assert summary["iou"] == {"c0": 0.75, "c1": 0.8}
    assert summary["pet_iou_without_border"] is None and summary["pet_or_border_iou"] is None


def test_a_row_has_the_metrics_of_every_class_and_nan_for_what_was_not_counted():
    row = as_row(0.5, np.diag([0, 10, 0]), PETS)
    assert list(row) == ["loss", "pixel_accuracy", "iou_pet", "iou_background", "iou_border", "mean_iou"]
    assert (row["loss"], row["iou_background"]) == (0.5, 1.0) and math.isnan(row["iou_pet"])
