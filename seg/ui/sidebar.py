"""The sidebar of every page: language, weights, dataset, device, and a demo training to start and to watch."""

from __future__ import annotations

import streamlit as st

from seg.data.dataset import DatasetError
from seg.network.device import available_cores
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import ACTIVE, Run
from seg.ui import server
from seg.ui.guard import guarded
from seg.ui.texts import KEY, LANGUAGES, default_language, t

REFRESH = 2.0  # seconds between two looks at a run


def choose_language() -> None:
    with st.sidebar:
        codes = list(LANGUAGES)
        # Drawn before anything that has words, since all of them depend on it.
        st.segmented_control(
            "Language / 语言", codes, default=default_language(), format_func=LANGUAGES.__getitem__, key=KEY,
            bind="query-params", required=True, label_visibility="collapsed",
        )  # fmt: skip


def show() -> None:
    with st.sidebar:
        _weights()
        _dataset()
        _device()
        _training()


def _weights() -> None:
    trained = {run.id: run for run in server.trained_runs()}
    options = [server.SHIPPED, *trained]

    def label(option: str) -> str:
        return t("sidebar.weights_shipped") if option == server.SHIPPED else t("sidebar.weights_run", run=option)

    st.selectbox(
        t("sidebar.weights"), options, format_func=label, key=server.WEIGHTS_KEY, bind="query-params",
        help=t("sidebar.weights_help"),
    )  # fmt: skip
    info = server.weights_info()
    if info is None:
        st.caption(t("sidebar.weights_none"))
    elif info.mean_iou is not None:
        where = info.metadata["figures"].get("measured_on", "")
        st.caption(t("sidebar.mean_iou", value=info.mean_iou, where=where))


def _dataset() -> None:
    choices = server.dataset_choices()

    def label(option: str) -> str:
        if option == server.DRAWN:
            return t("sidebar.dataset_drawn")
        return t("sidebar.dataset_configured", title=server.configured_title())

    st.selectbox(
        t("sidebar.dataset"), choices, format_func=label, key=server.DATASET_KEY, bind="query-params",
        help=t("sidebar.dataset_help"),
    )  # fmt: skip
    try:
        dataset = server.dataset()
    except DatasetError as error:
        st.error(str(error))
        return
    st.caption(t("sidebar.pairs", count=len(dataset)))
    if dataset.is_drawn:
        st.caption(t("sidebar.is_drawn"))


def _device() -> None:
    with st.expander(t("sidebar.device"), icon=":material/memory:"):
        if not server.network_is_loaded():
            st.caption(t("sidebar.device_waiting", version=server.tensorflow_version()))
            st.caption(t("sidebar.device_cpu", cores=available_cores()))
            return
        from seg.network.device import prepare_device

        device = prepare_device()
        st.caption(f"TensorFlow {device.tensorflow}")
        if device.gpus:
            st.caption(t("sidebar.device_gpu", names=", ".join(device.gpus)))
        else:
            st.caption(t("sidebar.device_cpu", cores=device.cores))
        st.caption(t("sidebar.device_precision", precision=device.precision))


def _training() -> None:
    run = runs.active_run(server.runs_folder())
    if run:
        st.fragment(_watch, run_every=REFRESH)(run)
        return
    with st.expander(t("sidebar.train_demo"), icon=":material/model_training:"):
        _start_form()
    latest = next(iter(runs.list_runs(server.runs_folder())), None)
    if latest:
        status = latest.status()
        if status.state == "failed":
            st.caption(t("sidebar.failed", message=status.message))
        elif status.best_mean_iou is not None:
            st.caption(t("sidebar.finished", state=status.state, value=status.best_mean_iou))


def _start_form() -> None:
    demo = Recipe.named("demo").phases[0]
    with st.form("demo", border=False):
        epochs = st.number_input(t("sidebar.epochs"), 1, 50, demo.epochs, help=t("sidebar.epochs_help"))
        steps = st.number_input(t("sidebar.steps"), 1, 500, demo.steps or 20, help=t("sidebar.steps_help"))
        batch = st.number_input(t("sidebar.batch"), 1, 64, demo.batch, help=t("sidebar.batch_help"))
        rate = st.number_input(
            t("sidebar.rate"), 1e-6, 1e-1, demo.decoder_rate, step=1e-4, format="%.5f", help=t("sidebar.rate_help")
        )
        frozen = st.radio(
            t("sidebar.encoder"), (True, False), horizontal=True, help=t("sidebar.encoder_help"),
            format_func=lambda own: t("sidebar.encoder_frozen" if own else "sidebar.encoder_tuned"),
        )  # fmt: skip
        if not st.form_submit_button(t("sidebar.start"), type="primary", icon=":material/play_arrow:"):
            return
    recipe = Recipe.named("demo").override(
        {
            "epochs": epochs, "steps": steps, "batch": batch, "decoder_rate": rate,
            "frozen_blocks": 5 if frozen else 0, "encoder_rate": 0.0 if frozen else rate / 10,
        },
        {},
    )  # fmt: skip
    server.start_training(recipe)
    st.rerun()


def _watch(run: Run) -> None:
    with guarded():
        status = run.status()
        if status.state not in ACTIVE:
            # The page around this fragment offers a new training now.
            st.rerun(scope="app")
        st.markdown(f"**{t('sidebar.running', run=run.id)}**")
        if status.state == "starting":
            st.progress(0.0, t("sidebar.state_starting"))
        else:
            text = t("sidebar.progress", epoch=min(status.epoch + 1, status.epochs), epochs=status.epochs)
            if status.eta is not None:
                minutes = status.eta / 60
                text += " · " + (t("sidebar.eta", minutes=minutes) if minutes >= 1 else t("sidebar.eta_soon"))
            st.progress(status.progress, text)
        if status.state == "stopping":
            st.caption(t("sidebar.stopping"))
        elif st.button(t("sidebar.stop"), icon=":material/stop:", key="sidebar-stop"):
            run.request_stop()
            st.rerun(scope="fragment")
