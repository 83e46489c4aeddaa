"""The page "results": the weights in use, measured on a part of the dataset; alone or beside other weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from seg.data.dataset import SPLITS, Dataset
from seg.network.weights import WeightsError
from seg.serve import evaluations, trainings
from seg.serve.evaluations import EvaluationProgress, Task
from seg.serve.jobs import Job
from seg.ui.results import metrics_view, triptychs_view
from seg.ui.results.metrics_view import Judged
from seg.ui.shared import address, choices, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

REFRESH = 1.0  # seconds between two looks at an evaluation
QUICK, ALL = "quick", "all"
QUICK_PHOTOS = 24
NOTHING = ""  # to compare with


@dataclass(frozen=True)
class Candidate:
    """Weights to judge, under the name that visitors know them by, and the task that measures them."""

    title: str
    task: Task


def page() -> None:
    st.title(t("results.title"))
    st.markdown(t("results.purpose"))
    try:
        weights = choices.weights()
    except WeightsError:
        st.info(t("results.no_weights"), icon=":material/model_training:")
        return
    dataset = choices.dataset()
    st.caption(t("common.cite"))
    candidates = _choose(weights, dataset)
    if not candidates:
        return
    reports = [evaluations.report(own.task) for own in candidates]
    missing = [own for own, report in zip(candidates, reports, strict=True) if report is None]
    if any(_active(own.task) for own in missing):
        _watch(missing, alone=reports[0] is None)
    elif missing:
        _offer(missing)
    # What is known of the weights in use stays while others are measured to stand beside them.
    if reports[0]:
        judged = [
            Judged(own.title, own.task.weights, report)
            for own, report in zip(candidates, reports, strict=True)
            if report
        ]
        metrics_view.show(judged)
        triptychs_view.show(judged, dataset)


def _choose(weights: Path, dataset: Dataset) -> list[Candidate]:
    """What to measure on which photos; nothing where there are none."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = _choice("part", [*SPLITS, "all"], "test", t("results.part_help"))
        much = _choice("much", [QUICK, ALL], QUICK, t("results.much_help", count=QUICK_PHOTOS))
        other = _other_weights()
    count = len(dataset.split(part))
    if not count:
        st.info(t("results.empty_part", part=t(f"results.part_{part}")), icon=":material/photo_library:")
        return []
    limit = QUICK_PHOTOS if much == QUICK else None
    st.caption(t("results.chosen", photos=min(limit or count, count), count=count))
    both = {_weights_in_use(): weights} | ({other: choices.weights_of(other)} if other != NOTHING else {})
    return [Candidate(_title(choice), Task.of(path, dataset, part, limit)) for choice, path in both.items()]


def _choice(key: str, options: Sequence[str], default: str, explained: str) -> str:
    """One of a few options, kept in the page's address."""
    address.recall(key, options, default)
    chosen = st.segmented_control(
        t(f"results.{key}"),
        options,
        format_func=lambda own: t(f"results.{key}_{own}"),
        key=key,
        required=True,
        persist_state="session",
        help=explained,
    )
    address.note(key, default)
    return chosen or default


def _other_weights() -> str:
    """The choice of weights to stand beside those in use, or NOTHING."""
    others = [run.id for run in trainings.trained_runs()]
    try:
        choices.weights_of(choices.SHIPPED)
        others.insert(0, choices.SHIPPED)
    except WeightsError:
        pass  # a run's weights are in use, and none ship
    others = [choice for choice in others if choice != _weights_in_use()]
    address.recall("compare", [NOTHING, *others], NOTHING)
    chosen = st.selectbox(
        t("results.compare"),
        [NOTHING, *others],
        key="compare",
        persist_state="session",
        width=260,
        format_func=lambda choice: _title(choice) if choice else t("results.compare_nothing"),
        help=t("results.compare_help"),
        disabled=not others,
    )
    address.note("compare", NOTHING)
    return chosen


def _weights_in_use() -> str:
    return st.session_state.get(choices.WEIGHTS_KEY, choices.SHIPPED)


def _title(choice: str) -> str:
    return t("sidebar.weights_shipped") if choice == choices.SHIPPED else t("sidebar.weights_run", run=choice)


def _active(task: Task) -> bool:
    job = evaluations.job(task)
    return job is not None and job.active


def _offer(missing: Sequence[Candidate]) -> None:
    """The button, and why the last time did not end."""
    for own in missing:
        job = evaluations.job(own.task)
        if job and job.state == "failed":
            st.error(parts.sentence(job.error) if job.error else t("common.unexpected"), icon=":material/error:")
        elif job and job.state == "stopped":
            st.info(t("results.stopped"), icon=":material/pause_circle:")
    photos = sum(own.task.photos for own in missing)
    if st.button(
        t("results.evaluate", photos=photos),
        key="evaluate",
        type="primary",
        icon=":material/play_arrow:",
        help=t("results.evaluate_help"),
    ):
        for own in missing:
            evaluations.start(own.task)
        st.rerun()


@st.fragment(run_every=REFRESH)
def _watch(missing: Sequence[Candidate], alone: bool) -> None:
    """The progress; when it is ``alone`` on the page, a hint of what will come below it."""
    with guarded():
        if not any(_active(own.task) for own in missing):
            # The page around this fragment shows the figures, or why there are none.
            st.rerun(scope="app")
        jobs = [job for own in missing if (job := evaluations.job(own.task))]
        for own, job in zip(missing, jobs, strict=False):
            done = job.progress.done if job.progress else 0
            st.progress(done / own.task.photos, _progress_text(own, job, done))
        if any(job.stopping for job in jobs):
            st.caption(t("results.stopping"))
        elif st.button(t("results.stop"), key="evaluate-stop", icon=":material/stop:"):
            for own in missing:
                evaluations.stop(own.task)
            st.rerun(scope="fragment")
        if alone:
            for _ in range(2):
                st.skeleton(height=160)


def _progress_text(own: Candidate, job: Job[EvaluationProgress], done: int) -> str:
    state = "loading" if job.state == "running" and job.progress is None else job.state
    text = f"{parts.plain(own.title)}: " + t(f"results.state_{state}", done=done, photos=own.task.photos)
    eta = job.progress.eta if job.progress and job.active else None
    if eta is None:
        return text
    return text + " · " + (t("sidebar.eta", minutes=eta / 60) if eta >= 60 else t("sidebar.eta_soon"))


if __name__ == "__main__":
    page()
