"""What the article gets wrong, what we do instead, and the differences that were measured."""

from __future__ import annotations

import streamlit as st

from seg.ui.texts import t

MISTAKES = (
    "scaling", "trimaps", "pairing", "files", "shuffling", "plots", "split", "names", "preprocessing", "accuracy",
    "encoder",
)  # fmt: skip
# Training, epochs, mean IoU, pixel accuracy: measured on test photos at 224 px, on two cores, while planning.
MEASURED = (
    ("written", 1, 0.187, 0.552),
    ("meant", 5, 0.731, 0.895),
    ("folded", 1, 0.738, 0.898),
    ("folded", 3, 0.751, 0.907),
    ("tuned", 18, 0.791, 0.923),
)


def show() -> None:
    st.markdown(t("inside.article_text"))
    for mistake in MISTAKES:
        with st.container(border=True):
            wrong, ours = st.columns(2)
            wrong.markdown(f":material/close: {t(f'inside.wrong_{mistake}')}")
            ours.markdown(f":material/check: {t(f'inside.ours_{mistake}')}")
    st.subheader(t("inside.measured"))
    st.dataframe(
        {
            t("inside.training"): [t(f"inside.measured_{name}") for name, *_ in MEASURED],
            t("inside.epochs"): [epochs for _, epochs, *_ in MEASURED],
            t("common.mean_iou"): [iou for *_, iou, _ in MEASURED],
            t("common.pixel_accuracy"): [accuracy for *_, accuracy in MEASURED],
        },
        hide_index=True,
    )
    st.caption(t("inside.measured_text"))
