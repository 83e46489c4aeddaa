"""The page "segment"."""

import streamlit as st

from seg.ui.texts import t


def page() -> None:
    st.title(t("segment.title"))


if __name__ == "__main__":
    page()
