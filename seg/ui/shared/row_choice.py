"""A table whose rows can be ticked: another way to choose what a field with several choices has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd


def table(data: pd.DataFrame, options: Sequence[str], field: str, most: int, **settings: Any) -> bool:
    """Draw the table; returns whether the visitor has just ticked or unticked a row.

    ``options`` are the field's, one a row; ``field`` is its key in the session's state, under which those that are
    chosen stand, ``most`` at most. Those rows are ticked, whichever way they were chosen. ``settings`` are those of
    ``st.dataframe``.
    """
    key = f"{field}-table"

    def choose() -> None:
        ticked = _ticked(key)
        st.session_state[field] = [option for row, option in enumerate(options) if row in ticked][:most]
        st.session_state[_pressed(key)] = True

    chosen = st.session_state.get(field, [])
    rows = [row for row, option in enumerate(options) if option in chosen]
    if sorted(_ticked(key)) != rows:
        st.session_state[key] = {"selection": {"rows": rows}}
    st.dataframe(data, hide_index=True, key=key, on_select=choose, selection_mode="multi-row", **settings)
    return st.session_state.pop(_pressed(key), False)


def _ticked(key: str) -> list[int]:
    """The numbers of the rows that are ticked, from 0; none before the table is drawn for the first time."""
    state = st.session_state.get(key)
    return state["selection"]["rows"] if state else []


def _pressed(key: str) -> str:
    return f"{key}-pressed"
