"""One of a few things, chosen by a row of buttons, and kept in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import streamlit as st

from seg.ui.shared import address


def one_of(
    key: str,
    options: Iterable[str],
    default: str,
    label: str,
    name: Callable[[str], str],
    look: Literal["segments", "pills"] = "segments",
    **settings: Any,
) -> str:
    """The code of the option that the visitor, or the address, has chosen.

    ``key``: of the widget and of the query parameter; ``name``: what an option is called; ``look``: pills break into
    several lines. ``settings`` are those of ``st.pills``, such as ``help``.
    """
    codes = list(options)
    address.recall(key, codes, default)
    widget = st.pills if look == "pills" else st.segmented_control
    chosen = widget(label, codes, format_func=name, key=key, required=True, persist_state="session", **settings)
    address.note(key, default)
    return chosen or default
