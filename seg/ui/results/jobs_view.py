"""A measurement under way: its progress, a button to stop it, and why the last one gave no report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from seg.serve import evaluations
from seg.serve.evaluations import EvaluationProgress, Task
from seg.serve.jobs import Job
from seg.ui.shared import owner, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

REFRESH = 1.0  # seconds between two looks at a measurement


@dataclass(frozen=True)
class Candidate:
    """Weights to measure, under the name that visitors know them by, and the task that measures them."""

    title: str
    task: Task


def is_active(task: Task) -> bool:
    job = evaluations.job(task)
    return job is not None and job.active


def why_it_ended(task: Task) -> None:
    """A sentence where the last measurement was stopped or failed."""
    job = evaluations.job(task)
    if job and job.state == "failed":
        st.error(parts.sentence(job.error) if job.error else t("common.unexpected"), icon=":material/error:")
    elif job and job.state == "stopped":
        st.info(t("results.stopped"), icon=":material/pause_circle:")


@st.fragment(run_every=REFRESH)
def watch(candidates: Sequence[Candidate], placeholders: int = 0) -> None:
    """The progress, and so many grey boxes where the page will show the metrics."""
    with guarded():
        if not any(is_active(candidate.task) for candidate in candidates):
            # The page around this fragment shows the metrics, or why there are none.
            st.rerun(scope="app")
        jobs = [(candidate, job) for candidate in candidates if (job := evaluations.job(candidate.task))]
        for candidate, job in jobs:
            done = job.progress.done if job.progress else 0
            st.progress(done / candidate.task.photos, _progress_text(candidate, job, done))
        if any(job.stopping for _, job in jobs):
            st.caption(t("results.stopping"))
        elif owner.is_here() and st.button(t("results.stop"), key="evaluate-stop", icon=":material/stop:"):
            evaluations.stop(owner.visitor(), [candidate.task for candidate in candidates])
            st.rerun(scope="fragment")
        for _ in range(placeholders):
            st.skeleton(height=160)


def _progress_text(candidate: Candidate, job: Job[EvaluationProgress], done: int) -> str:
    state = "loading" if job.state == "running" and job.progress is None else job.state
    state_text = t(f"results.state_{state}", done=done, photos=candidate.task.photos)
    text = t("common.colon", name=parts.plain(candidate.title), text=state_text)
    eta = job.progress.eta if job.progress and job.active else None
    if eta is None:
        return text
    return text + " · " + (t("sidebar.eta", minutes=eta / 60) if eta >= 60 else t("sidebar.eta_soon"))
