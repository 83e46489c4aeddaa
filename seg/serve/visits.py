"""Visits: what the server holds for a visitor, uploads above all, is given back soon after the visitor has gone.

Streamlit keeps the session of a closed tab for two minutes, for a visitor whose connection comes back. After that it
drops the session only when another tab is closed: the last visitor's photos would stay for as long as nobody comes.
Even a session that is closed stays in the memory of Streamlit's loop, which still names the one it served last, until
another visitor comes: so it is emptied.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass
class _Visit:
    """``forget`` drops what is kept for a visitor, who was here last at ``last_here``, by ``time.monotonic``."""

    forget: Callable[[], None]
    last_here: float


class Visits:
    """The sessions of visitors who are here, and of those who have just gone."""

    def __init__(self) -> None:
        self._visits: dict[str, _Visit] = {}  # by session

    def note(self, session_id: str, forget: Callable[[], None]) -> None:
        """A visitor's page runs; ``forget`` drops what its session keeps, once that has been closed."""
        self._visits[session_id] = _Visit(forget, time.monotonic())

    def close_those_gone(self, runtime: Runtime, now: float) -> int:
        """Close the sessions whose visitors went ``SECONDS_GONE`` ago, and delete their files; for the event loop.

        Returns how many.
        """
        closed = 0
        for session_id, visit in list(self._visits.items()):
            if runtime.is_active_session(session_id):
                visit.last_here = now
            elif now - visit.last_here >= SECONDS_GONE:
                runtime.close_session(session_id)
                visit.forget()
                upload_files.forget(session_id)
                del self._visits[session_id]
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
