"""Results that are kept for all visitors: bounded by their bytes, made once each, given back when nobody uses them."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakSet

from cachetools import LRUCache

from seg import memory
from seg.serve import limits
from seg.serve.queue import SECONDS_BETWEEN_LOOKS, Waiting

Result = TypeVar("Result")

_all_caches: WeakSet[Cache] = WeakSet()


SECONDS_BETWEEN_SWEEPS = 30
# Streamlit keeps the session of a visitor who has gone for two minutes; what it holds can be collected after that.
SECONDS_OF_A_SESSION = 120


@dataclass
class _Kept(Generic[Result]):
    """A result and when it was used last, by ``time.monotonic``."""

    result: Result
    used: float


class _Making:
    """A result that a thread is making: how many are ahead of it in the queue, None before that is known."""

    def __init__(self, waiting: Waiting | None):
        self.ahead: int | None = None
        self._waiting = waiting

    def note(self, ahead: int) -> None:
        self.ahead = ahead
        if self._waiting:
            self._waiting(ahead)


class Cache(Generic[Result]):
    """The results used last, as many as fit into ``most`` bytes; ``size`` says how many a result takes.

    A result larger than ``most`` is returned and not kept, and results are forgotten when nobody has used them for
    ``limits.SECONDS_KEPT``: most are of a visitor's photos. A cache that is ``lasting``, as that of the networks is,
    forgets only for lack of room, and the result used last is kept however large it is. ``st.cache_resource`` cannot do
    this: it counts entries only, and code that it calls may not draw on the page how many photos wait.
    """

    def __init__(self, most: int, size: Callable[[Result], int], lasting: bool = False):
        self._lasting = lasting
        self._results: LRUCache[Hashable, _Kept[Result]] = LRUCache(
            most, lambda kept: min(size(kept.result), most) if lasting else size(kept.result)
        )
        self._making: dict[Hashable, _Making] = {}
        self._changed = threading.Condition()
        _all_caches.add(self)

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """The result of this key, made now if it is not kept; a thread that asks meanwhile waits for it.

        An exception of ``make`` is raised, and nothing is kept.
        """
        return self.get_in_line(key, lambda _: make(), None)

    def get_in_line(self, key: Hashable, make: Callable[[Waiting], Result], waiting: Waiting | None) -> Result:
        """The same for a result whose making waits in a queue.

        ``make`` gets what it is to call with the number of those ahead. Every thread that waits for the result hears
        that number by its ``waiting``, not only the one that makes it; an exception of ``waiting`` ends its wait.
        """
        heard = None
        while True:
            with self._changed:
                if key in self._results:
                    kept = self._results[key]
                    kept.used = time.monotonic()
                    return kept.result
                making = self._making.get(key)
                if making is None:
                    making = self._making[key] = _Making(waiting)
                    break
                self._changed.wait(SECONDS_BETWEEN_LOOKS if waiting else None)
                ahead = making.ahead
            if waiting and ahead is not None and ahead != heard:
                heard = ahead
                waiting(ahead)
        try:
            result = make(making.note)
            self.put(key, result)
            return result
        finally:
            with self._changed:
                del self._making[key]
                self._changed.notify_all()

    def put(self, key: Hashable, result: Result) -> None:
        """Keep a result that was made elsewhere."""
        with self._changed:
            self._results.pop(key, None)
            kept = _Kept(result, time.monotonic())
            if self._results.getsizeof(kept) <= self._results.maxsize:
                self._results[key] = kept
        if not self._lasting:
            _sweeper.watch()

    def __contains__(self, key: Hashable) -> bool:
        """Whether the result of this key is kept."""
        return key in self._results

    def __len__(self) -> int:
        """How many results are kept."""
        return len(self._results)

    @property
    def nbytes(self) -> int:
        """The bytes of all results that are kept."""
        return int(self._results.currsize)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is kept that time will make it forget."""
        return self._lasting or not self._results

    def forget(self, before: float) -> int:
        """Forget results that were used last before this time, unless they last; returns how many went."""
        if self._lasting:
            return 0
        with self._changed:
            old = [key for key, kept in self._results.items() if kept.used < before]
            for key in old:
                del self._results[key]
        return len(old)

    def clear(self) -> None:
        """Forget every result."""
        with self._changed:
            self._results.clear()


def clear_all() -> None:
    """Forget every result of every cache, as a new server would start; for tests."""
    for cache in list(_all_caches):
        cache.clear()


def _all_idle() -> bool:
    return all(cache.is_idle for cache in list(_all_caches))


class _Sweeper:
    """A thread that gives back what nobody has used for a while; it sleeps where nothing is kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._last_put = 0.0

    def watch(self) -> None:
        """Something has been kept: look after it until it is forgotten, and the visitor's session too."""
        with self._lock:
            self._last_put = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="sweeper")
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_SWEEPS)
            sweep(time.monotonic() - limits.SECONDS_KEPT)
            with self._lock:
                idle = time.monotonic() - self._last_put
                if idle > limits.SECONDS_KEPT + SECONDS_OF_A_SESSION + 2 * SECONDS_BETWEEN_SWEEPS and _all_idle():
                    self._thread = None
                    return


def sweep(before: float, has_sessions: bool = False) -> int:
    """Forget results that were used last before this time, and give free memory back; returns how many went.

    Python frees a visitor's session, which refers to itself, only when it collects garbage. ``has_sessions``: sessions
    were closed. Those that were open when a network was loaded are left out of collections with it
    (``networks._freeze``) and are looked at as well, which takes 0.4 s where TensorFlow is loaded.
    """
    forgotten = sum(cache.forget(before) for cache in list(_all_caches))
    is_frozen = has_sessions and gc.get_freeze_count() > 0
    if is_frozen:
        gc.unfreeze()
    gc.collect()
    if is_frozen:
        gc.freeze()
    memory.give_back()
    return forgotten


_sweeper = _Sweeper()
