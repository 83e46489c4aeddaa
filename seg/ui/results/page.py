"""The page "results": how good the weights in use are, at a glance or on photos of choice, and what choices cost."""

from __future__ import annotations

import streamlit as st

from seg.network.weights import WeightsError
from seg.ui.results import glance_view, measure_view
from seg.ui.shared import choices, parts
from seg.ui.shared.language import t
from seg.ui.shared.one_of import one_of

VIEW_KEY = "show"  # of the widget, and of the query parameter
VIEWS = GLANCE, MEASURE, COSTS = "glance", "measure", "costs"


def page() -> None:
    st.title(t("results.title"), anchor=False)
    info = choices.weights_info()
    of_pets = info is None or parts.are_pets(info.classes)
    st.markdown(t("results.purpose" if of_pets else "results.purpose_others"))
    try:
        weights = choices.weights()
    except WeightsError:
        st.info(t("results.no_weights"), icon=":material/model_training:")
        return
    view = _choose_view()
    with parts.place("results", view):
        if view == GLANCE:
            glance_view.show(weights)
        elif view == COSTS:
            # Its charts' library takes half a second to import: the other views do without.
            from seg.ui.results import costs_view

            costs_view.show(weights)
        else:
            measure_view.show(weights, choices.dataset())


def _choose_view() -> str:
    return one_of(
        VIEW_KEY, VIEWS, GLANCE, t("results.show"), lambda view: t(f"results.show_{view}"), label_visibility="collapsed"
    )


if __name__ == "__main__":
    page()
