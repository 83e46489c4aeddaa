"""The page "train": start a training, watch it, and look at all that have been."""

from __future__ import annotations

import streamlit as st

from seg.serve import trainings
from seg.ui.shared import choices, owner, parts, run_status
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.train import recipe_form, run_view, runs_table


def page() -> None:
    st.title(t("train.title"), anchor=False)
    st.markdown(_purpose())
    active = trainings.active(owner.visitor())
    with guarded():
        if active:
            st.header(t("train.now", run=parts.plain(active.title)), anchor=False)
            st.caption(run_status.in_words(active))
            run_view.watch(active)
            run_view.watch_learning(active)
            st.header(t("train.new"), anchor=False)
            if owner.is_here():
                st.info(t("train.one_at_a_time"), icon=":material/hourglass_top:")
            else:
                owner.explain()
        else:
            st.header(t("train.new"), anchor=False)
            if owner.is_here():
                recipe_form.show()
            else:
                owner.explain()
    with guarded():
        runs_table.show(active)


def _purpose() -> str:
    classes = choices.dataset_classes()
    if classes is None or parts.are_pets(classes):
        return t("train.purpose")
    return t("train.purpose_others", names=parts.names_of(classes))


if __name__ == "__main__":
    page()
