"""The page "dataset": one pair as the article looks at it, statistics, and all pairs to browse."""

from __future__ import annotations

import streamlit as st

from seg.data.dataset import OFFICIAL_PAIRS, Dataset
from seg.ui.dataset import download_view, gallery_view, other_data_view, pair_view
from seg.ui.dataset.gallery_view import PAIR_VIEW, VIEW_KEY
from seg.ui.shared import choices, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t
from seg.ui.shared.one_of import one_of

VIEWS = (PAIR_VIEW, "statistics", "gallery")


def page() -> None:
    st.title(t("dataset.title"), anchor=False)
    others = choices.dataset_classes()
    if others is None or parts.are_pets(others):
        st.markdown(t("dataset.purpose"))
        with guarded():
            download_view.show()
    else:
        st.markdown(t("dataset.purpose_others", names=parts.names_of(others)))
    with guarded():
        _dataset_in_use()
    other_data_view.show()


def _dataset_in_use() -> None:
    dataset = choices.dataset()
    _which(dataset)
    if not len(dataset):
        st.warning(t("dataset.empty"), icon=":material/folder_off:")
        _view("statistics", dataset)
        return
    view = one_of(
        VIEW_KEY,
        VIEWS,
        PAIR_VIEW,
        t("dataset.view"),
        lambda name: t(f"dataset.view_{name}"),
        label_visibility="collapsed",
    )
    with parts.place("dataset", view):
        _view(view, dataset)


def _which(dataset: Dataset) -> None:
    """Which dataset this is, and whose photos."""
    if dataset.is_sample:
        st.info(t("dataset.sample", count=len(dataset), total=OFFICIAL_PAIRS), icon=":material/photo_library:")
    title = t("sidebar.dataset_sample") if dataset.is_sample else parts.plain(dataset.title)
    in_use = t("dataset.in_use", title=title, count=len(dataset))
    of_pets = (t("common.cite"), t("dataset.home")) if dataset.is_of_oxford else ()
    st.caption(parts.sentences(in_use, *of_pets))


def _view(view: str, dataset: Dataset) -> None:
    if view == "statistics":
        # The charts' library takes half a second to import: the other views do without.
        from seg.ui.dataset import statistics_view

        statistics_view.show(dataset)
    elif view == "gallery":
        gallery_view.show(dataset)
    else:
        pair_view.show(dataset)


if __name__ == "__main__":
    page()
