"""The metrics as files: the report as JSON, and tables as CSV."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from seg import metrics
from seg.evaluation.evaluate import Report
from seg.ui.results.metrics_view import Measured, numbers
from seg.ui.shared import download_buttons
from seg.ui.shared.language import t


def show(measured: Sequence[Measured]) -> None:
    """The buttons; a file is made when its button is pressed."""
    reports = [one.report for one in measured]
    with st.container(horizontal=True):
        label = t("results.download_report")
        download_buttons.file(label, lambda: report_json(reports).encode(), "report.json", key="results-report.json")
        _csv("results.download_metrics", lambda: metrics_table(measured), "metrics.csv")
        _csv("results.download_photos", lambda: photo_table(measured), "iou-by-photo.csv")
        if reports[0].confusion_by_breed:
            _csv("results.download_breeds", lambda: breed_table(measured), "iou-by-breed.csv")


def _csv(label: str, make: Callable[[], pd.DataFrame], file_name: str) -> None:
    download_buttons.csv(make, file_name, t(label), key=f"results-{file_name}")


def report_json(reports: Sequence[Report]) -> str:
    """One report as an object, two as a list."""
    content = [report.as_dict() for report in reports]
    return json.dumps(content[0] if len(content) == 1 else content, indent=1)


def metrics_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """A row for each weights and size, the size of the photos last: metrics and the confusion matrix."""
    rows = []
    for one in measured:
        names = one.report.classes.names
        sizes = {str(one.report.size): one.report.confusion, "own": one.report.confusion_at_photo_size}
        for size, confusion in sizes.items():
            cells = {
                f"true_{true}_predicted_{predicted}": int(confusion[i, j])
                for i, true in enumerate(names)
                for j, predicted in enumerate(names)
            }
            rows.append({"weights": one.title, "size": size} | numbers(one.report, confusion) | cells)
    return pd.DataFrame(rows)


def photo_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """A row for each weights and photo."""
    return pd.DataFrame(
        {
            "weights": one.title,
            "photo": score.name,
            "breed": score.breed,
            "species": score.species,
            "mean_iou": score.mean_iou,
            **dict(zip(one.report.classes.names, score.iou, strict=True)),
        }
        for one in measured
        for score in one.report.scores
    )


def breed_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """A row for each weights and breed, the worst breed first."""
    photos = Counter(score.breed for score in measured[0].report.scores)
    rows = [
        {
            "weights": one.title,
            "breed": breed,
            "photos": photos[breed],
            "mean_iou": metrics.mean_iou(confusion),
            **dict(zip(one.report.classes.names, metrics.iou_by_class(confusion), strict=True)),
        }
        for one in measured
        for breed, confusion in one.report.confusion_by_breed.items()
    ]
    return pd.DataFrame(rows).sort_values("mean_iou", kind="stable")
