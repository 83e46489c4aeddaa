"""Trimaps that may be wrong: those that the network disagrees with most, for the visitor to look at and mark."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pandas as pd
import streamlit as st

from seg.data.dataset import Dataset
from seg.evaluation.disagreement import MOST
from seg.evaluation.evaluate import PhotoScore
from seg.ui.results import examples
from seg.ui.results.metrics_view import Measured
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

MOST_SHOWN = 12
MARKS = ("wrong", "right", "unsure")


@st.fragment
def show(measured: Measured, dataset: Dataset) -> None:
    """The first of the ranking, each with buttons to mark it, and the ranking with the marks as a file."""
    suspects = measured.report.suspects()
    if not suspects:
        return
    with guarded():
        st.header(t("results.suspects"), anchor=False, help=t("results.suspects_help", most=MOST))
        shown = suspects[:MOST_SHOWN]
        st.markdown(t("results.suspects_text", count=len(shown)))
        if measured.report.split != "test":
            st.caption(t("results.suspects_seen"))
        parts.legend(dataset.classes, with_truth=True)
        download = st.empty()
        with st.spinner(t("results.predicting")):
            predicted = examples.predict_all([score.name for score in shown], [measured], dataset)
        median = float(np.median([score.disagreement for score in suspects]))
        cell = parts.grid(340)
        for place, score in enumerate(shown, 1):
            with cell(), st.container(border=True):
                st.markdown(f"**{place}\\. {parts.plain(score.name)}**")
                st.caption(t("results.suspect_row", value=score.disagreement, median=median))
                _suspect(score, predicted[score.name][0], dataset)
        with download:
            _download(suspects, dataset)


def _suspect(score: PhotoScore, example: examples.Example, dataset: Dataset) -> None:
    examples.side_by_side(score.name, [*examples.truth(example), examples.prediction(example)])
    st.segmented_control(
        t("results.suspect_mark", name=parts.plain(score.name)),
        MARKS,
        format_func=lambda mark: t(f"results.suspect_{mark}"),
        key=_key(score.name, dataset),
        persist_state="session",
        label_visibility="collapsed",
    )


def _key(name: str, dataset: Dataset) -> str:
    """Of the widget that holds the mark of a pair, whatever split or weights it was found with."""
    # The browser sees keys: a hash says nothing of where the server keeps its files.
    folder = sha256(str(dataset.root.resolve()).encode()).hexdigest()[:8]
    return f"suspect-{folder}-{name}"


def _download(suspects: Sequence[PhotoScore], dataset: Dataset) -> None:
    marks = [st.session_state.get(_key(score.name, dataset)) for score in suspects]
    count = sum(mark is not None for mark in marks)
    download_buttons.csv(
        lambda: table(suspects, marks),
        "suspects.csv",
        t("results.download_suspects", count=count),
        key="results-suspects.csv",
    )


def table(suspects: Sequence[PhotoScore], marks: Sequence[str | None]) -> pd.DataFrame:
    """A row a photo, the most suspicious first; ``mark`` is empty where the visitor has set none."""
    return pd.DataFrame(
        {"photo": score.name, "disagreement": round(score.disagreement, 4), "mark": mark or ""}
        for score, mark in zip(suspects, marks, strict=True)
    )
