"""Photo, true and predicted trimap of single photos: the worst, the median, the best, any, or by name."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from seg.data.dataset import Dataset, Sample, read_pair
from seg.evaluation.evaluate import PhotoScore
from seg.pictures import colour_labels, mistakes, triptych_grid
from seg.serve import networks
from seg.ui.results.metrics_view import CLASSES, Judged
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

WORST, MEDIAN, BEST, RANDOM, BY_NAME, DIFFER = "worst", "median", "best", "random", "by_name", "differ"
MOST_ROWS = 50
SIDE = 512  # pixels of the longest side that is kept of a photo and its labels
SEED_KEY = "results-seed"


@dataclass(frozen=True, eq=False)
class Example:
    """A photo RGB uint8 ``(H, W, 3)``, its true labels and those predicted, uint8 ``(H, W)``; at most SIDE pixels."""

    photo: np.ndarray
    true: np.ndarray
    predicted: np.ndarray

    @property
    def mistakes(self) -> np.ndarray:
        return mistakes(self.true, self.predicted, self.photo)


@st.fragment
def show(judged: Sequence[Judged], dataset: Dataset) -> None:
    """A row a photo; with two weights, what both predict."""
    with guarded():
        st.header(t("results.triptychs"), anchor=False)
        names, marked = _choose(judged)
        if not names:
            st.info(t("results.no_names"), icon=":material/search:")
            return
        parts.legend()
        if marked:
            st.caption(t("results.mistakes_note"))
        download = st.empty()
        examples = _examples(names, judged, dataset)
        download.download_button(
            t("results.download_triptychs"),
            lambda: _sheet(names, examples, judged, marked),
            "triptychs.png",
            "image/png",
            key="results-triptychs.png",
            on_click="ignore",
            icon=":material/download:",
        )
        for name in names:
            _row(name, examples[name], judged, marked)


def _choose(judged: Sequence[Judged]) -> tuple[list[str], bool]:
    """The photos' names in the order they are shown, and whether mistakes are marked."""
    orders = [WORST, MEDIAN, BEST, RANDOM, BY_NAME] + ([DIFFER] if len(judged) > 1 else [])
    order = st.segmented_control(
        t("results.order"),
        orders,
        default=WORST,
        format_func=lambda own: t(f"results.{own}"),
        key="results-order",
        required=True,
        persist_state="session",
        help=t("results.order_help"),
    )
    count = len(judged[0].report.scores)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if order == BY_NAME:
            names = st.multiselect(
                t("results.names"),
                sorted(score.name for score in judged[0].report.scores),
                key="results-names",
                max_selections=MOST_ROWS,
                persist_state="session",
                width=420,
            )
        else:
            rows = st.number_input(
                t("results.rows"), 1, MOST_ROWS, 4, key="results-rows", persist_state="session", width=140
            )
            names = _ordered(order or WORST, min(rows, count), judged)
        if order == RANDOM:
            st.button(t("results.others"), key="results-others", icon=":material/shuffle:", on_click=_draw_others)
        marked = st.toggle(t("results.mark"), key="results-mark", persist_state="session", help=t("results.mark_help"))
    return names, marked


def _draw_others() -> None:
    st.session_state[SEED_KEY] = st.session_state.get(SEED_KEY, 0) + 1


def _ordered(order: str, rows: int, judged: Sequence[Judged]) -> list[str]:
    """``rows`` names by the first weights' mean IoU, or, for DIFFER, by how far two weights are apart."""
    ranked = [score.name for score in judged[0].report.ranked()]
    if order == BEST:
        return ranked[::-1][:rows]
    if order == MEDIAN:
        begin = (len(ranked) - rows) // 2
        return ranked[begin : begin + rows]
    if order == RANDOM:
        return random.Random(st.session_state.get(SEED_KEY, 0)).sample(ranked, rows)
    if order == DIFFER:
        first, second = (_by_name(own) for own in judged)
        return sorted(ranked, key=lambda name: -abs(first[name].mean_iou - second[name].mean_iou))[:rows]
    return ranked[:rows]


def _by_name(own: Judged) -> dict[str, PhotoScore]:
    return {score.name: score for score in own.report.scores}


def _examples(names: Sequence[str], judged: Sequence[Judged], dataset: Dataset) -> dict[str, list[Example]]:
    """For each photo what each of the weights predicts."""
    with st.spinner(t("results.predicting")):
        return {name: [_predict(own.weights, dataset[name]) for own in judged] for name in names}


def _predict(weights: Path, sample: Sample) -> Example:
    """Raises PhotoError, WeightsError, OSError for files that have gone."""
    times = tuple(path.stat().st_mtime_ns for path in (weights, sample.photo, sample.trimap))
    return _predict_once(str(weights), str(sample.photo), times, _sample=sample)


# An example takes at most 1.3 MB.
@st.cache_resource(max_entries=4 * MOST_ROWS, show_spinner=False)
def _predict_once(weights: str, photo: str, times: tuple[int, ...], _sample: Sample) -> Example:
    pixels, trimap = read_pair(_sample)
    found = networks.segmenter(Path(weights))(pixels)
    true = found.classes.to_labels(trimap)
    return Example(parts.shown(pixels.pixels, SIDE), _smaller(true), _smaller(found.labels))


def _smaller(labels: np.ndarray) -> np.ndarray:
    """Labels as large as ``parts.shown`` makes their photo, with no label in between."""
    size = parts.shown(labels, SIDE).shape
    return np.asarray(Image.fromarray(labels).resize((size[1], size[0]), Image.Resampling.NEAREST))


def _row(name: str, examples: Sequence[Example], judged: Sequence[Judged], marked: bool) -> None:
    with st.container(border=True):
        st.markdown(f"**{parts.plain(name)}**")
        for own in judged:
            score = _by_name(own)[name]
            iou = " · ".join(
                f"{t(f'common.{kind}')} {value:.1%}"
                for kind, value in zip(CLASSES, score.iou, strict=True)
                if not np.isnan(value)
            )
            text = t("results.row", value=score.mean_iou, classes=iou)
            st.caption(text if len(judged) == 1 else f"{parts.plain(own.title)}: {text}")
        pictures = [(examples[0].photo, t("common.photo")), (colour_labels(examples[0].true), t("common.true_trimap"))]
        for own, example in zip(judged, examples, strict=True):
            after = f": {parts.plain(own.title)}" if len(judged) > 1 else ""
            pictures.append((colour_labels(example.predicted), t("common.predicted_trimap") + after))
            if marked:
                pictures.append((example.mistakes, t("results.mistakes") + after))
        cell = _cells(len(pictures))
        for place, (pixels, caption) in enumerate(pictures):
            with cell():
                alt = t("results.picture_alt", what=caption, name=name)
                # Labels as PNG: JPEG would put colours of no class around every edge.
                st.image(pixels, caption, alt=alt, width="stretch", output_format="PNG" if place else "JPEG")


def _cells(count: int) -> Callable[[], DeltaGenerator]:
    """As many cells side by side as there are pictures; on a phone three, or two where three leave one over."""
    if hasattr(st, "grid"):
        return st.grid(count, min_column_width=96 if count == 3 else 118, gap="xsmall").cell
    # Streamlit 1.65, the newest for Python 3.10.
    columns = iter(st.columns(count, gap="small"))
    return lambda: next(columns)


def _sheet(names: Sequence[str], examples: dict[str, list[Example]], judged: Sequence[Judged], marked: bool) -> bytes:
    """All rows as one picture, PNG; with two weights two rows a photo."""
    rows, captions = [], []
    for name in names:
        for own, example in zip(judged, examples[name], strict=True):
            # Pillow's own font has Latin letters only: English, whatever the page speaks.
            weights = "" if len(judged) == 1 else f", {'/'.join(own.weights.parts[-2:])}"
            captions.append(f"{name}{weights}: mean IoU {_by_name(own)[name].mean_iou:.3f}")
            rows.append((example.photo, example.true, example.predicted))
    return parts.png(triptych_grid(rows, captions, with_mistakes=marked))
