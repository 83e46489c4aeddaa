"""Many visitors, one network: first come, first served."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seg.serve.errors import BusyError

SECONDS_BETWEEN_LOOKS = 0.3  # at how many wait ahead

# Called with the number of those who wait ahead, whenever that changes; an exception that it raises ends the wait.
Waiting = Callable[[int], None]


class Queue:
    """At most ``at_once`` threads work at a time; the others wait in the order in which they came."""

    def __init__(self, at_once: int):
        self.at_once = at_once
        self._lock = threading.Lock()
        self._working = 0
        self._waiting: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """How many threads wait."""
        return len(self._waiting)

    @contextmanager
    def turn(self, waiting: Waiting | None = None, most_seconds: float | None = None) -> Iterator[None]:
        """Wait for this thread's turn; the turn lasts as long as the block.

        An exception of ``waiting`` is raised, and the thread leaves the queue. Raises BusyError where the turn has not
        come after ``most_seconds``; None: the thread waits for as long as it takes.
        """
        called = threading.Event()
        with self._lock:
            self._waiting.append(called)
            self._call_next()
        try:
            self._wait(called, waiting, most_seconds)
            yield
        finally:
            with self._lock:
                if called.is_set():
                    self._working -= 1
                else:
                    self._waiting.remove(called)
                self._call_next()

    def _wait(self, called: threading.Event, waiting: Waiting | None, most_seconds: float | None) -> None:
        reported, since = None, time.monotonic()
        while not called.wait(SECONDS_BETWEEN_LOOKS if waiting or most_seconds else None):
            if most_seconds and time.monotonic() - since > most_seconds:
                raise BusyError("photo_waited", seconds=f"{most_seconds:g}")
            with self._lock:
                ahead = None if called.is_set() else self._waiting.index(called)
            if waiting and ahead is not None and ahead != reported:
                reported = ahead
                waiting(ahead)

    def _call_next(self) -> None:
        while self._waiting and self._working < self.at_once:
            self._working += 1
            self._waiting.popleft().set()
