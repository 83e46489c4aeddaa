"""The visits of this server's pages: noted at each run of a page, ended by the server when the visitor has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from seg.serve.visits import give_back, visits


def note() -> str:
    """The visitor whose page runs is here; returns the session's id, empty where no page runs."""
    context = get_script_run_ctx()
    if context is None:
        return ""
    visits.note(context.session_id)
    return context.session_id


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
