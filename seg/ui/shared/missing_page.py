"""The page of an address that does not exist."""

from __future__ import annotations

import streamlit as st

from seg.ui.shared.language import t
from seg.ui.shared.page_files import page_file


def page() -> None:
    st.title(t("common.missing_title"), anchor=False)
    st.markdown(t("common.missing_text"))
    st.page_link(page_file("segment"), label=t("common.missing_home"), icon=":material/home:")


if __name__ == "__main__":
    page()
