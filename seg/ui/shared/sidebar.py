"""The sidebar of every page: language, weights, dataset, device, and a demo training to start and to watch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version

import streamlit as st

from seg.data.dataset import OFFICIAL_PAIRS, SPLITS, DatasetError
from seg.inference.engines import default_engine
from seg.network.device import available_cores, cpu_precision, has_nvidia_driver, prepare_device
from seg.network.weights import WeightsError
from seg.serve import datasets, evaluations, trainings
from seg.texts import LANGUAGES
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import ACTIVE, Run
from seg.ui.shared import address, choices, parts
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
    options = [choices.SHIPPED, *(run.id for run in trainings.trained_runs())]
    # What ships takes the place of a run that has been deleted.
    address.recall(choices.WEIGHTS_KEY, options, choices.SHIPPED)
    st.selectbox(
        t("sidebar.weights"),
        options,
        format_func=choices.weights_title,
        key=choices.WEIGHTS_KEY,
        help=t("sidebar.weights_help"),
    )
    address.note(choices.WEIGHTS_KEY, choices.SHIPPED)
    info = choices.weights_info()
    if info is None:
        st.caption(t("sidebar.weights_none"))
        return
    summary = evaluations.summary_of(info)
    if summary and summary.split in SPLITS:
        st.caption(t(f"sidebar.measured_on_{summary.split}", value=summary.mean_iou, photos=summary.photos))


def _choose_dataset() -> None:
    options = list(datasets.folders())
    address.recall(choices.DATASET_KEY, options, options[0])
    st.selectbox(
        t("sidebar.dataset"),
        options,
        format_func=choices.dataset_title,
        key=choices.DATASET_KEY,
        help=t("sidebar.dataset_help"),
    )
    address.note(choices.DATASET_KEY, options[0])


def _dataset_facts() -> None:
    try:
        dataset = choices.dataset()
    except DatasetError as error:
        st.error(parts.sentence(error))
        return
    if dataset.is_sample:
        st.caption(t("sidebar.sample_pairs", count=len(dataset), total=OFFICIAL_PAIRS))
    else:
        st.caption(t("sidebar.pairs", count=len(dataset)))


def _device() -> None:
    with st.expander(t("sidebar.device"), icon=":material/memory:"):
        with suppress(WeightsError):  # the sidebar says above that there are none
            engine = default_engine(choices.weights())
            st.caption(t("sidebar.device_engine", engine=ENGINE_NAMES.get(engine, engine)))
        if "tensorflow" in sys.modules:
            _tensorflow()
            return
        # Loading TensorFlow takes seconds and 400 MB: not for a line in the sidebar.
        st.caption(t("sidebar.device_waiting", version=version("tensorflow")))
        if not has_nvidia_driver():  # TensorFlow alone can say what a GPU does
            st.caption(t("sidebar.device_cpu", cores=available_cores()))
            st.caption(t("sidebar.device_precision", precision=cpu_precision()))


def _tensorflow() -> None:
    """The device that TensorFlow has found."""
    device = prepare_device()
    st.caption(f"TensorFlow {device.tensorflow}")
    for name, grows in zip(device.gpus, device.memory_growth, strict=True):
        st.caption(t("sidebar.device_gpu_grows" if grows else "sidebar.device_gpu_all", name=name))
    if not device.gpus:
        st.caption(t("sidebar.device_cpu", cores=device.cores))
    st.caption(t("sidebar.device_precision", precision=device.precision))


def _training() -> None:
    run = trainings.active()
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
    trainings.start(recipe, choices.dataset())
    st.rerun()


def _last_training() -> None:
    """How the newest run ended, and where to see it."""
    latest = next(iter(runs.list_runs(runs.runs_folder())), None)
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
        trainings.active()  # notes a process that has died
        status = run.status()
        if status.state not in ACTIVE:
            # The page around this fragment offers a new training now.
            st.rerun(scope="app")
        st.markdown(f"**{t('sidebar.running', run=parts.plain(run.id))}**")
        run_status.progress(status)
        run_status.stop_button(run, status, "sidebar-stop")
        st.page_link("seg/ui/train/page.py", label=t("sidebar.see"), icon=":material/monitoring:")


@st.fragment(run_every=2 * REFRESH)
def _wait_for_training() -> None:
    """Draws nothing: a run that another visitor starts is seen by all."""
    with guarded():
        if trainings.active():
            st.rerun(scope="app")
