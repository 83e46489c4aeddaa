"""Every test of the pages has a server that has just been started: nothing is kept from another test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import streamlit as st


def restart_server() -> None:
    """Forget what the server holds in memory; what lies on disk stays."""
    from seg.serve import caches, downloads, evaluations

    st.cache_data.clear()
    st.cache_resource.clear()
    caches.clear_all()
    downloads.downloads.clear()
    evaluations.evaluations.clear()


@pytest.fixture(autouse=True)
def restart() -> Iterator[Callable[[], None]]:
    """Restarts the server before and after each test, and whenever the test calls it."""
    restart_server()
    yield restart_server
    restart_server()
