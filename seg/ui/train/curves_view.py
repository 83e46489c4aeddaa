"""The curves of trainings: loss, pixel accuracy and mean IoU, by epoch and live within it."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from seg.colours import SERIES
from seg.training.runs import Run
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.charts import Spec, nominal, quantitative
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
        title if titles.count(title) == 1 else t("common.brackets", text=title, more=run.id)
        for run, title in zip(chosen, titles, strict=True)
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
            table = pd.DataFrame(rows, columns=["run", "split", "epoch", "value"])
            spec = _chart(rows, list(histories), metric)
            st.vega_lite_chart(table, spec, alt=t(f"train.{metric}"), key=f"{place}-{metric}")


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


def _chart(rows: list[Row], names: list[str], metric: str) -> Spec:
    """Training dashed, validation solid with points. Of one run the colour tells the two apart, of several the runs."""
    both = [t("train.training"), t("train.validation")]
    # What was not measured has no place in the legend.
    shown = [place for place, split in enumerate(both) if any(row["split"] == split for row in rows)]
    splits = [both[place] for place in shown]
    legend = {
        "orient": "bottom",
        "title": None,
        "columns": 2 if len(names) == 1 else 1,
        "labelLimit": 300,
        "symbolType": "stroke",
    }
    # Where the colours mean the runs, a caption says what the dashes mean: two legends find no room on a phone.
    dashes = nominal(
        "split", scale={"domain": splits, "range": [([4, 3], [1, 0])[place] for place in shown]}, legend=None
    )
    colour = (
        nominal("split", scale={"domain": splits, "range": [SERIES[place] for place in shown]}, legend=legend)
        if len(names) == 1
        else nominal("run", scale={"domain": names, "range": SERIES[: len(names)]}, legend=legend)
    )
    encoding = {
        "x": quantitative(
            "epoch",
            title=t("train.epoch"),
            axis={"tickMinStep": 1, "format": "d"},
            scale={"domain": [0, max(math.ceil(row["epoch"]) for row in rows)]},
        ),
        "y": quantitative(
            "value",
            title=None,
            scale={"zero": False},
            # Without a precision of ours the axis has as many digits as tell its ticks apart.
            axis={"format": "f" if metric == "loss" else "%"},
        ),
        "color": colour,
        "detail": nominal("run"),
        "tooltip": [
            nominal("run", title=t("train.run")),
            nominal("split", title=t("train.split")),
            quantitative("epoch", title=t("train.epoch"), format=".2~f"),
            quantitative("value", title=t(f"train.{metric}"), format=".3f" if metric == "loss" else ".1%"),
        ],
    }
    # The only point of a run just begun would be a line of no length.
    marked = both if len(rows) == 1 else both[1:]
    return {
        "height": HEIGHT,
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding | {"strokeDash": dashes}},
            {
                "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
                "transform": [{"filter": {"field": "split", "oneOf": marked}}],
                "encoding": encoding,
            },
        ],
    }


def _png(chosen: Sequence[Run]) -> bytes:
    from seg.pictures import curves

    buffer = io.BytesIO()
    curves(_histories(chosen), METRICS).savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()
