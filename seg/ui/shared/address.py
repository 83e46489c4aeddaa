"""What a visitor has chosen, in the page's address by its code: ``?lang=zh``, ``?view=gallery``.

Streamlit's ``bind="query-params"`` writes a choice's label, which is another one in every language, and drops a code.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


def recall(key: str, options: Collection[str], default: str) -> None:
    """Before the widget ``key`` is drawn: it starts with what the address asks for, where that is an option."""
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in options else default


def note(key: str, default: str) -> None:
    """After the widget ``key`` is drawn: the address says what is chosen, so that a refresh and a link bring it back.

    ``default`` is what an address without the key stands for.
    """
    chosen = st.session_state[key]
    if chosen == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != chosen:
        st.query_params[key] = chosen
