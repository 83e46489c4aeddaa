"""The sidebar of every page: language, weights, dataset, device, and a demo training to start and to watch."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from seg.data.dataset import OFFICIAL_PAIRS, DatasetError
from seg.inference.engines import default_engine
from seg.network.device import available_cores, cpu_precision, has_nvidia_driver, prepare_device
from seg.network.weights import WeightsError
from seg.texts import LANGUAGES
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import ACTIVE, Run
from seg.ui.shared import address, parts, server
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import KEY, default_language, t
from seg.ui.train import run_status

ENGINE_NAMES = {"openvino-int8": "OpenVINO, int8", "openvino": "OpenVINO", "keras": "Keras"}
REFRESH = 2.0  # seconds between two looks at a run


def choose_language() -> None:
    with st.sidebar:
        codes = list(LANGUAGES)
        # Drawn before anything that has words, since all of them depend on it.
        address.recall(KEY, codes, default_language())
        st.segmented_control(
            "Language / 语言",
            codes,
            format_func=LANGUAGES.__getitem__,
            key=KEY,
            required=True,
            label_visibility="collapsed",
        )
        address.note(KEY, default_language())


def show() -> Callable[[], None]:
    """Draw the sidebar; returns what fills in the facts that take a moment, to be called when the page is drawn."""
    with st.sidebar:
        _weights()
        _choose_dataset()
        facts = st.container()
        _device()
        _training()

    def fill() -> None:
        with facts:
            _dataset_facts()

    return fill


def _weights() -> None:
    trained = {run.id: run for run in server.trained_runs()}
    options = [server.SHIPPED, *trained]

    def label(option: str) -> str:
        return t("sidebar.weights_shipped") if option == server.SHIPPED else t("sidebar.weights_run", run=option)

    # Of a run that has been deleted, what ships takes the place.
    address.recall(server.WEIGHTS_KEY, options, server.SHIPPED)
    st.selectbox(
        t("sidebar.weights"), options, format_func=label, key=server.WEIGHTS_KEY, help=t("sidebar.weights_help")
    )
    address.note(server.WEIGHTS_KEY, server.SHIPPED)
    info = server.weights_info()
    if info is None:
        st.caption(t("sidebar.weights_none"))
    elif info.mean_iou is not None:
        where = _measured_on(info.metadata["figures"].get("measured_on", ""))
        st.caption(t("sidebar.mean_iou", value=info.mean_iou, where=where))


def _measured_on(where: str) -> str:
    """What a training writes into its weights, in the visitor's language; other words as they are, as text."""
    if match := re.fullmatch(r"(\d{1,6}) validation photos", where):
        return t("sidebar.on_validation", photos=int(match[1]))
    return t("sidebar.on_training") if where == "the training photos" else parts.plain(where)


def _choose_dataset() -> None:
    choices = server.dataset_choices()

    def label(option: str) -> str:
        if option == server.SAMPLE:
            return t("sidebar.dataset_sample")
        if option == server.OFFICIAL:
            return t("sidebar.dataset_official")
        return t("sidebar.dataset_configured", title=server.configured_title())

    address.recall(server.DATASET_KEY, choices, choices[0])
    st.selectbox(
        t("sidebar.dataset"), choices, format_func=label, key=server.DATASET_KEY, help=t("sidebar.dataset_help")
    )
    address.note(server.DATASET_KEY, choices[0])


def _dataset_facts() -> None:
    try:
        dataset = server.dataset()
    except DatasetError as error:
        st.error(str(error))
        return
    if dataset.is_sample:
        st.caption(t("sidebar.sample_pairs", count=len(dataset), total=OFFICIAL_PAIRS))
    else:
        st.caption(t("sidebar.pairs", count=len(dataset)))


def _device() -> None:
    with st.expander(t("sidebar.device"), icon=":material/memory:"):
        with suppress(WeightsError):  # told above
            engine = default_engine(server.chosen_weights())
            st.caption(t("sidebar.device_engine", engine=ENGINE_NAMES.get(engine, engine)))
        if not server.network_is_loaded() and has_nvidia_driver():
            # Only TensorFlow can tell what the GPU does, and nobody has needed it yet.
            st.caption(t("sidebar.device_waiting", version=server.tensorflow_version()))
            return
        if not server.network_is_loaded():
            st.caption(t("sidebar.device_waiting", version=server.tensorflow_version()))
            st.caption(t("sidebar.device_cpu", cores=available_cores()))
            st.caption(t("sidebar.device_precision", precision=cpu_precision()))
            return
        device = prepare_device()
        st.caption(f"TensorFlow {device.tensorflow}")
        for name, grows in zip(device.gpus, device.memory_growth, strict=True):
            st.caption(t("sidebar.device_gpu_grows" if grows else "sidebar.device_gpu_all", name=name))
        if not device.gpus:
            st.caption(t("sidebar.device_cpu", cores=device.cores))
        st.caption(t("sidebar.device_precision", precision=device.precision))


def _training() -> None:
    run = server.active_run()
    if run:
        _watch(run)
        return
    with st.expander(t("sidebar.train_demo"), icon=":material/model_training:"), guarded():
        _start_form()
    _last_training()
    _wait_for_training()


def _start_form() -> None:
    demo = Recipe.named("demo").phases[0]
    st.caption(t("sidebar.train_demo_text"))
    with st.form("demo", border=False):
        epochs = st.number_input(t("sidebar.epochs"), 1, 50, demo.epochs, help=t("sidebar.epochs_help"))
        steps = st.number_input(t("sidebar.steps"), 1, 500, demo.steps or 20, help=t("sidebar.steps_help"))
        batch = st.number_input(t("sidebar.batch"), 1, 32, demo.batch, help=t("sidebar.batch_help"))
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
            format_func=lambda own: t("sidebar.encoder_frozen" if own else "sidebar.encoder_tuned"),
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
    server.start_training(recipe)
    st.rerun()


def _last_training() -> None:
    """How the newest run ended, and where to see it."""
    latest = next(iter(runs.list_runs(server.runs_folder())), None)
    if not latest:
        return
    status = latest.status()
    reason = run_status.why_it_ended(status)
    if reason:
        st.warning(t("sidebar.last", what=reason), icon=":material/error:")
    elif status.best_mean_iou is not None:
        state = run_status.state_title(status.state)
        st.caption(t("sidebar.finished", state=state, value=status.best_mean_iou))


@st.fragment(run_every=REFRESH)
def _watch(run: Run) -> None:
    with guarded():
        server.active_run()  # notes a process that has died
        status = run.status()
        if status.state not in ACTIVE:
            # The page around this fragment offers a new training now.
            st.rerun(scope="app")
        st.markdown(f"**{t('sidebar.running', run=parts.plain(run.id))}**")
        run_status.progress(status)
        run_status.stop_button(run, status, "sidebar-stop")
        st.page_link("seg/ui/train.py", label=t("sidebar.see"), icon=":material/monitoring:")


@st.fragment(run_every=2 * REFRESH)
def _wait_for_training() -> None:
    """Draws nothing: a run that another visitor starts is seen by all."""
    with guarded():
        if server.active_run():
            st.rerun(scope="app")
