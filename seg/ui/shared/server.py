"""What the server keeps for all visitors: the network, the dataset, the runs; and what a visitor has chosen of them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import streamlit as st

from seg.data.dataset import DEFAULT_FOLDER, SAMPLE_FOLDER, Dataset
from seg.inference.engines.keras import KerasEngine
from seg.inference.inside import Inside
from seg.inference.segmenter import Segmentation, Segmenter
from seg.network.weights import WeightsError, WeightsInfo, find_weights, read_info
from seg.photo import read_photo
from seg.serve.kept import kept
from seg.serve.queue import Line, Waiting
from seg.training import runs
from seg.training.recipe import Recipe
from seg.training.runs import Run, RunError
from seg.ui.shared.language import t

SHIPPED = "shipped"
CONFIGURED, OFFICIAL, SAMPLE = "configured", "official", "sample"
WEIGHTS_KEY, DATASET_KEY = "weights", "dataset"  # of the sidebar's widgets and of the query parameters

# More pixels than a phone's camera gives; a page's server is shared.
MAX_PIXELS = 24_000_000
# Pixels of the longest side at least that a photo keeps for the network and for being shown: four times what the
# network sees, and about what a page shows.
DRAFT_SIDE = 896


def runs_folder() -> Path:
    """Where trainings live: ``SEG_RUNS``, else ``runs/``."""
    return Path(os.environ.get("SEG_RUNS") or runs.DEFAULT_FOLDER)


def trained_runs() -> list[Run]:
    """Runs that have weights, newest first."""
    return [run for run in runs.list_runs(runs_folder()) if run.weights.is_file()]


# The network


def chosen_weights() -> Path:
    """The weight file this visitor uses. Raises WeightsError where there is none."""
    return weights_of(st.session_state.get(WEIGHTS_KEY, SHIPPED))


def weights_of(choice: str) -> Path:
    """The weight file of a run's id, or, for ``SHIPPED`` and a run that is gone, what ships. Raises WeightsError."""
    if choice != SHIPPED:
        for run in trained_runs():
            if run.id == choice:
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


def segmenter_is_ready() -> bool:
    """Whether a network has been loaded since the server started: a first one takes seconds, most of them imports."""
    return bool(_loaded())


# Two, so that two weights can be compared side by side; the one longest unused goes.
@st.cache_resource(max_entries=2, show_spinner=False)
def _segmenter(path: str, changed: int) -> Segmenter:
    network = Segmenter.load(path)
    _loaded().add(path)
    return network


@st.cache_resource(show_spinner=False)
def _loaded() -> set[str]:
    return set()


def inside() -> Inside:
    """A look into the network in use, under TensorFlow: the engine that runs photos may not show its layers.

    Raises WeightsError. Takes seconds the first time: call it inside ``st.spinner``.
    """
    path = chosen_weights()
    return _inside(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=1, show_spinner=False)
def _inside(path: str, changed: int) -> Inside:
    from seg.network.device import prepare_device
    from seg.network.weights import load_network

    engine = _segmenter(path, changed).engine
    if isinstance(engine, KerasEngine):
        return Inside(engine.network)
    prepare_device()
    return Inside(load_network(Path(path)))


def network_is_loaded() -> bool:
    """Whether TensorFlow is in this process yet; asking does not load it."""
    return "tensorflow" in sys.modules


def tensorflow_version() -> str:
    try:
        return version("tensorflow")
    except PackageNotFoundError:
        return "?"


# Photos at once: decoding one while the network runs another keeps two cores busy; more would only fill memory. Not in
# batches: eight photos together take 0.93 of the time that they take one by one (`benchmark`), and all eight would wait
# for the last.
AT_ONCE = 2


@st.cache_resource(show_spinner=False)
def line() -> Line:
    """Where the photos of all pages and programs wait for the network."""
    return Line(AT_ONCE)


def segment(data: bytes, name: str, path: Path | None = None, waiting: Waiting | None = None) -> Segmentation:
    """The segmentation of an encoded photo with these weights (the visitor's when None), the photo as large as pages
    show it; the same bytes are never computed twice. Outside of a page's run (a download's thread) nobody has chosen
    weights: name them there. ``waiting`` is told how many photos are before this one.

    Raises PhotoError, WeightsError. Takes seconds the first time: call it inside ``st.spinner``.
    """
    path = path or chosen_weights()

    def make() -> Segmentation:
        network = segmenter(path)
        with line().turn(waiting):
            return network(read_photo(data, name, MAX_PIXELS, draft=DRAFT_SIDE))

    # A photo of 12 megapixels is kept at 1000 x 750, 2 MB; none takes more than 10.
    return kept("segmentations", 32).get((hashlib.sha256(data).hexdigest(), *file_key(path)), make)


def file_key(path: Path) -> tuple[str, int]:
    """What results of a weight file are kept by: another one may come to have its name."""
    return str(path), path.stat().st_mtime_ns


def whole(own: Segmentation, data: bytes, name: str) -> Segmentation:
    """A segmentation that ``segment`` gave, at the photo's own size: decoded anew, the network does not run again.

    Hold ``at_full_size`` while it is used. Raises PhotoError.
    """
    photo = own.photo if own.photo.own_size in (None, own.photo.size) else read_photo(data, name, MAX_PIXELS)
    return replace(own, photo=photo)


@st.cache_resource(show_spinner=False)
def at_full_size() -> threading.Lock:
    """Held by whoever makes a picture at a photo's own size: 24 megapixels take a gigabyte meanwhile, so one visitor or
    program after another. Not to be held by who waits in line. What is kept for all is not to grow by it: work on
    ``whole``."""
    return threading.Lock()


# The dataset


def dataset_choices() -> list[str]:
    """What a visitor may choose: never a path of their own, which would open the server's disk to them."""
    named = os.environ.get("SEG_DATA")
    if not DEFAULT_FOLDER.is_dir():
        return [CONFIGURED, SAMPLE] if named else [SAMPLE]
    # What the Dataset page has downloaded is there beside another one that the server's owner has named.
    beside = named and Path(named).resolve() != DEFAULT_FOLDER.resolve()
    return [CONFIGURED, OFFICIAL, SAMPLE] if beside else [CONFIGURED, SAMPLE]


def chosen_dataset() -> str:
    """Which of ``dataset_choices`` this visitor has chosen."""
    choices = dataset_choices()
    chosen = st.session_state.get(DATASET_KEY, choices[0])
    return chosen if chosen in choices else SAMPLE


def dataset_folder() -> Path:
    """The folder of the dataset this visitor has chosen."""
    chosen = chosen_dataset()
    if chosen == CONFIGURED:
        return Path(os.environ.get("SEG_DATA") or DEFAULT_FOLDER)
    if chosen == OFFICIAL:
        return DEFAULT_FOLDER
    return SAMPLE_FOLDER


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
        _refuse_second()
        chosen = dataset()
        run = runs.create_run(recipe, chosen.root, chosen.title, runs_folder())
        _launch(run)
    return run


def resume_training(run: Run) -> None:
    """Go on with a run that has not finished. Raises RunError while another is trained, or for a finished run."""
    with _starting():
        _refuse_second()
        _launch(run)


def active_run() -> Run | None:
    """The run that is being trained now, or None."""
    _note_early_ends()
    return runs.active_run(runs_folder())


def _refuse_second() -> None:
    active = active_run()
    if active:
        raise RunError(t("train.one_run", run=active.id))


def _launch(run: Run) -> None:
    try:
        _children()[run] = runs.start_process(run)
    except OSError as error:
        run.set_failed(f"its process could not be started ({error.strerror}).")
        raise RunError(t("train.no_process", reason=error.strerror)) from None


def _note_early_ends() -> None:
    for run, process in list(_children().items()):
        if process.poll() is not None:
            _children().pop(run, None)  # another visitor's look may have been quicker
            runs.note_early_end(run, process.returncode)


@st.cache_resource(show_spinner=False)
def _children() -> dict[Run, subprocess.Popen]:
    """The processes that this server has started and not yet seen end."""
    return {}


@st.cache_resource(show_spinner=False)
def _starting() -> threading.Lock:
    return threading.Lock()
