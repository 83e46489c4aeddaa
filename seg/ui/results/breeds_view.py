"""Mean IoU by species and by breed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from seg import metrics
from seg.ui.results.downloads import breed_table
from seg.ui.results.metrics_view import Measured, percent
from seg.ui.results.series import series_colour
from seg.ui.shared import parts
from seg.ui.shared.charts import Spec, nominal, quantitative
from seg.ui.shared.language import t

FEW = 10  # photos; the IoU of fewer says little about a breed


def show(measured: Sequence[Measured]) -> None:
    """Nothing where the photos' names say no breed."""
    if not measured[0].report.confusion_by_breed:
        return
    st.header(t("results.by_breed"), anchor=False)
    _species(measured)
    table = breed_table(measured)
    first = table[table["weights"] == measured[0].title]
    st.markdown(
        t(
            "results.by_breed_text",
            count=len(first),
            worst=parts.plain(parts.breed_name(first["breed"].iloc[0])),
            worst_iou=first["mean_iou"].iloc[0],
            best=parts.plain(parts.breed_name(first["breed"].iloc[-1])),
            best_iou=first["mean_iou"].iloc[-1],
        )
    )
    few = int((first["photos"] < FEW).sum())
    if few:
        st.caption(t("results.few_photos_all" if few == len(first) else "results.few_photos", count=few, few=FEW))
    st.vega_lite_chart(*_chart(table, measured), alt=t("results.by_breed"), key="results-breeds")


def _species(measured: Sequence[Measured]) -> None:
    cell = parts.grid(140)
    photos = Counter(score.species for score in measured[0].report.scores)
    for one in measured:
        for species, confusion in one.report.confusion_by_species.items():
            with cell():
                st.metric(t(f"results.{species}"), percent(metrics.mean_iou(confusion)))
                st.caption(t("results.photos", count=photos[species]) if len(measured) == 1 else parts.plain(one.title))


def _chart(table: pd.DataFrame, measured: Sequence[Measured]) -> tuple[pd.DataFrame, Spec]:
    breed, iou, photos = t("results.breed"), t("common.mean_iou"), t("results.photos_axis")
    weights = t("sidebar.weights")
    rows = pd.DataFrame(
        {
            breed: [parts.breed_name(name) for name in table["breed"]],
            iou: table["mean_iou"],
            photos: table["photos"],
            weights: table["weights"],
        }
    )
    order = rows[rows[weights] == measured[0].title][breed].tolist()
    encoding = {
        "x": quantitative(iou, scale={"domain": [0, 1]}, axis={"format": "%"}),
        "y": nominal(
            breed, sort=order, title=None, axis={"labelLimit": 190, "labelOverlap": False, "labelFlush": False}
        ),
        "color": series_colour(weights, measured),
        "tooltip": [nominal(weights), nominal(breed), quantitative(iou, format=".1%"), quantitative(photos)],
    }
    if len(measured) > 1:
        encoding["yOffset"] = nominal(weights, sort=[one.title for one in measured])
    height = {"step": 16 if len(measured) == 1 else 12}
    return rows, {"height": height, "mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": encoding}
