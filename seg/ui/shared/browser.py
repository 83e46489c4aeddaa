"""What Streamlit leaves to the browser: language, its own words in it, steps of Back, a phone's sidebar."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from seg.texts import TAGS, texts
from seg.ui.shared.language import language, t

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def settle() -> None:
    """Draw nothing, but run browser.js, which gets no text of any visitor."""
    # Registered at each call: a component belongs to the server that is running, and each test starts one.
    component = st.components.v2.component("browser", js=JS)
    words = [[english, t(f"streamlit.{key}")] for key, english in texts("en")["streamlit"].items()]
    data = {
        "language": TAGS[language()],
        "choose_file": t("common.choose_file"),
        # None where the page's language has Streamlit's own words.
        "words": [pair for pair in words if pair[0] != pair[1]],
    }
    component(key="browser", data=data)
