"""Many visitors, one network: first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_EVERY = 0.3  # seconds between two looks at how many are before

# Told how many are still before, when that changes; it may raise to give up.
Waiting = Callable[[int], None]


class Line:
    """At most ``at_once`` threads work at a time; the others wait in the order in which they came."""

    def __init__(self, at_once: int):
        self.at_once = at_once
        self._lock = threading.Lock()
        self._working = 0
        self._waiting: deque[threading.Event] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def turn(self, waiting: Waiting | None = None) -> Iterator[None]:
        """Wait for one's turn and have it while inside. What ``waiting`` raises ends the wait, and the place is free
        for the next."""
        mine = threading.Event()
        with self._lock:
            self._waiting.append(mine)
            self._call_next()
        try:
            self._wait(mine, waiting)
            yield
        finally:
            with self._lock:
                if mine.is_set():
                    self._working -= 1
                else:
                    self._waiting.remove(mine)
                self._call_next()

    def _wait(self, mine: threading.Event, waiting: Waiting | None) -> None:
        told = None
        while not mine.wait(LOOK_EVERY if waiting else None):
            with self._lock:
                before = None if mine.is_set() else self._waiting.index(mine)
            if waiting and before is not None and before != told:
                told = before
                waiting(before)

    def _call_next(self) -> None:
        while self._waiting and self._working < self.at_once:
            self._working += 1
            self._waiting.popleft().set()
