"""What is taken for what: a confusion matrix as a heat map, with the most frequent mistake in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from seg.evaluation.evaluate import Report
from seg.ui.results.metrics_view import Measured, class_title, percent
from seg.ui.shared import parts
from seg.ui.shared.charts import Spec, either, nominal, quantitative
from seg.ui.shared.language import t

MILLIONS = 10e6  # pixels measured in all, from which the cells count them by the million
MOST_WITH_NUMBERS = 5  # classes; a cell of more has no room for its numbers


def show(measured: Sequence[Measured]) -> None:
    st.header(t("results.confusion"), anchor=False, help=t("results.confusion_help"))
    st.markdown(_worst_confusion(measured[0].report))
    cell = parts.grid(320)
    for place, one in enumerate(measured):
        with cell():
            if len(measured) > 1:
                st.markdown(f"**{parts.plain(one.title)}**")
            cells, spec = _heat_map(one.report)
            st.vega_lite_chart(cells, spec, alt=_in_words(one.report), key=f"results-confusion-{place}")


def _shares(confusion: np.ndarray) -> np.ndarray:
    """Each row's shares, in [0, 1]; nan for a class that does not occur."""
    totals = confusion.sum(axis=1, keepdims=True)
    return np.divide(confusion, totals, out=np.full(confusion.shape, np.nan), where=totals > 0)


def _worst_confusion(report: Report) -> str:
    shares = np.nan_to_num(_shares(report.confusion))
    np.fill_diagonal(shares, 0)
    true, predicted = np.unravel_index(shares.argmax(), shares.shape)
    names = [parts.plain(class_title(name)) for name in report.classes.names]
    if not shares[true, predicted]:
        return t("results.no_confusion")
    return t(
        "results.worst_confusion", share=shares[true, predicted], true=names[int(true)], predicted=names[int(predicted)]
    )


def _in_words(report: Report) -> str:
    """For screen readers."""
    names = [class_title(name) for name in report.classes.names]
    shares = np.ndenumerate(_shares(report.confusion))
    return "; ".join(f"{names[i]} → {names[j]} {percent(share)}" for (i, j), share in shares)


def _heat_map(report: Report) -> tuple[pd.DataFrame, Spec]:
    """True classes down, predicted ones across; a cell has its row's share and its pixels."""
    names = [class_title(name) for name in report.classes.names]
    true, predicted, share, pixels = (t(f"results.{key}") for key in ("true", "predicted", "share", "pixels"))
    # Of few photos, millions with two digits would be 0.00 in most cells.
    unit, form = (1e6, "million_pixels") if report.confusion.sum() >= MILLIONS else (1e3, "thousand_pixels")
    rows = [
        {
            true: names[i],
            predicted: names[j],
            share: value,
            pixels: int(report.confusion[i, j]),
            "shown": percent(value),
            "counted": t(f"results.{form}", count=report.confusion[i, j] / unit),
        }
        for (i, j), value in np.ndenumerate(np.nan_to_num(_shares(report.confusion)))
    ]
    few = len(names) <= MOST_WITH_NUMBERS
    # Vega would leave out every second name where many stand close together.
    axis: dict[str, Any] = {"domain": False, "ticks": False, "labelOverlap": False}
    encoding = {
        "x": nominal(predicted, sort=names, axis={"orient": "top", "labelAngle": 0 if few else -60, **axis}),
        "y": nominal(true, sort=names, axis=axis),
        "tooltip": [
            nominal(true),
            nominal(predicted),
            quantitative(share, format=".2%"),
            quantitative(pixels, format=","),
        ],
    }
    # The cells have a background in both themes, so that one pair of text colours fits both.
    colour = quantitative(share, legend=None, scale={"domain": [0, 1], "range": ["#EAF2F8", "#00558A"]})
    cells = {
        "mark": {"type": "rect", "cornerRadius": 4, "stroke": "#80889040"},
        "encoding": encoding | {"color": colour},
    }
    ink = either(f"datum['{share}'] > 0.45", "white", "#1C2430")
    large, small = (
        {"mark": {"type": "text", **mark}, "encoding": encoding | {"text": nominal(column), "color": ink}}
        for column, mark in (
            ("shown", {"fontSize": 17, "fontWeight": 600, "dy": -7}),
            ("counted", {"fontSize": 11, "dy": 13}),
        )
    )
    height = 280 if few else max(280, 28 * len(names))
    return pd.DataFrame(rows), {"height": height, "layer": [cells, large, small] if few else [cells]}
