"""What the article gets wrong, what we do instead, and the differences that were measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from seg.article.comparison import shipped_comparison
from seg.classes import PETS
from seg.ui.shared import parts
from seg.ui.shared.language import t

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
# Training, epochs, mean IoU, pixel accuracy: of test photos at 224 px, measured on two cores while planning.
MEASURED = (
    ("written", 1, 0.187, 0.552),
    ("meant", 1, 0.659, 0.851),
    ("meant", 3, 0.698, 0.884),
    ("meant", 5, 0.731, 0.895),
    ("folded", 1, 0.738, 0.898),
    ("folded", 3, 0.751, 0.907),
    ("small_as_is", 1, 0.482, 0.727),
    ("small_as_is", 2, 0.518, 0.777),
    ("small_as_is", 4, 0.543, 0.803),
    ("small_folded", 1, 0.534, 0.806),
    ("small_folded", 2, 0.651, 0.856),
    ("small_folded", 4, 0.679, 0.879),
    ("tuned", 18, 0.791, 0.923),
)


def show() -> None:
    st.markdown(t("inside.article_text"))
    cell = parts.grid(320)
    for mistake in MISTAKES:
        with cell(), st.container(border=True):
            st.markdown(f":material/close: {t(f'inside.wrong_{mistake}')}")
            st.markdown(f":material/check: {t(f'inside.ours_{mistake}')}")
    iou, accuracy = t("common.mean_iou"), t("common.pixel_accuracy")
    facts = shipped_comparison()
    if facts:
        st.subheader(t("inside.compared"), anchor=False)
        st.markdown(t("inside.compared_text", **{key: facts[key] for key in ("epochs", "size", "photos")}))
        table = {
            t("inside.training"): [t(f"inside.compared_{row['name']}") for row in facts["rows"]],
            iou: [row["mean_iou"] for row in facts["rows"]],
            accuracy: [row["pixel_accuracy"] for row in facts["rows"]],
        }
        for member in PETS:
            title = t("results.iou_of", name=t(f"common.{member.name}"))
            table[title] = [row["iou"][member.name] for row in facts["rows"]]
        _show_table(pd.DataFrame(table), "compared")
        st.caption(t("inside.compared_where", photos=facts["test_photos"]))
    st.subheader(t("inside.measured"), anchor=False)
    st.markdown(t("inside.measured_lesson"))
    table = {
        t("inside.training"): [t(f"inside.measured_{name}") for name, *_ in MEASURED],
        t("inside.epochs"): [epochs for _, epochs, *_ in MEASURED],
        iou: [own for *_, own, _ in MEASURED],
        accuracy: [own for *_, own in MEASURED],
    }
    _show_table(pd.DataFrame(table), "measured")
    st.caption(t("inside.measured_text"))


def _show_table(table: pd.DataFrame, name: str) -> None:
    """Mean IoU as a bar, other shares as numbers, for which there is room; the whole as CSV."""
    bar = st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1, color="primary", width=100)
    columns = {title: st.column_config.NumberColumn(format="%.3f") for title in table.select_dtypes("float")}
    columns |= {t("common.mean_iou"): bar}
    st.dataframe(table, hide_index=True, height=35 * (len(table) + 1) + 3, column_config=columns)
    st.download_button(
        t("common.download_csv"),
        lambda: table.to_csv(index=False).encode(),
        f"{name}.csv",
        "text/csv",
        key=f"inside-{name}-csv",
        on_click="ignore",
        icon=":material/download:",
    )
