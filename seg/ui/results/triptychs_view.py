"""Photo, true and predicted trimap of single photos: the worst, the median, the best, any, or by name."""

from __future__ import annotations

import random
from collections.abc import Sequence

import streamlit as st

from seg.data.dataset import Dataset
from seg.ui.results import examples
from seg.ui.results.examples import MOST_ROWS, scores_by_name
from seg.ui.results.metrics_view import Measured
from seg.ui.shared import download_buttons, parts, row_choice
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

WORST, MEDIAN, BEST, RANDOM, BY_NAME, DIFFER = "worst", "median", "best", "random", "by_name", "differ"
SEED_KEY, NAMES_KEY = "results-seed", "results-names"
TABLE_HEIGHT = 248  # pixels: its head and six rows


@st.fragment
def show(measured: Sequence[Measured], dataset: Dataset) -> None:
    """A row a photo; with two weights, what both predict."""
    with guarded():
        st.header(t("results.triptychs"), anchor=False)
        names, marked = _choose(measured)
        if not names:
            st.info(t("results.no_names"), icon=":material/search:")
            return
        parts.legend(dataset.classes, with_truth=True)
        if marked:
            st.caption(t("results.mistakes_note"))
        download = st.empty()
        with st.spinner(t("results.predicting")):
            predicted = examples.predict_all(names, measured, dataset)
        with download:
            download_buttons.png(
                lambda: examples.sheet(names, predicted, measured, marked),
                "triptychs.png",
                t("results.download_triptychs"),
                key="results-triptychs.png",
            )
        for name in names:
            examples.show(name, predicted[name], measured, marked)


def _choose(measured: Sequence[Measured]) -> tuple[list[str], bool]:
    """The photos' names in the order they are shown, and whether mistakes are marked."""
    orders = [WORST, MEDIAN, BEST, RANDOM, BY_NAME] + ([DIFFER] if len(measured) > 1 else [])
    order = st.segmented_control(
        t("results.order"),
        orders,
        default=WORST,
        format_func=lambda name: t(f"results.{name}"),
        key="results-order",
        required=True,
        persist_state="session",
        help=t("results.order_help"),
    )
    count = len(measured[0].report.scores)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if order == BY_NAME:
            names = st.multiselect(
                t("results.names"),
                sorted(score.name for score in measured[0].report.scores),
                key=NAMES_KEY,
                max_selections=MOST_ROWS,
                placeholder=t("results.no_names"),
                persist_state="session",
                width=420,
            )
        else:
            rows = st.number_input(
                t("results.rows"), 1, MOST_ROWS, 4, key="results-rows", persist_state="session", width=140
            )
            names = _ordered(order or WORST, min(rows, count), measured)
        if order == RANDOM:
            st.button(t("results.others"), key="results-others", icon=":material/shuffle:", on_click=_draw_others)
        marked = st.toggle(t("results.mark"), key="results-mark", persist_state="session", help=t("results.mark_help"))
    if order == BY_NAME:
        _table(measured)
    return names, marked


def _table(measured: Sequence[Measured]) -> None:
    """All photos, the worst first: those that are ticked are chosen by name."""
    # Not at the top: it takes half a second to import.
    import pandas as pd

    ranked = [score.name for score in measured[0].report.ranked()]
    table = pd.DataFrame({t("common.photo"): ranked})
    iou = t("common.mean_iou")
    for one in measured:
        scores = scores_by_name(one)
        title = iou if len(measured) == 1 else f"{iou} · {one.title}"
        table[title] = [100 * scores[name].mean_iou for name in ranked]
    percent = st.column_config.NumberColumn(format="%.1f%%")
    config = {title: percent for title in table.columns[1:]}
    st.caption(t("results.names_table"))
    row_choice.table(table, ranked, NAMES_KEY, MOST_ROWS, column_config=config, width=560, height=TABLE_HEIGHT)


def _draw_others() -> None:
    st.session_state[SEED_KEY] = st.session_state.get(SEED_KEY, 0) + 1


def _ordered(order: str, rows: int, measured: Sequence[Measured]) -> list[str]:
    """``rows`` names by the first weights' mean IoU, or, for DIFFER, by how far two weights are apart."""
    ranked = [score.name for score in measured[0].report.ranked()]
    if order == BEST:
        return ranked[::-1][:rows]
    if order == MEDIAN:
        begin = (len(ranked) - rows) // 2
        return ranked[begin : begin + rows]
    if order == RANDOM:
        return random.Random(st.session_state.get(SEED_KEY, 0)).sample(ranked, rows)
    if order == DIFFER:
        first, second = (scores_by_name(one) for one in measured)
        return sorted(ranked, key=lambda name: -abs(first[name].mean_iou - second[name].mean_iou))[:rows]
    return ranked[:rows]
