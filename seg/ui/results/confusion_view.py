"""What is taken for what: a confusion matrix as a heat map, with the most frequent mistake in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from seg.evaluation.evaluate import Report
from seg.ui.results.metrics_view import Measured, class_title, percent
from seg.ui.shared import parts
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
            st.altair_chart(_heat_map(one.report), alt=_in_words(one.report), key=f"results-confusion-{place}")


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


def _heat_map(report: Report) -> alt.Chart | alt.LayerChart:
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
    base = alt.Chart(pd.DataFrame(rows), height=280 if few else max(280, 28 * len(names))).encode(
        x=alt.X(predicted, sort=names, axis=alt.Axis(orient="top", labelAngle=0 if few else -60, **axis)),
        y=alt.Y(true, sort=names, axis=alt.Axis(**axis)),
        tooltip=[true, predicted, alt.Tooltip(share, format=".2%"), alt.Tooltip(pixels, format=",")],
    )
    # The cells have a background in both themes, so that one pair of text colours fits both.
    cells = base.mark_rect(cornerRadius=4, stroke="#80889040").encode(
        color=alt.Color(share, legend=None, scale=alt.Scale(domain=[0, 1], range=["#EAF2F8", "#00558A"]))
    )
    if not few:
        return cells
    ink = alt.condition(alt.datum[share] > 0.45, alt.value("white"), alt.value("#1C2430"))
    large = base.mark_text(fontSize=17, fontWeight=600, dy=-7).encode(text="shown:N", color=ink)
    small = base.mark_text(fontSize=11, dy=13).encode(text="counted:N", color=ink)
    return cells + large + small
