"""A select box whose words follow the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from seg.ui.shared.language import language


def select_box(
    label: str,
    options: Sequence[Any],
    key: str,
    index: int | None = 0,
    format_func: Callable[[Any], str] = str,
    **settings: Any,
) -> Any:
    """``st.selectbox``, but its words follow the language; the choice stays on other pages and in other languages.

    Streamlit keeps a select box's words as the browser saw them first, for as long as its key is the same. So there is
    a key for each language, and the choice is in ``st.session_state[key]``: it may be read there, and set before the
    widget is drawn. A choice that is no longer among the options gives way to that of ``index``. ``settings`` are
    others of ``st.selectbox``. Not for forms: they allow no callbacks.
    """
    widget = widget_key(key)
    chosen = st.session_state.get(key)
    if chosen in options:
        st.session_state[widget] = chosen
    else:
        st.session_state.pop(widget, None)
    st.session_state[key] = st.selectbox(
        label, options, index, format_func, widget, on_change=_keep, args=(key, widget), **settings
    )
    return st.session_state[key]


def widget_key(key: str) -> str:
    """The key of the select box that is drawn in the visitor's language."""
    return f"{key}-{language()}"


def _keep(key: str, widget: str) -> None:
    """Before the page runs again: code above the select box reads what has just been chosen."""
    st.session_state[key] = st.session_state[widget]
