"""The visitor's language, and the texts in it: ``t("page.key")``."""

from __future__ import annotations

from typing import Any

import streamlit as st

from seg.texts import LANGUAGES, fill, language_of

KEY = "lang"  # of the widget, and of the query parameter: ?lang=zh


def language() -> str:
    """The visitor's language: chosen, or asked for in the URL, or the browser's, else English."""
    chosen = st.session_state.get(KEY)
    return chosen if chosen in LANGUAGES else default_language()


def default_language() -> str:
    return language_of(st.context.locale or "")


def t(key: str, **values: Any) -> str:
    """The text ``section.key`` with ``{blanks}`` filled in. Raises KeyError for a key without a text."""
    return fill(language(), key, **values)
