"""Every test of the pages has a server that has just been started: nothing is kept from another test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import streamlit as st

from tests.ui.pages import reading_once


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    with reading_once():
        yield


def restart_server() -> None:
    """Forget what the server holds in memory; what lies on disk stays."""
    from seg.serve import caches, downloads, evaluations, learning

    st.cache_data.clear()
    st.cache_resource.clear()
    caches.clear_all()
    downloads.downloads.clear()
    evaluations.evaluations.clear()
    learning.measurements.clear()


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The visitor is on the server's machine; ``visitor(listens_on=..., ...)`` makes it another one.

    AppTest has no connection that would say where a visitor comes from.
    """
    from seg.serve.owner import Visitor
    from seg.ui.shared import owner

    def be(**facts: object) -> None:
        local = {"listens_on": "localhost", "url": "http://localhost:8501/", "headers": {"Host": "localhost:8501"}}

        def who() -> Visitor:
            has_token = st.session_state.get(owner.HAS_TOKEN, False)
            return Visitor(**{**local, "has_token": has_token, "email": owner._email(), **facts})

        monkeypatch.setattr(owner, "visitor", who)
        monkeypatch.setattr(owner, "listens_on", lambda: {**local, **facts}["listens_on"])

    be()
    return be


@pytest.fixture(autouse=True)
def restart() -> Iterator[Callable[[], None]]:
    """Restarts the server before and after each test, and whenever the test calls it."""
    restart_server()
    yield restart_server
    restart_server()
