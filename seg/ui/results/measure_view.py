"""Measure: the weights in use on a split of the dataset in the sidebar, alone or beside other weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from seg.data.dataset import OFFICIAL_PAIRS, Dataset
from seg.data.split_schemes import SPLITS
from seg.network.weights import WeightsError
from seg.serve import evaluations, trainings
from seg.serve.evaluations import Task
from seg.ui.results import jobs_view, metrics_view, suspects_view, triptychs_view
from seg.ui.results.jobs_view import Candidate
from seg.ui.results.metrics_view import Measured
from seg.ui.shared import address, choices, owner, parts, run_status
from seg.ui.shared.language import t
from seg.ui.shared.one_of import one_of
from seg.ui.shared.select_box import select_box

QUICK, ALL = "quick", "all"
QUICK_PHOTOS = 24
ALONE = ""  # the choice of no weights to compare with


def show(weights: Path, dataset: Dataset) -> None:
    candidates = _choose(weights, dataset)
    if not candidates:
        return
    reports = [evaluations.report(candidate.task) for candidate in candidates]
    missing = [candidate for candidate, report in zip(candidates, reports, strict=True) if report is None]
    if any(jobs_view.is_active(candidate.task) for candidate in missing):
        jobs_view.watch(missing, placeholders=0 if reports[0] else 2)
    elif missing:
        _offer(missing)
    # The metrics of the weights in use stay while others are measured to stand beside them.
    if reports[0]:
        measured = [
            Measured(candidate.title, candidate.task.weights, report)
            for candidate, report in zip(candidates, reports, strict=True)
            if report
        ]
        metrics_view.show(measured)
        triptychs_view.show(measured, dataset)
        suspects_view.show(measured[0], dataset)


def _choose(weights: Path, dataset: Dataset) -> list[Candidate]:
    """What to measure on which photos; nothing where there are none."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = _choice("split", [*SPLITS, "all"], "test", t("results.split_help"))
        how_many = _choice("how_many", [QUICK, ALL], QUICK, t("results.how_many_help", count=QUICK_PHOTOS))
        other = _other_weights()
    count = len(dataset.split(split))
    if not count:
        st.info(t("results.empty_split", split=t(f"results.split_{split}")), icon=":material/photo_library:")
        return []
    limit = QUICK_PHOTOS if how_many == QUICK else None
    title = parts.plain(run_status.dataset_title(dataset.title))
    about = [t("results.chosen", photos=min(limit or count, count), count=count, dataset=title)]
    if dataset.is_sample:
        about.append(t("sidebar.sample_pairs", count=len(dataset), total=OFFICIAL_PAIRS))
    if dataset.is_of_oxford:
        about.append(t("common.cite"))
    st.caption(parts.sentences(*about))
    files = {choices.weights_choice(): weights} | ({other: choices.weights_of(other)} if other != ALONE else {})
    return [
        Candidate(choices.weights_title(choice), Task.of(file, dataset, split, limit)) for choice, file in files.items()
    ]


def _choice(key: str, options: Sequence[str], default: str, explained: str) -> str:
    """One of a few options, kept in the page's address."""
    return one_of(
        key, options, default, t(f"results.{key}"), lambda option: t(f"results.{key}_{option}"), help=explained
    )


def _other_weights() -> str:
    """The choice of weights to stand beside those in use, or ALONE."""
    others = [run.id for run in trainings.trained_runs(owner.visitor())]
    try:
        choices.weights_of(choices.SHIPPED)
        others.insert(0, choices.SHIPPED)
    except WeightsError:
        pass  # the weights of a run are in use, and none ship
    others = [choice for choice in others if choice != choices.weights_choice()]
    address.recall("compare", [ALONE, *others], ALONE)
    chosen = select_box(
        t("results.compare"),
        [ALONE, *others],
        "compare",
        width=260,
        format_func=lambda choice: choices.weights_title(choice) if choice else t("results.compare_nothing"),
        help=t("results.compare_help"),
        disabled=not others,
    )
    address.note("compare", ALONE)
    return chosen


def _offer(missing: Sequence[Candidate]) -> None:
    """The button, and why the last time gave no report."""
    for candidate in missing:
        jobs_view.why_it_ended(candidate.task)
    photos = sum(candidate.task.photos for candidate in missing)
    if st.button(
        t("results.evaluate", photos=photos),
        key="evaluate",
        type="primary",
        icon=":material/play_arrow:",
        help=t("results.evaluate_help"),
    ):
        for candidate in missing:
            evaluations.start(candidate.task)
        st.rerun()
