"""What the server keeps for all visitors: the network, the dataset, the runs; and what a visitor has chosen of them."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import streamlit as st

from seg.data.dataset import DEFAULT_FOLDER, Dataset, drawn_folder
from seg.inference.segmenter import Segmentation, Segmenter
from seg.network.weights import WeightsError, WeightsInfo, find_weights, read_info
from seg.photo import read_photo
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import Run, RunError
from seg.ui.texts import t

SHIPPED = "shipped"
CONFIGURED, DRAWN = "configured", "drawn"
WEIGHTS_KEY, DATASET_KEY = "weights", "dataset"  # of the sidebar's widgets and of the query parameters

# More pixels than a phone's camera gives; a page's server is shared.
MAX_PIXELS = 24_000_000


def runs_folder() -> Path:
    """Where trainings live: ``SEG_RUNS``, else ``runs/``."""
    return Path(os.environ.get("SEG_RUNS") or runs.DEFAULT_FOLDER)


def trained_runs() -> list[Run]:
    """Runs that have weights, newest first."""
    return [run for run in runs.list_runs(runs_folder()) if run.weights.is_file()]


# The network


def chosen_weights() -> Path:
    """The weight file this visitor uses. Raises WeightsError where there is none."""
    chosen = st.session_state.get(WEIGHTS_KEY, SHIPPED)
    if chosen != SHIPPED:
        for run in trained_runs():
            if run.id == chosen:
                return run.weights
    return _shipped_weights(os.environ.get("SEG_WEIGHTS"))


def weights_info() -> WeightsInfo | None:
    """The header of the weights in use, or None where there are none."""
    try:
        return read_info(chosen_weights())
    except WeightsError:
        return None


@st.cache_resource(show_spinner=False)
def _shipped_weights(named: str | None) -> Path:
    # Checking the hash of 53 MB takes a moment: once a server is enough.
    return find_weights(named)


def segmenter(path: Path | None = None) -> Segmenter:
    """The network with these weights (the visitor's when None), loaded once for all visitors.

    Raises WeightsError. Takes seconds the first time: call it inside ``st.spinner``.
    """
    path = path or chosen_weights()
    return _segmenter(str(path), path.stat().st_mtime_ns)


# Two, so that two weights can be compared side by side; the one longest unused goes.
@st.cache_resource(max_entries=2, show_spinner=False)
def _segmenter(path: str, changed: int) -> Segmenter:
    return Segmenter.load(path)


def network_is_loaded() -> bool:
    """Whether TensorFlow is in this process yet; asking does not load it."""
    return "tensorflow" in sys.modules


def tensorflow_version() -> str:
    try:
        return version("tensorflow")
    except PackageNotFoundError:
        return "?"


def segment(data: bytes, name: str) -> Segmentation:
    """The segmentation of an encoded photo with the visitor's weights; the same bytes are never computed twice.

    Raises PhotoError, WeightsError. Takes seconds the first time: call it inside ``st.spinner``.
    """
    path = chosen_weights()
    key = hashlib.sha256(data).hexdigest()
    # Underscored arguments are no part of the cache's key: content and weights are.
    return _segmentation(key, str(path), path.stat().st_mtime_ns, _data=data, _name=name)


# A cached photo of 12 megapixels takes 36 MB.
@st.cache_resource(max_entries=16, show_spinner=False)
def _segmentation(key: str, path: str, changed: int, _data: bytes, _name: str) -> Segmentation:
    return _segmenter(path, changed)(read_photo(_data, _name, MAX_PIXELS))


# The dataset


def dataset_choices() -> list[str]:
    """What a visitor may choose: never a path of their own, which would open the server's disk to them."""
    configured = os.environ.get("SEG_DATA") or (DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None)
    return [CONFIGURED, DRAWN] if configured else [DRAWN]


def dataset_folder() -> Path:
    """The folder of the dataset this visitor has chosen."""
    choices = dataset_choices()
    chosen = st.session_state.get(DATASET_KEY, choices[0])
    if chosen == CONFIGURED and CONFIGURED in choices:
        return Path(os.environ.get("SEG_DATA") or DEFAULT_FOLDER)
    return drawn_folder()


def dataset() -> Dataset:
    """The dataset this visitor has chosen, checked once for all visitors. Raises DatasetError."""
    with st.spinner(t("common.checking_dataset")):
        return _dataset(str(dataset_folder()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(folder: str) -> Dataset:
    return Dataset.open(folder)


def configured_title() -> str:
    """The name of the configured dataset's folder."""
    return Path(os.environ.get("SEG_DATA") or DEFAULT_FOLDER).resolve().name


# Trainings


def start_training(recipe: Recipe) -> Run:
    """Start a recipe on the visitor's dataset in a process of its own. Raises RunError while another is trained."""
    # Two visitors may press at once: one looks and starts while the other waits.
    with _starting():
        active = runs.active_run(runs_folder())
        if active:
            raise RunError(t("train.one_run", run=active.id))
        chosen = dataset()
        run = runs.create_run(recipe, chosen.root, chosen.title, runs_folder())
        runs.start_process(run)
    return run


@st.cache_resource(show_spinner=False)
def _starting() -> threading.Lock:
    return threading.Lock()
