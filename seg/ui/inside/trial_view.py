"""A mistake of the article put back: two trainings step by step, with it and without it, as they go."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from seg.article.trial import BATCH, MISTAKES, RIGHT, SIDES, SIZE, STEPS, WRONG, Trial
from seg.colours import SERIES
from seg.serve import trainings, trials
from seg.training.runs import ACTIVE, Status
from seg.ui.shared import film_player, owner, parts, run_status
from seg.ui.shared.charts import Spec, nominal, quantitative
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import language, t
from seg.ui.shared.run_status import REFRESH

MISTAKE_KEY = "inside-mistake"
WRONG_LABELS = ("trimaps", "pairing")
HEIGHT = 270  # pixels of the chart
TICKS = [0.2, 0.5, 1, 2, 5, 10, 20, 50]  # of the loss, on its logarithmic axis


def show() -> None:
    st.header(t("inside.trial"), anchor=False)
    st.markdown(t("inside.trial_text", photos=STEPS * BATCH, steps=STEPS, batch=BATCH, size=SIZE))
    trial = Trial(trials.folder())
    active = trial.run.status().state in ACTIVE
    if not active:
        _offer()
    # Its interval is that of the run of the page: the fragment asks for another one when the trial begins or ends.
    st.fragment(_watch, run_every=REFRESH if active else None)(trial, active)


def _offer() -> None:
    if not owner.is_here():
        owner.explain()
        return
    mistake = st.pills(
        t("inside.trial_which"),
        MISTAKES,
        default=MISTAKES[0],
        format_func=lambda name: t(f"inside.trial_{name}"),
        key=MISTAKE_KEY,
        required=True,
        persist_state="session",
    )
    is_busy = trainings.active(owner.visitor()) is not None
    untrainable = run_status.tell_if_untrainable()
    if st.button(
        t("inside.trial_start", steps=STEPS),
        key="trial-start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=is_busy or untrainable,
        help=t("inside.trial_busy") if is_busy else None,
    ):
        with guarded():
            trials.start(owner.visitor(), mistake or MISTAKES[0])
            st.rerun()


def _watch(trial: Trial, was_active: bool) -> None:
    with guarded():
        status = trial.run.status()
        if was_active != (status.state in ACTIVE):
            st.rerun(scope="app")
        facts = trial.facts()
        if not facts:
            return
        st.subheader(t("inside.trial_result", mistake=t(f"inside.trial_{facts['mistake']}")), anchor=False)
        if was_active:
            _progress(status)
        elif status.state == "stopped":
            st.info(t("inside.trial_stopped"), icon=":material/pause_circle:")
        elif status.state in ("failed", "interrupted"):
            reason = parts.plain(status.sentence(language()))
            st.warning(t("inside.trial_failed", reason=reason), icon=":material/error:")
        _results(trial, facts)


def _progress(status: Status) -> None:
    if status.activity == "validating":
        st.progress(1.0, t("inside.trial_measuring"))
    elif status.steps:
        text = t("inside.trial_step", step=status.step, steps=status.steps)
        st.progress(status.step / status.steps, text)
    else:
        st.progress(0.0, t("inside.trial_loading"))
    if status.state == "stopping":
        st.caption(t("inside.trial_stopping"))
    elif owner.is_here() and st.button(t("inside.trial_stop"), key="trial-stop", icon=":material/stop:"):
        trials.stop(owner.visitor())
        st.rerun(scope="fragment")


def _results(trial: Trial, facts: dict[str, Any]) -> None:
    titles = {side: t(f"inside.trial_{side}") for side in SIDES}
    if facts.get("losses"):
        st.vega_lite_chart(*_chart(facts["losses"], titles), alt=t("inside.trial_loss_alt"), key="trial-losses")
        if facts["mistake"] in WRONG_LABELS:
            st.caption(t("common.colon", name=titles[WRONG], text=t("inside.trial_labels")))
    if facts.get("mean_iou"):
        cell = parts.grid(280)
        for side in SIDES:
            title = t("common.colon", name=t("common.mean_iou"), text=titles[side])
            cell().metric(title, f"{facts['mean_iou'][side]:.1%}", help=t("inside.trial_mean_iou_help"))
        st.caption(t("inside.trial_modest", steps=STEPS))
    films = {titles[side]: film for side in SIDES if (film := trial.film(side)).frames()}
    if films:
        film_player.show(films, "trial-film", str(facts.get("started")))
        st.caption(parts.sentences(t("train.film_shows"), t("common.cite")))


def _chart(losses: list[list[float]], titles: dict[str, str]) -> tuple[pd.DataFrame, Spec]:
    """The loss of each step by side, on a logarithmic axis: the first may be twenty times the last."""
    rows = [
        {"step": step, "side": titles[side], "loss": loss}
        for step, both in enumerate(losses, 1)
        for side, loss in zip(SIDES, both, strict=True)
    ]
    step, loss = t("inside.trial_at_step"), t("inside.trial_loss")
    colours = {"domain": [titles[RIGHT], titles[WRONG]], "range": SERIES[:2]}
    encoding = {
        "x": quantitative("step", title=step, scale={"domain": [1, STEPS]}),
        "y": quantitative("loss", title=loss, scale={"type": "log", "nice": False}, axis={"values": TICKS}),
        "color": nominal("side", scale=colours, legend={"orient": "top", "title": None}),
        "tooltip": [
            nominal("side", title=t("inside.trial_which")),
            quantitative("step", title=step),
            quantitative("loss", title=loss, format=".3f"),
        ],
    }
    mark = {"type": "line", "point": True, "strokeWidth": 2}
    return pd.DataFrame(rows), {"height": HEIGHT, "mark": mark, "encoding": encoding}
