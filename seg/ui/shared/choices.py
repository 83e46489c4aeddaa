"""What a visitor has chosen in the sidebar: the weights and the dataset."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from seg.classes import Classes
from seg.data.dataset import Dataset
from seg.errors import SegError
from seg.network.weights import WeightsError, WeightsInfo, read_info
from seg.serve import datasets, networks, offered, own_pairs, trainings
from seg.serve.offered import SHIPPED
from seg.training.runs import Run, runs_folder
from seg.ui.shared import owner
from seg.ui.shared.language import t

WEIGHTS_KEY, DATASET_KEY = "weights", "dataset"  # of the sidebar's widgets and of the query parameters


def weights_choice() -> str:
    """``SHIPPED`` or the id of a run."""
    return st.session_state.get(WEIGHTS_KEY, SHIPPED)


def weights_of(choice: str) -> Path:
    """The weight file of a choice; that of ``SHIPPED`` for a run that is gone. Raises WeightsError."""
    return offered.weights_named(choice, owner.visitor()) or networks.server_weights()


def weights() -> Path:
    """The weight file that the visitor has chosen. Raises WeightsError where there is none."""
    return weights_of(weights_choice())


def weights_info() -> WeightsInfo | None:
    """The header of the weights that the visitor has chosen, or None where there are none."""
    try:
        return read_info(weights())
    except WeightsError:
        return None


def weights_title(choice: str) -> str:
    """A choice of weights in the visitor's language."""
    if choice == SHIPPED:
        return t("sidebar.weights_shipped")
    chosen = Run(runs_folder() / choice)
    title = chosen.title
    if chosen.name and [run.title for run in trainings.trained_runs(owner.visitor())].count(title) > 1:
        title = t("common.brackets", text=title, more=choice)  # or one run's metrics would seem to be those of another
    return t("sidebar.weights_run", run=title)


def dataset_choice() -> str:
    """Which of the server's datasets the visitor has chosen."""
    options = datasets.folders(owner.visitor())
    choice = st.session_state.get(DATASET_KEY, next(iter(options)))
    return choice if choice in options else datasets.SAMPLE


def dataset(split_scheme: str | None = None) -> Dataset:
    """The dataset that the visitor has chosen, with the splits of a scheme, None: those it has. Raises DatasetError."""
    with st.spinner(t("common.checking_dataset")):
        return datasets.open_dataset(datasets.folders(owner.visitor())[dataset_choice()], split_scheme)


def dataset_classes() -> Classes | None:
    """The classes of the dataset that the visitor has chosen, or None where it cannot be opened."""
    try:
        return dataset().classes
    except SegError:  # the sidebar says what is wrong with it
        return None


def dataset_title(choice: str) -> str:
    """A choice of dataset in the visitor's language."""
    if choice == datasets.SAMPLE:
        return t("sidebar.dataset_sample")
    if choice == datasets.OFFICIAL:
        return t("sidebar.dataset_official")
    if choice in own_pairs.KINDS:
        return t(f"pairs.kind_{choice}")
    return t("sidebar.dataset_configured", title=datasets.folders(owner.visitor())[choice].resolve().name)
