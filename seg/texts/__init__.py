"""Every text of the app, one module a language; ``t("page.key")`` gives it in the visitor's language."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import streamlit as st

LANGUAGES = {"en": "English", "zh": "中文"}
KEY = "lang"  # of the widget, and of the query parameter: ?lang=zh


def language() -> str:
    """The visitor's language: chosen, or asked for in the URL, or the browser's, else English."""
    chosen = st.session_state.get(KEY)
    return chosen if chosen in LANGUAGES else default_language()


def default_language() -> str:
    locale = st.context.locale or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def texts(code: str) -> dict[str, dict[str, str]]:
    """All texts of a language, by page and key."""
    return import_module(f"seg.texts.{code}").TEXTS


def t(key: str, **values: Any) -> str:
    """The text ``page.key`` with ``{names}`` filled in. Raises KeyError for a key that is not there."""
    page, name = key.split(".", 1)
    text = texts(language())[page][name]
    return text.format(**values) if values else text
