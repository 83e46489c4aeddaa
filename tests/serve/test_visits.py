"""What a visitor's session holds is given back when the visitor has gone."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from functools import partial

from seg.serve import caches, visits
from seg.serve.upload_files import upload_files
from seg.serve.visits import SECONDS_GONE, Visits


class Runtime:
    def __init__(self, *here: str):
        self.here, self.closed = set(here), []

    def is_active_session(self, session_id: str) -> bool:
        return session_id in self.here

    def close_session(self, session_id: str) -> None:
        self.closed.append(session_id)


def test_a_session_is_closed_once_when_its_visitor_has_been_gone_for_a_while():
    visits, runtime, forgotten = Visits(), Runtime("a", "b"), []
    for session_id in "ab":
        visits.note(session_id, partial(forgotten.append, session_id))
    now = time.monotonic()
    assert visits.close_those_gone(runtime, now + 10 * SECONDS_GONE) == 0, "however long nobody has touched the page"
    gone = now + 10 * SECONDS_GONE
    runtime.here = {"b"}
    assert visits.close_those_gone(runtime, gone + SECONDS_GONE - 1) == 0, "the connection may come back"
    assert visits.close_those_gone(runtime, gone + SECONDS_GONE) == 1
    assert visits.close_those_gone(runtime, gone + 5 * SECONDS_GONE) == 0
    assert runtime.closed == forgotten == ["a"]


def test_the_files_of_a_visitor_go_when_the_session_is_closed():
    visited, runtime = Visits(), Runtime()
    path = upload_files.keep("a", "key", b"photo")
    visited.note("a", lambda: None)
    now = time.monotonic()
    visited.close_those_gone(runtime, now)
    assert path.exists(), "the connection may come back"
    visited.close_those_gone(runtime, now + SECONDS_GONE + 1)
    assert runtime.closed == ["a"] and not path.parent.exists()


def test_streamlit_still_has_the_session_of_one_who_has_just_gone():
    from streamlit.runtime import Runtime as StreamlitRuntime
    from streamlit.runtime.memory_session_storage import MemorySessionStorage

    assert MemorySessionStorage()._cache.ttl > SECONDS_GONE + 2 * visits.SECONDS_BETWEEN_LOOKS
    assert {"is_active_session", "close_session"} <= set(dir(StreamlitRuntime))


def test_the_memory_of_a_closed_session_is_given_back_though_a_network_was_loaded_meanwhile(monkeypatch):
    class Session:
        def __init__(self) -> None:
            self.itself = self

    session = Session()
    held = weakref.ref(session)
    visited, runtime = Visits(), Runtime()
    visited.note("a", lambda: None)
    visited._visits["a"].last_here -= SECONDS_GONE
    monkeypatch.setattr(visits, "visits", visited)
    monkeypatch.setattr(visits, "SECONDS_BETWEEN_LOOKS", 0)
    swept = asyncio.Event()
    sweep = caches.sweep

    async def serve() -> None:
        loop = asyncio.get_running_loop()

        def sweep_and_tell(*arguments) -> None:
            sweep(*arguments)
            loop.call_soon_threadsafe(swept.set)

        monkeypatch.setattr(caches, "sweep", sweep_and_tell)
        task = asyncio.create_task(visits.give_back(lambda: runtime))
        await asyncio.wait_for(swept.wait(), 20)
        task.cancel()

    gc.collect()
    gc.freeze()  # as when a network is loaded
    try:
        del session
        asyncio.run(serve())
        assert runtime.closed == ["a"] and held() is None
        assert gc.get_freeze_count() > 0, "networks stay out of collections"
    finally:
        gc.unfreeze()
