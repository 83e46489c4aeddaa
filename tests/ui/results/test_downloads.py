"""What the page gives as files: the report, and tables of metrics."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from seg.classes import PETS, Classes
from seg.evaluation.evaluate import Report
from seg.serve import evaluations
from seg.ui.results import confusion_view, downloads, metrics_view
from seg.ui.results.metrics_view import Measured
from seg.ui.shared.download_buttons import csv_bytes


def test_a_report_comes_back_from_its_json(report, dataset):
    again = Report.from_dict(json.loads(json.dumps(report.as_dict())), dataset.classes)
    assert again.as_dict() == report.as_dict()
    assert [(s.name, s.breed, s.species) for s in again.scores] == [(s.name, s.breed, s.species) for s in report.scores]
    np.testing.assert_array_equal([s.iou for s in again.scores], [s.iou for s in report.scores])


def test_downloads_do_not_say_where_the_server_keeps_its_files(weights, dataset, tmp_path):
    task = evaluations.Task.of(weights, dataset, "all", None)
    evaluations.start(task)
    evaluations.evaluations.wait(20)
    report = evaluations.report(task)
    measured = [Measured("Shipped weights", weights, report)]
    text = downloads.report_json([report])
    assert json.loads(text)["photos"] == 8
    tables = [downloads.metrics_table, downloads.photo_table, downloads.breed_table]
    for content in [text, *(csv_bytes(table(measured)).decode() for table in tables)]:
        assert str(tmp_path) not in content


def test_the_metrics_of_other_classes_have_their_names(report, weights):
    names = ("leaf", "sky", "water")
    classes = Classes(tuple(replace(member, name=name) for member, name in zip(PETS, names, strict=True)))
    other = replace(report, classes=classes)
    table = downloads.metrics_table([Measured("mine", weights, other)])
    assert {*names, "mean_iou", "pixel_accuracy", "without_border", "true_leaf_predicted_sky"} <= set(table.columns)
    assert set(names) <= set(metrics_view.numbers(other, other.confusion))
    assert all(name in confusion_view._in_words(other) for name in names)
