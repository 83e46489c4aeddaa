"""What the article gets wrong, what we do instead, and the differences that were measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from seg.article.measured import comparison, mean_iou_by_epoch, measurements
from seg.classes import PETS
from seg.ui.inside import trial_view
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.language import t

COLUMNS = 3  # of a table, the first ones: as many as a phone has room for
MISTAKES = (
    "scaling",
    "trimaps",
    "pairing",
    "files",
    "shuffling",
    "plots",
    "split",
    "names",
    "preprocessing",
    "accuracy",
    "encoder",
)


def show() -> None:
    st.markdown(t("inside.article_text"))
    cell = parts.grid(320)
    for mistake in MISTAKES:
        with cell(), st.container(border=True):
            st.markdown(f":material/close: {t(f'inside.wrong_{mistake}')}")
            st.markdown(f":material/check: {t(f'inside.ours_{mistake}')}")
    trial_view.show()
    _corrections()
    _longer_trainings()


def _corrections() -> None:
    """What the corrections bring: trainings of the same length, each with those before it."""
    report = comparison()
    st.header(t("inside.compared"), anchor=False)
    st.markdown(t("inside.compared_text", **{key: report[key] for key in ("epochs", "size", "photos")}))
    rows = report["rows"]
    names = {row["name"]: t(f"inside.compared_{row['name']}") for row in rows}
    explained = [
        t("inside.correction", name=title, what=t(f"inside.compared_{name}_text")) for name, title in names.items()
    ]
    st.markdown("\n".join(f"1. {text}" for text in explained))
    table = {
        t("common.mean_iou"): [row["mean_iou"] for row in rows],
        t("inside.training"): list(names.values()),
        t("common.pixel_accuracy"): [row["pixel_accuracy"] for row in rows],
    }
    for member in PETS:
        title = t("results.iou_of", name=t(f"common.{member.name}"))
        table[title] = [row["iou"][member.name] for row in rows]
    _show_table(pd.DataFrame(table), "compared")
    mean_iou = {row["name"]: row["mean_iou"] for row in rows}
    st.caption(
        t(
            "inside.compared_where",
            photos=report["test_photos"],
            frozen=mean_iou["scale_folded"],
            tuned=mean_iou["fine_tuned"],
        )
    )


def _longer_trainings() -> None:
    """Larger images and more epochs, measured one by one."""
    rows = measurements()
    st.header(t("inside.measured"), anchor=False)
    st.markdown(t("inside.measured_lesson", folded=mean_iou_by_epoch("folded")[1], meant=mean_iou_by_epoch("meant")[5]))
    table = {
        t("common.mean_iou"): [row.mean_iou for row in rows],
        t("inside.epochs"): [row.epochs for row in rows],
        t("inside.training"): [t(f"inside.measured_{row.training}") for row in rows],
        t("common.pixel_accuracy"): [row.pixel_accuracy for row in rows],
    }
    _show_table(pd.DataFrame(table), "measured")
    compared = next(row["mean_iou"] for row in comparison()["rows"] if row["name"] == "as_written")
    st.caption(t("inside.measured_text", long=compared, short=mean_iou_by_epoch("written")[1]))


def _show_table(table: pd.DataFrame, name: str) -> None:
    """Mean IoU first, as a bar, then what a phone has room for; metrics in percent. All columns as CSV, in [0, 1]."""
    in_sight = table.iloc[:, :COLUMNS]
    metrics = list(in_sight.select_dtypes("float"))
    columns = {title: st.column_config.NumberColumn(format="%.1f%%", width=100) for title in metrics}
    columns |= {
        t("common.mean_iou"): st.column_config.ProgressColumn(
            format="%.1f%%", min_value=0, max_value=100, color="primary", width=96
        ),
        t("inside.epochs"): st.column_config.NumberColumn(width=55),
        t("inside.training"): st.column_config.TextColumn(width=200 if t("inside.epochs") in table else 160),
    }
    shown = in_sight.assign(**{title: 100 * in_sight[title] for title in metrics})
    st.dataframe(shown, hide_index=True, height=35 * (len(table) + 1) + 3, column_config=columns)
    download_buttons.csv(lambda: table, f"{name}.csv")
