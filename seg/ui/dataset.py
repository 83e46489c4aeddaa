"""The page "dataset"."""

import streamlit as st

from seg.ui.texts import t


def page() -> None:
    st.title(t("dataset.title"))


if __name__ == "__main__":
    page()
