"""Photo by photo: how many reach which mean IoU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from seg.ui.results.metrics_view import Measured
from seg.ui.results.series import series_colour
from seg.ui.shared import parts
from seg.ui.shared.charts import Spec, nominal, quantitative
from seg.ui.shared.language import t

BINS = 20  # of the histogram, over [0, 1]


def show(measured: Sequence[Measured]) -> None:
    st.header(t("results.by_photo"), anchor=False, help=t("results.by_photo_help"))
    for one in measured:
        iou = np.array([score.mean_iou for score in one.report.scores])
        words = t(
            "results.by_photo_text",
            median=np.nanmedian(iou),
            worst=np.nanmin(iou),
            best=np.nanmax(iou),
            below=int((iou < 0.5).sum()),
            count=len(iou),
        )
        st.markdown(
            words if len(measured) == 1 else t("common.colon", name=f"**{parts.plain(one.title)}**", text=words)
        )
    st.vega_lite_chart(*_histogram(measured), alt=t("results.by_photo"), key="results-histogram")


def _histogram(measured: Sequence[Measured]) -> tuple[pd.DataFrame, Spec]:
    iou, photos, weights = t("common.mean_iou"), t("results.photos_axis"), t("sidebar.weights")
    rows = []
    for place, one in enumerate(measured):
        counts, edges = np.histogram([score.mean_iou for score in one.report.scores], BINS, (0, 1))
        # Two weights share a bin, each one half of it.
        width = (edges[1] - edges[0]) * 0.92 / len(measured)
        for count, edge in zip(counts, edges, strict=False):
            left = edge + place * width
            span = f"{edge:.0%} – {edge + 1 / BINS:.0%}"
            if count:
                rows.append({"left": left, "right": left + width, photos: int(count), weights: one.title, iou: span})
    encoding = {
        "x": quantitative("left", title=iou, scale={"domain": [0, 1]}, axis={"format": "%", "grid": False}),
        "x2": {"field": "right"},
        "y": quantitative(photos, axis={"tickMinStep": 1}),
        "y2": {"datum": 0},
        "color": series_colour(weights, measured),
        "tooltip": [nominal(weights), nominal(iou), quantitative(photos)],
    }
    return pd.DataFrame(rows), {"height": 260, "mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": encoding}
