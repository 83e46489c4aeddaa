"""What a choice costs: mean IoU, milliseconds and megabytes of engine, size, detail and mirror image, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from seg.colours import SERIES
from seg.evaluation.costs import Choice, Cost, choices, photos
from seg.serve import costs
from seg.serve.costs import CostsProgress
from seg.serve.jobs import Job
from seg.ui.results import glance_view
from seg.ui.results.jobs_view import REFRESH
from seg.ui.shared import download_buttons, owner, parts
from seg.ui.shared.charts import Spec, nominal, quantitative
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

HEIGHT = 320  # pixels of the chart


def show(weights: Path) -> None:
    dataset = glance_view.dataset_of_examples()
    if dataset is None:
        st.info(t("results.no_examples"), icon=":material/photo_library:")
        return
    title = t("sidebar.dataset_sample") if dataset.is_sample else parts.plain(dataset.title)
    st.markdown(t("results.costs_text", photos=photos(dataset.root), dataset=title))
    job = costs.job(weights, dataset.root)
    active = job is not None and job.active
    if not active:
        _offer(weights, dataset.root, job)
    st.fragment(_watch, run_every=REFRESH if active else None)(weights, dataset.root, active)


def _offer(weights: Path, data: Path, job: Job[CostsProgress] | None) -> None:
    """The button, and why the last measurement is not complete."""
    if job and job.state == "failed":
        st.error(parts.sentence(job.error) if job.error else t("common.unexpected"), icon=":material/error:")
    elif job and job.state == "stopped":
        st.info(t("results.costs_stopped"), icon=":material/pause_circle:")
    if not owner.is_here():
        owner.explain()
    elif st.button(
        t("results.costs_start", count=len(choices(weights))),
        key="costs-start",
        type="secondary" if job and job.state == "done" else "primary",
        icon=":material/play_arrow:",
    ):
        costs.start(owner.visitor(), weights, data)
        st.rerun()


def _watch(weights: Path, data: Path, was_active: bool) -> None:
    with guarded():
        job = costs.job(weights, data)
        if job is None:
            return
        if was_active and not job.active:
            st.rerun(scope="app")
        progress = job.progress
        if was_active:
            _progress(weights, data, job)
        if progress and progress.known:
            _table(progress.known)


def _progress(weights: Path, data: Path, job: Job[CostsProgress]) -> None:
    progress = job.progress
    if progress is None:
        st.progress(0.0, t("results.costs_waiting"))
    else:
        choice = parts.plain(t("results.costs_usual", engine=progress.choice.engine, size=progress.choice.size))
        if progress.known:
            choice = _difference(progress.choice, progress.known[0].choice)
        text = t("results.costs_running", choice=choice, done=progress.done, photos=progress.photos)
        st.progress(progress.share, text)
    if job.stopping:
        st.caption(t("results.costs_stopping"))
    elif owner.is_here() and st.button(t("results.costs_stop"), key="costs-stop", icon=":material/stop:"):
        costs.stop(owner.visitor(), weights, data)
        st.rerun(scope="fragment")


def _difference(choice: Choice, usual: Choice) -> str:
    """What a choice is called: the usual one by all that it is, another by what it has in its place."""
    if choice.engine != usual.engine:
        return t("results.costs_engine", engine=choice.engine)
    if choice.size != usual.size:
        return t("results.costs_size", size=choice.size)
    if choice.detail != usual.detail:
        return t("results.costs_detail", detail=t(f"segment.detail_{choice.detail}"))
    if choice.mirror:
        return t("results.costs_mirror")
    return t("results.costs_usual", engine=usual.engine, size=usual.size)


def _table(known: Sequence[Cost]) -> None:
    """The costs as a picture and as a table, which is a download too."""
    titles = [t(f"results.costs_{name}") for name in ("number", "choice", "milliseconds", "megabytes")]
    number, choice, milliseconds, megabytes = titles
    mean_iou = t("common.mean_iou")
    table = pd.DataFrame(
        {
            number: range(1, len(known) + 1),
            mean_iou: [cost.mean_iou for cost in known],
            # On a phone the numbers come before the words, which are wide.
            milliseconds: [round(cost.milliseconds) for cost in known],
            megabytes: [round(cost.megabytes) for cost in known],
            choice: [_difference(cost.choice, known[0].choice) for cost in known],
        }
    )
    dots, spec = _chart(table, mean_iou, *titles)
    st.vega_lite_chart(dots, spec, alt=t("results.costs_chart_alt"), key="costs-chart")
    st.caption(t("results.costs_chart"))
    whole = st.column_config.NumberColumn(format="localized", width=65)
    shown = table.assign(**{mean_iou: 100 * table[mean_iou]})
    columns: dict[str, Any] = {
        number: st.column_config.NumberColumn(width=40),
        mean_iou: st.column_config.NumberColumn(format="%.1f%%", width=85),
        milliseconds: whole,
        megabytes: whole,
        choice: st.column_config.TextColumn(width=230),
    }
    st.dataframe(shown, hide_index=True, column_config=columns)
    download_buttons.csv(lambda: table, "costs.csv")


def _chart(
    table: pd.DataFrame, mean_iou: str, number: str, choice: str, milliseconds: str, megabytes: str
) -> tuple[pd.DataFrame, Spec]:
    """A dot with its number for each choice: time to the right, quality upwards, memory as its size."""
    # Vega takes a point in a column's name, as in "No.", for a way into its values.
    table = table.rename(columns={number: "number"})
    encoding = {
        "x": quantitative(milliseconds, scale={"type": "log", "nice": False, "padding": 30}),
        "y": quantitative(mean_iou, scale={"zero": False, "padding": 20}, axis={"format": "%"}),
        "tooltip": [
            nominal(choice),
            quantitative(mean_iou, format=".1%"),
            quantitative(milliseconds),
            quantitative(megabytes),
        ],
    }
    size = quantitative(megabytes, legend=None, scale={"range": [60, 500]})
    dots = {"mark": {"type": "circle", "color": SERIES[0], "opacity": 0.8}, "encoding": encoding | {"size": size}}
    mark = {"type": "text", "dy": -18, "fontSize": 13, "color": "#808080"}
    numbers = {"mark": mark, "encoding": encoding | {"text": nominal("number")}}
    return table, {"height": HEIGHT, "layer": [dots, numbers]}
