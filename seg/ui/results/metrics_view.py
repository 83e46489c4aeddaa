"""The metrics of one evaluation, or of two side by side: numbers, downloads, and the charts below them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from seg import metrics
from seg.classes import PETS
from seg.evaluation.evaluate import Report
from seg.evaluation.stored import no_pets_of
from seg.ui.shared import parts
from seg.ui.shared.language import t

EQUAL = 0.0005  # metrics no further apart are shown as the same


@dataclass(frozen=True)
class Measured:
    """Weights under the name that visitors know them by, and what was measured of them."""

    title: str
    weights: Path
    report: Report
    on_official_test: bool = False  # where others report what their networks reach


def show(measured: Sequence[Measured]) -> None:
    """All metrics; the second of two weights is compared with the first."""
    # The charts' libraries take half a second to import: a page that has nothing to show does without.
    from seg.ui.results import breeds_view, confusion_view, downloads, photos_view

    _numbers(measured)
    downloads.show(measured)
    if len(measured) == 1:
        cell = parts.grid(320)
        with cell():
            confusion_view.show(measured)
        with cell():
            photos_view.show(measured)
    else:
        confusion_view.show(measured)
        photos_view.show(measured)
    breeds_view.show(measured)


def _numbers(measured: Sequence[Measured]) -> None:
    size = measured[0].report.size
    st.caption(t("results.sizes_note", size=size), help=t("results.sizes_help", size=size))
    before: dict[str, float] = {}
    for one in measured:
        report = one.report
        if len(measured) > 1:
            st.markdown(f"**{parts.plain(one.title)}**")
        values = numbers(report, report.confusion)
        cards(values, report.classes.names, numbers(report, report.confusion_at_photo_size), before)
        _comparable(one, values)
        before = values


def _comparable(measured: Measured, values: Mapping[str, float]) -> None:
    """What others measure, too: the subject without the border, and with it; and photos that have no subject."""
    subject, border = measured.report.classes.subject, measured.report.classes.border
    if not subject:
        return
    name = parts.plain(class_title(subject.name))
    for metric in ("without_border", "with_border"):
        if border and not np.isnan(values.get(metric, float("nan"))):
            names = {"name": name, "border": parts.plain(class_title(border.name))}
            text = t(f"results.{metric}", **names, value=values[metric])
            if metric == "with_border" and measured.on_official_test:
                text = parts.sentences(text, t("results.with_border_others"))
            st.caption(text)
    no_pets = no_pets_of(measured.weights)
    if no_pets:
        st.caption(t("results.on_no_pets", name=name, **no_pets._asdict()))


def numbers(report: Report, confusion: np.ndarray) -> dict[str, float]:
    """Mean IoU, pixel accuracy, IoU by class; where the classes have a border, that of the subject without and with it.

    Each in [0, 1], or nan where nothing was counted.
    """
    classes = report.classes
    values = {"mean_iou": metrics.mean_iou(confusion), "pixel_accuracy": metrics.pixel_accuracy(confusion)}
    values |= dict(zip(classes.names, metrics.iou_by_class(confusion).tolist(), strict=True))
    if classes.subject and classes.border:
        without = metrics.subject_iou_without_border(confusion, classes.subject.label, classes.border.label)
        values["without_border"] = without
    if classes.subject and classes.border and classes.background:
        values["with_border"] = metrics.foreground_iou(confusion, classes.background.label)
    return values


def cards(
    values: Mapping[str, float],
    class_names: Collection[str],
    at_photo_size: Mapping[str, float] | None = None,
    before: Mapping[str, float] | None = None,
) -> None:
    """A card for mean IoU, pixel accuracy and the IoU of each class, those that ``values`` has.

    ``at_photo_size``: the same metrics at the size of each photo, shown below; ``before``: those of other weights, to
    show the difference.
    """
    cell = parts.grid(140)
    for name in ("mean_iou", "pixel_accuracy", *class_names):
        if name not in values:
            continue
        value = values[name]
        delta = value - before[name] if before and name in before else float("nan")
        with cell():
            st.metric(
                t("results.iou_of", name=parts.plain(class_title(name)))
                if name in class_names
                else t(f"common.{name}"),
                percent(value),
                help=_help(name, class_names),
                delta=None if np.isnan(delta) else t("results.points", value=100 * delta),
                delta_color="off" if abs(delta) < EQUAL else "normal",
            )
            if at_photo_size:
                st.caption(t("results.at_photo_size", value=percent(at_photo_size[name])))


def _help(name: str, class_names: Collection[str]) -> str:
    known = name in PETS.names or name not in class_names
    return t(f"results.{name}_help") if known else t("results.class_help")


def class_title(name: str) -> str:
    """The name of a class as text: of pets in the visitor's language, of other datasets as the dataset has it."""
    return t(f"common.{name}") if name in PETS.names else name


def percent(value: float) -> str:
    """``79.5%``; a dash for nan."""
    return "–" if np.isnan(value) else f"{value:.1%}"
