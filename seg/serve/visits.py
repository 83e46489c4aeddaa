"""Visits: what the server holds for a visitor, uploads above all, is given back soon after the visitor has gone.

Streamlit keeps the session of a closed tab for two minutes, for a visitor whose connection comes back. After that it
drops the session only when another tab is closed: the last visitor's photos would stay for as long as nobody comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from seg.serve import caches, limits
from seg.serve.upload_files import upload_files

SECONDS_BETWEEN_LOOKS = 10
# Less than Streamlit's two minutes: a session that it counts as dropped can no longer be closed.
SECONDS_GONE = 90


class Runtime(Protocol):
    """What is needed of ``streamlit.runtime.Runtime``."""

    def is_active_session(self, session_id: str) -> bool: ...

    def close_session(self, session_id: str) -> None: ...


class Visits:
    """The sessions of visitors who are here, and of those who have just gone."""

    def __init__(self) -> None:
        self._last_here: dict[str, float] = {}  # by session, by time.monotonic

    def note(self, session_id: str) -> None:
        """A visitor's page runs."""
        self._last_here[session_id] = time.monotonic()

    def close_those_gone(self, runtime: Runtime, now: float) -> int:
        """Close the sessions whose visitors went ``SECONDS_GONE`` ago, and delete their files; for the event loop.

        Returns how many.
        """
        closed = 0
        for session_id, last_here in list(self._last_here.items()):
            if runtime.is_active_session(session_id):
                self._last_here[session_id] = now
            elif now - last_here >= SECONDS_GONE:
                runtime.close_session(session_id)
                upload_files.forget(session_id)
                del self._last_here[session_id]
                closed += 1
        return closed


visits = Visits()


async def give_back(runtime_now: Callable[[], Runtime | None]) -> None:
    """Close the sessions of visitors who have gone, and give their memory back, for as long as the server runs.

    ``runtime_now``: Streamlit's runtime, None before it has started.
    """
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        runtime = runtime_now()
        if runtime and visits.close_those_gone(runtime, time.monotonic()):
            await asyncio.to_thread(caches.sweep, time.monotonic() - limits.SECONDS_KEPT, True)
