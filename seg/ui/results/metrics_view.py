"""The figures of one evaluation, or of two side by side: numbers, confusion matrix, IoU by species, breed and photo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from seg import metrics
from seg.evaluation.evaluate import Report, figures
from seg.ui.shared import parts
from seg.ui.shared.language import t

# One colour for each of two weights: of Okabe and Ito's palette, apart from the classes' and from each other.
SERIES = ("#009E73", "#CC79A7")
BINS = 20  # of the histogram, over [0, 1]
FEW = 10  # photos; the IoU of fewer says little about a breed
EQUAL = 0.0005  # figures no further apart are shown as the same
CLASSES = ("pet", "background", "border")
CARDS = ("mean_iou", "pixel_accuracy", *CLASSES)


@dataclass(frozen=True)
class Judged:
    """Weights under the name that visitors know them by, and what was measured of them."""

    title: str
    weights: Path
    report: Report


def show(judged: Sequence[Judged]) -> None:
    """All figures; the second of two weights is compared with the first."""
    _numbers(judged)
    _downloads(judged)
    _confusions(judged)
    _photos(judged)
    _breeds(judged)


def _numbers(judged: Sequence[Judged]) -> None:
    first = judged[0].report
    st.caption(t("results.sizes_note", size=first.size), help=t("results.sizes_help", size=first.size))
    before: dict[str, float] = {}
    for own in judged:
        if len(judged) > 1:
            st.markdown(f"**{parts.plain(own.title)}**")
        at_network_size = _figures(own.report.confusion, own.report)
        at_own_size = _figures(own.report.confusion_own_size, own.report)
        cell = parts.grid(140)
        for name in CARDS:
            value = at_network_size[name]
            delta = value - before[name] if name in before else None
            with cell():
                st.metric(
                    _figure_title(name),
                    _percent(value),
                    help=t(f"results.{name}_help"),
                    delta=None if delta is None or np.isnan(delta) else t("results.points", value=100 * delta),
                    delta_color="off" if delta is not None and abs(delta) < EQUAL else "normal",
                )
                st.caption(t("results.at_own_size", value=_percent(at_own_size[name])))
        without_border = at_network_size["without_border"]
        if not np.isnan(without_border):
            st.caption(t("results.without_border", value=without_border))
        before = at_network_size


def _figures(confusion: np.ndarray, report: Report) -> dict[str, float]:
    """Mean IoU, pixel accuracy, IoU by class and the pet's without the border, each in [0, 1] or nan."""
    told = figures(confusion, report.classes)
    numbers = {"mean_iou": told["mean_iou"], "pixel_accuracy": told["pixel_accuracy"], **told["iou"]}
    numbers["without_border"] = told["pet_iou_without_border"]
    return {name: float("nan") if value is None else value for name, value in numbers.items()}


def _figure_title(name: str) -> str:
    if name in CLASSES:
        return t("results.iou_of", name=t(f"common.{name}"))
    return t(f"common.{name}")


def _percent(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1%}"


def _downloads(judged: Sequence[Judged]) -> None:
    reports = [own.report for own in judged]
    with st.container(horizontal=True):
        _download("results.download_report", lambda: _report_json(reports), "report.json", "application/json")
        _download("results.download_figures", lambda: _csv(_figure_table(judged)), "figures.csv", "text/csv")
        _download("results.download_photos", lambda: _csv(_photo_table(judged)), "iou-by-photo.csv", "text/csv")
        if reports[0].confusion_by_breed:
            _download("results.download_breeds", lambda: _csv(_breed_table(judged)), "iou-by-breed.csv", "text/csv")


def _download(label: str, data: Callable[[], str], file_name: str, kind: str) -> None:
    st.download_button(
        t(label), data, file_name, kind, key=f"results-{file_name}", on_click="ignore", icon=":material/download:"
    )


def _report_json(reports: Sequence[Report]) -> str:
    told = [report.as_dict() for report in reports]
    return json.dumps(told[0] if len(told) == 1 else told, indent=1)


def _csv(table: pd.DataFrame) -> str:
    # A byte-order mark: Excel takes Chinese for something else without it.
    return "\ufeff" + table.to_csv(index=False)


def _figure_table(judged: Sequence[Judged]) -> pd.DataFrame:
    rows = []
    for own in judged:
        sizes = {str(own.report.size): own.report.confusion, "own": own.report.confusion_own_size}
        for size, confusion in sizes.items():
            cells = {
                f"true_{true}_predicted_{predicted}": int(confusion[i, j])
                for i, true in enumerate(own.report.classes.names)
                for j, predicted in enumerate(own.report.classes.names)
            }
            rows.append({"weights": own.title, "size": size} | _figures(confusion, own.report) | cells)
    return pd.DataFrame(rows)


def _photo_table(judged: Sequence[Judged]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "weights": own.title,
            "photo": score.name,
            "breed": score.breed,
            "species": score.species,
            "mean_iou": score.mean_iou,
            **dict(zip(own.report.classes.names, score.iou, strict=True)),
        }
        for own in judged
        for score in own.report.scores
    )


def _breed_table(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row for each weights and breed, the first weights' worst breed first."""
    photos = Counter(score.breed for score in judged[0].report.scores)
    rows = [
        {
            "weights": own.title,
            "breed": breed,
            "photos": photos[breed],
            "mean_iou": metrics.mean_iou(confusion),
            **dict(zip(own.report.classes.names, metrics.iou_by_class(confusion), strict=True)),
        }
        for own in judged
        for breed, confusion in own.report.confusion_by_breed.items()
    ]
    return pd.DataFrame(rows).sort_values("mean_iou", kind="stable")


def _confusions(judged: Sequence[Judged]) -> None:
    st.header(t("results.confusion"), anchor=False, help=t("results.confusion_help"))
    st.markdown(_worst_confusion(judged[0].report))
    cell = parts.grid(320)
    for place, own in enumerate(judged):
        with cell():
            if len(judged) > 1:
                st.markdown(f"**{parts.plain(own.title)}**")
            st.altair_chart(
                _heat_map(own.report), alt=_confusion_in_words(own.report.confusion), key=f"results-confusion-{place}"
            )


def _shares(confusion: np.ndarray) -> np.ndarray:
    """The rows' shares, in [0, 1]; nan for a class that does not occur."""
    totals = confusion.sum(axis=1, keepdims=True)
    return np.divide(confusion, totals, out=np.full(confusion.shape, np.nan), where=totals > 0)


def _worst_confusion(report: Report) -> str:
    shares = np.nan_to_num(_shares(report.confusion))
    np.fill_diagonal(shares, 0)
    true, predicted = np.unravel_index(shares.argmax(), shares.shape)
    names = [t(f"common.{name}") for name in report.classes.names]
    if not shares[true, predicted]:
        return t("results.no_confusion")
    return t(
        "results.worst_confusion", share=shares[true, predicted], true=names[int(true)], predicted=names[int(predicted)]
    )


def _confusion_in_words(confusion: np.ndarray) -> str:
    names = [t(f"common.{name}") for name in CLASSES]
    return "; ".join(
        f"{names[i]} → {names[j]} {_percent(share)}" for (i, j), share in np.ndenumerate(_shares(confusion))
    )


def _heat_map(report: Report) -> alt.LayerChart:
    """True classes down, predicted ones across; a cell has its row's share and its pixels."""
    names = [t(f"common.{name}") for name in report.classes.names]
    true, predicted, share, pixels = (t(f"results.{key}") for key in ("true", "predicted", "share", "pixels"))
    rows = [
        {
            true: names[i],
            predicted: names[j],
            share: value,
            pixels: int(report.confusion[i, j]),
            "shown": _percent(value),
            "counted": t("results.million_pixels", count=report.confusion[i, j] / 1e6),
        }
        for (i, j), value in np.ndenumerate(np.nan_to_num(_shares(report.confusion)))
    ]
    base = alt.Chart(pd.DataFrame(rows), height=280).encode(
        x=alt.X(predicted, sort=names, axis=alt.Axis(orient="top", labelAngle=0, domain=False, ticks=False)),
        y=alt.Y(true, sort=names, axis=alt.Axis(domain=False, ticks=False)),
        tooltip=[true, predicted, alt.Tooltip(share, format=".2%"), alt.Tooltip(pixels, format=",")],
    )
    # The cells bring their own ground, so that one pair of text colours fits both themes.
    cells = base.mark_rect(cornerRadius=4, stroke="#80889040").encode(
        color=alt.Color(share, legend=None, scale=alt.Scale(domain=[0, 1], range=["#EAF2F8", "#00558A"]))
    )
    ink = alt.condition(alt.datum[share] > 0.45, alt.value("white"), alt.value("#1C2430"))
    large = base.mark_text(fontSize=17, fontWeight=600, dy=-7).encode(text="shown:N", color=ink)
    small = base.mark_text(fontSize=11, dy=13).encode(text="counted:N", color=ink)
    return cells + large + small


def _photos(judged: Sequence[Judged]) -> None:
    st.header(t("results.by_photo"), anchor=False, help=t("results.by_photo_help"))
    for own in judged:
        iou = np.array([score.mean_iou for score in own.report.scores])
        words = t(
            "results.by_photo_text",
            median=np.nanmedian(iou),
            worst=np.nanmin(iou),
            best=np.nanmax(iou),
            below=int((iou < 0.5).sum()),
            count=len(iou),
        )
        st.markdown(words if len(judged) == 1 else f"**{parts.plain(own.title)}**: {words}")
    st.altair_chart(_histogram(judged), alt=t("results.by_photo"), key="results-histogram")


def _histogram(judged: Sequence[Judged]) -> alt.Chart:
    iou, photos, weights = t("common.mean_iou"), t("results.photos_axis"), t("sidebar.weights")
    rows = []
    for place, own in enumerate(judged):
        counts, edges = np.histogram([score.mean_iou for score in own.report.scores], BINS, (0, 1))
        # Two weights share a bin, each one half of it.
        width = (edges[1] - edges[0]) * 0.92 / len(judged)
        for count, edge in zip(counts, edges, strict=False):
            left = edge + place * width
            span = f"{edge:.0%} – {edge + 1 / BINS:.0%}"
            if count:
                rows.append({"left": left, "right": left + width, photos: int(count), weights: own.title, iou: span})
    return (
        alt.Chart(pd.DataFrame(rows), height=260)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("left", title=iou, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", grid=False)),
            x2="right",
            y=alt.Y(photos, axis=alt.Axis(tickMinStep=1)),
            y2=alt.datum(0),
            color=_series_colour(weights, judged),
            tooltip=[weights, iou, photos],
        )
    )


def _series_colour(field: str, judged: Sequence[Judged]) -> alt.Color:
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=300) if len(judged) > 1 else None
    titles = [own.title for own in judged]
    return alt.Color(field, scale=alt.Scale(domain=titles, range=list(SERIES[: len(titles)])), legend=legend)


def _breeds(judged: Sequence[Judged]) -> None:
    first = judged[0].report
    if not first.confusion_by_breed:
        return
    st.header(t("results.by_breed"), anchor=False)
    _species(judged)
    table = _breed_table(judged)
    own = table[table["weights"] == judged[0].title]
    st.markdown(
        t(
            "results.by_breed_text",
            count=len(own),
            worst=parts.plain(_breed(own["breed"].iloc[0])),
            worst_iou=own["mean_iou"].iloc[0],
            best=parts.plain(_breed(own["breed"].iloc[-1])),
            best_iou=own["mean_iou"].iloc[-1],
        )
    )
    if own["photos"].min() < FEW:
        st.caption(t("results.few_photos", count=int((own["photos"] < FEW).sum()), few=FEW))
    st.altair_chart(_breed_chart(table, judged), alt=t("results.by_breed"), key="results-breeds")


def _species(judged: Sequence[Judged]) -> None:
    cell = parts.grid(140)
    photos = Counter(score.species for score in judged[0].report.scores)
    for own in judged:
        for species, confusion in own.report.confusion_by_species.items():
            with cell():
                st.metric(t(f"results.{species}"), _percent(metrics.mean_iou(confusion)))
                st.caption(t("results.photos", count=photos[species]) if len(judged) == 1 else parts.plain(own.title))


def _breed(name: str) -> str:
    """``american_bulldog`` as people write it."""
    return name.replace("_", " ")


def _breed_chart(table: pd.DataFrame, judged: Sequence[Judged]) -> alt.Chart:
    breed, iou, photos = t("results.breed"), t("common.mean_iou"), t("results.photos_axis")
    weights = t("sidebar.weights")
    rows = pd.DataFrame(
        {
            breed: [_breed(name) for name in table["breed"]],
            iou: table["mean_iou"],
            photos: table["photos"],
            weights: table["weights"],
        }
    )
    order = rows[rows[weights] == judged[0].title][breed].tolist()
    chart = alt.Chart(rows, height={"step": 20 if len(judged) == 1 else 13}).mark_bar(cornerRadiusEnd=2)
    encoding = {
        "x": alt.X(iou, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        "y": alt.Y(breed, sort=order, title=None, axis=alt.Axis(labelLimit=190, labelOverlap=False)),
        "color": _series_colour(weights, judged),
        "tooltip": [weights, breed, alt.Tooltip(iou, format=".1%"), photos],
    }
    if len(judged) > 1:
        encoding["yOffset"] = alt.YOffset(weights, sort=[own.title for own in judged])
    return chart.encode(**encoding)
