"""In the sidebar: a demo training to start and to watch, and how the last training ended."""

from __future__ import annotations

import streamlit as st

from seg.serve import limits, trainings
from seg.training.recipe import Recipe
from seg.training.runs import ACTIVE, Run
from seg.ui.shared import choices, owner, parts, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.shared.page_files import page_file

BOX_KEY = "train-demo"  # of the box around the form
WAITING_REFRESH = 10.0  # seconds between two looks whether somebody has started a training


def show() -> None:
    """The training that runs, else how the last one ended and, for the owner, the form that starts one."""
    run = trainings.active(owner.visitor())
    if run:
        _watch(run)
        return
    if owner.is_here():
        _offer()
    _last_training()
    _wait_for_training()


@st.fragment
def _offer() -> None:
    """The form that starts a training, in a box that is empty until it is opened: it slows down every page's start."""
    box = st.expander(t("sidebar.train_demo"), icon=":material/model_training:", key=BOX_KEY, on_change="rerun")
    if box.open:
        with box, guarded():
            _start_form()


def _start_form() -> None:
    if run_status.tell_if_untrainable():
        return
    demo = Recipe.named("demo").phases[0]
    st.caption(t("sidebar.train_demo_text"))
    with st.form("demo", border=False):
        epochs = st.number_input(t("sidebar.epochs"), 1, 50, demo.epochs, help=t("sidebar.epochs_help"))
        steps = st.number_input(t("sidebar.steps"), 1, 500, demo.steps or 20, help=t("sidebar.steps_help"))
        batch = st.number_input(
            t("sidebar.batch"), 1, limits.PHOTOS_IN_A_STEP, demo.batch, help=t("sidebar.batch_help")
        )
        rate = st.number_input(
            t("sidebar.rate"),
            1e-6,
            1e-1,
            demo.decoder_learning_rate,
            step=1e-4,
            format="%.5f",
            help=t("sidebar.rate_help"),
        )
        frozen = st.radio(
            t("sidebar.encoder"),
            (True, False),
            horizontal=True,
            help=t("sidebar.encoder_help"),
            format_func=lambda is_frozen: t("sidebar.encoder_frozen" if is_frozen else "sidebar.encoder_tuned"),
        )
        if not st.form_submit_button(
            t("sidebar.start"), type="primary", icon=":material/play_arrow:", width="stretch", key="demo-start"
        ):
            return
    recipe = Recipe.named("demo").override(
        {
            "epochs": epochs,
            "steps": steps,
            "batch": batch,
            "decoder_learning_rate": rate,
            "frozen_blocks": 5 if frozen else 0,
            "encoder_learning_rate": 0.0 if frozen else rate / 10,
        },
        {},
    )
    trainings.start(owner.visitor(), recipe, choices.dataset())
    st.rerun()


def _last_training() -> None:
    """How the newest run ended, and where to see it."""
    latest = next(iter(trainings.known_runs(owner.visitor())), None)
    if not latest:
        return
    status = latest.status()
    reason = run_status.why_it_ended(status)
    if reason:
        st.warning(t("sidebar.last", what=reason), icon=":material/error:")
    elif status.best_mean_iou is not None:
        state = run_status.state_title(status.state)
        st.caption(t("sidebar.finished", state=state, value=status.best_mean_iou))


@st.fragment(run_every=run_status.REFRESH)
def _watch(run: Run) -> None:
    with guarded():
        status = run.status()
        if status.state not in ACTIVE:
            # The page around this fragment offers a new training now.
            st.rerun(scope="app")
        st.markdown(f"**{t('sidebar.running', run=parts.plain(run.title))}**")
        run_status.progress(status)
        run_status.stop_button(run, status, "sidebar-stop")
        st.caption(t("sidebar.one_at_a_time"))
        st.page_link(page_file("train"), label=t("sidebar.see"), icon=":material/monitoring:")


@st.fragment(run_every=WAITING_REFRESH)
def _wait_for_training() -> None:
    """Draws nothing: a run that another visitor starts is seen by all."""
    with guarded():
        if trainings.active(owner.visitor()):
            st.rerun(scope="app")
