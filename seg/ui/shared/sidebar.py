"""The sidebar of every page: language, weights, dataset, device, the demo training, and who owns the server."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import streamlit as st

from seg.cores import available_cores
from seg.data.dataset import OFFICIAL_PAIRS, DatasetError
from seg.data.split_schemes import SPLITS
from seg.inference.engines import default_engine
from seg.network.device import cpu_precision, has_nvidia_driver, has_tensorflow, prepare_device
from seg.network.gpu import has_idle_gpu, usable_gpus
from seg.network.weights import WeightsError
from seg.serve import datasets, evaluations, offered
from seg.texts import LANGUAGES
from seg.ui.shared import address, choices, demo_training, owner, parts, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import KEY, default_language, t
from seg.ui.shared.select_box import select_box

ENGINE_NAMES = {"openvino-int8": "OpenVINO int8", "openvino": "OpenVINO", "keras": "Keras"}


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


def show(is_folded: bool) -> Callable[[], None]:
    """Draw the sidebar; returns what fills in the facts that take a moment, to be called when the page is drawn.

    ``is_folded``: all but the language is in an expander, which is closed at first.
    """
    with st.sidebar, st.expander(t("sidebar.advanced"), icon=":material/tune:") if is_folded else st.container():
        _weights()
        _choose_dataset()
        facts = st.container()
        device = st.container()
        demo_training.show()
        with guarded():
            owner.show()

    def fill() -> None:
        with facts:
            _dataset_facts()
        with device:
            _device()  # a machine with an NVIDIA driver may have to ask TensorFlow, which takes seconds

    return fill


def _weights() -> None:
    options = offered.names(owner.visitor())
    # What ships takes the place of a run that has been deleted.
    address.recall(choices.WEIGHTS_KEY, options, choices.SHIPPED)
    select_box(
        t("sidebar.weights"),
        options,
        choices.WEIGHTS_KEY,
        format_func=choices.weights_title,
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
    options = list(datasets.folders(owner.visitor()))
    address.recall(choices.DATASET_KEY, options, options[0])
    select_box(
        t("sidebar.dataset"),
        options,
        choices.DATASET_KEY,
        format_func=choices.dataset_title,
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
        # Loading TensorFlow takes seconds and 400 MB, too much for a line in the sidebar.
        if has_tensorflow():
            st.caption(t("sidebar.device_waiting", version=_tensorflow_version()))
        else:
            run_status.tell_if_untrainable()
        gpus = usable_gpus()
        for name in gpus:
            st.caption(t("sidebar.device_gpu_grows", name=name))
        if not gpus:
            st.caption(t("sidebar.device_cpu", cores=available_cores()))
            st.caption(t("sidebar.device_precision", precision=cpu_precision()))
        if has_idle_gpu():
            st.caption(t("sidebar.device_gpu_idle"))


def _tensorflow_version() -> str:
    try:
        return version("tensorflow")
    except PackageNotFoundError:  # installed under another name, such as tensorflow-cpu
        return "?"


def _tensorflow() -> None:
    """The device that TensorFlow has found."""
    device = prepare_device()
    st.caption(f"TensorFlow {device.tensorflow}")
    for name, grows in zip(device.gpus, device.memory_growth, strict=True):
        st.caption(t("sidebar.device_gpu_grows" if grows else "sidebar.device_gpu_all", name=name))
    if not device.gpus:
        st.caption(t("sidebar.device_cpu", cores=device.cores))
        if has_nvidia_driver():
            st.caption(t("sidebar.device_gpu_idle"))
    st.caption(t("sidebar.device_precision", precision=device.precision))
