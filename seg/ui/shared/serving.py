"""What a server does beside answering, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime import Runtime

from seg.serve import preload, visits


@asynccontextmanager
async def serving(app: st.App) -> AsyncIterator[None]:
    """While the server runs: it loads the network, and gives back what it holds for visitors who have gone."""
    tasks = [asyncio.create_task(work) for work in (preload.after_start(), visits.give_back(_runtime))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


def _runtime() -> Runtime | None:
    return runtime.get_instance() if runtime.exists() else None
