"""The visits of this server's pages: noted at each run of a page, ended by the server when the visitor has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import streamlit as st
from streamlit import runtime
from streamlit.runtime import Runtime
from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SafeSessionState

from seg.serve.visits import give_back, visits


def note() -> str:
    """The visitor whose page runs is here; returns the session's id, empty where no page runs."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    visits.note(context.session_id, partial(_forget, context.session_state, context.fragment_storage))
    return context.session_id


def _forget(state: SafeSessionState, fragments: FragmentStorage) -> None:
    """Empty a closed session, but for what Streamlit keeps of its widgets, their callbacks' arguments among it."""
    fragments.clear()
    for key in state.filtered_state:
        with suppress(KeyError):  # the last run of the page may end at this moment
            del state[key]


@asynccontextmanager
async def ended(app: st.App) -> AsyncIterator[None]:
    """While the server runs, what it holds for visitors who have gone is given back."""
    task = asyncio.create_task(give_back(_runtime))
    try:
        yield
    finally:
        task.cancel()


def _runtime() -> Runtime | None:
    return runtime.get_instance() if runtime.exists() else None
