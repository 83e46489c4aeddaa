"""Results that are kept for all visitors, bounded by their bytes and made once each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakSet

from cachetools import LRUCache

from seg.serve.queue import SECONDS_BETWEEN_LOOKS, Waiting

Result = TypeVar("Result")

_all_caches: WeakSet[Cache] = WeakSet()


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
    """The results used last, as many as fit into ``most``.

    ``size`` says how much a result counts: its bytes, or 1 where results are counted. A result larger than ``most`` is
    returned and not kept. ``st.cache_resource`` cannot do this: it counts entries only, and code that it calls may not
    draw on the page how many photos wait.
    """

    def __init__(self, most: int, size: Callable[[Result], int] = lambda result: 1):
        self._results: LRUCache[Hashable, Result] = LRUCache(most, size)
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
                    return self._results[key]
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
            if self._results.getsizeof(result) <= self._results.maxsize:
                self._results[key] = result

    def __contains__(self, key: Hashable) -> bool:
        """Whether the result of this key is kept."""
        return key in self._results

    def __len__(self) -> int:
        """How many results are kept."""
        return len(self._results)

    def clear(self) -> None:
        """Forget every result."""
        with self._changed:
            self._results.clear()


def clear_all() -> None:
    """Forget every result of every cache, as a new server would start; for tests."""
    for cache in list(_all_caches):
        cache.clear()
