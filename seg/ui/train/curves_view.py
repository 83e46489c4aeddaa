"""The curves of trainings: loss, pixel accuracy and mean IoU, by epoch and live within it."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from seg.colours import SERIES
from seg.training.runs import Run
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.language import t

Row = dict[str, Any]  # by column, as ``history.csv`` has them

METRICS = ("loss", "pixel_accuracy", "mean_iou")
MOST_POINTS = 400  # of a line; more than a chart has pixels for
HEIGHT = 270  # pixels, the legend included


def show_runs(chosen: Sequence[Run], place: str) -> None:
    """The curves of one run, live within the epoch, or of several, by epoch."""
    show(_histories(chosen), place, chosen[0].live() if len(chosen) == 1 else ())


def _histories(chosen: Sequence[Run]) -> dict[str, list[Row]]:
    """One row an epoch by the title of each run; runs of one name are told apart by their ids."""
    titles = [run.title for run in chosen]
    names = [
        title if titles.count(title) == 1 else f"{title} ({run.id})" for run, title in zip(chosen, titles, strict=True)
    ]
    return {name: run.history() for name, run in zip(names, chosen, strict=True)}


def show(histories: Mapping[str, Sequence[Row]], place: str, live: Sequence[Row] = ()) -> None:
    """One chart a metric. ``histories`` maps the name of a training to one row an epoch; ``live`` are rows within the
    epochs of a single training; ``place`` makes the charts' keys unique on the page."""
    if len(histories) > 1:
        st.caption(t("train.dashes"))
    cell = parts.grid(250)
    for metric in METRICS:
        rows = [row for name, history in histories.items() for row in _points(name, history, live, metric)]
        if not rows:
            continue
        with cell():
            st.markdown(f"**{t(f'train.{metric}')}**", help=t(f"train.{metric}_help"))
            st.altair_chart(_chart(rows, list(histories), metric), alt=t(f"train.{metric}"), key=f"{place}-{metric}")


def download(chosen: Sequence[Run], place: str) -> None:
    """The curves as one picture, drawn when the button is pressed."""
    name = f"{chosen[0].id}-curves.png" if len(chosen) == 1 else "curves.png"
    download_buttons.file(t("train.download_curves"), lambda: _png(chosen), name, key=f"{place}-curves")


def _points(name: str, history: Sequence[Row], live: Sequence[Row], metric: str) -> list[Row]:
    """Rows of a chart's table: training as finely as it is known, validation after each epoch."""
    lines = {"training": (_thinned(live) or history, metric), "validation": (history, f"val_{metric}")}
    return [
        {"run": name, "split": t(f"train.{split}"), "epoch": row["epoch"], "value": row[column]}
        for split, (rows, column) in lines.items()
        for row in rows
        if isinstance(row.get(column), float)
    ]


def _thinned(rows: Sequence[Row]) -> Sequence[Row]:
    """At most MOST_POINTS rows, evenly spread, the last among them."""
    every = -(-len(rows) // MOST_POINTS) or 1
    return rows[::-1][::every][::-1]


def _chart(rows: list[Row], names: list[str], metric: str) -> alt.LayerChart:
    """Training dashed, validation solid with points. Of one run the colour tells the two apart, of several the runs."""
    table = pd.DataFrame(rows, columns=["run", "split", "epoch", "value"])
    both = [t("train.training"), t("train.validation")]
    # What was not measured has no place in the legend.
    shown = [place for place, split in enumerate(both) if split in set(table["split"])]
    splits = [both[place] for place in shown]
    legend = alt.Legend(
        orient="bottom", title=None, columns=2 if len(names) == 1 else 1, labelLimit=300, symbolType="stroke"
    )
    kind = alt.Scale(domain=splits, range=[([4, 3], [1, 0])[place] for place in shown])
    # Where the colours mean the runs, a caption says what the dashes mean: two legends find no room on a phone.
    dashes = alt.StrokeDash("split:N", scale=kind, legend=None)
    colour = (
        alt.Color("split:N", scale=alt.Scale(domain=splits, range=[SERIES[place] for place in shown]), legend=legend)
        if len(names) == 1
        else alt.Color("run:N", scale=alt.Scale(domain=names, range=SERIES[: len(names)]), legend=legend)
    )
    tooltip = [
        alt.Tooltip("run:N", title=t("train.run")),
        alt.Tooltip("split:N", title=t("train.split")),
        alt.Tooltip("epoch:Q", title=t("train.epoch"), format=".2~f"),
        alt.Tooltip("value:Q", title=t(f"train.{metric}"), format=".3f" if metric == "loss" else ".1%"),
    ]
    base = alt.Chart(table, height=HEIGHT).encode(
        x=alt.X(
            "epoch:Q",
            title=t("train.epoch"),
            axis=alt.Axis(tickMinStep=1, format="d"),
            scale=alt.Scale(domain=[0, max((math.ceil(row["epoch"]) for row in rows), default=1)]),
        ),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=alt.Scale(zero=False),
            # Without a precision of ours the axis has as many digits as tell its ticks apart.
            axis=alt.Axis(format="f" if metric == "loss" else "%"),
        ),
        color=colour,
        tooltip=tooltip,
        detail="run:N",
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=dashes)
    # The only point of a run just begun would be a line of no length.
    marked = both if len(table) == 1 else both[1:]
    dots = base.transform_filter(alt.FieldOneOfPredicate("split", marked)).mark_point(filled=True, size=50, opacity=1)
    return lines + dots


def _png(chosen: Sequence[Run]) -> bytes:
    from seg.pictures import curves

    buffer = io.BytesIO()
    curves(_histories(chosen), METRICS).savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()
