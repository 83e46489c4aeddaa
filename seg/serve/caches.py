"""Results that are kept for all visitors, bounded by their bytes and made once each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakSet

from cachetools import LRUCache, cached

Result = TypeVar("Result")

_all_caches: WeakSet[Cache] = WeakSet()


class Cache(Generic[Result]):
    """The results used last, as many as fit into ``most``.

    ``size`` says how much a result counts: its bytes, or 1 where results are counted. A result larger than ``most`` is
    returned and not kept. ``st.cache_resource`` cannot do this: it counts entries only, and code that it calls may not
    draw on the page how many photos wait.
    """

    def __init__(self, most: int, size: Callable[[Result], int] = lambda result: 1):
        self._results: LRUCache[Hashable, Result] = LRUCache(most, size)
        condition = threading.Condition()
        self._lock = condition

        @cached(self._results, key=lambda key, make: key, condition=condition)
        def get(key: Hashable, make: Callable[[], Result]) -> Result:
            return make()

        self._get = get
        _all_caches.add(self)

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """The result of this key, made now if it is not kept; a thread that asks meanwhile waits for it.

        An exception of ``make`` is raised, and nothing is kept.
        """
        return self._get(key, make)

    def put(self, key: Hashable, result: Result) -> None:
        """Keep a result that was made elsewhere."""
        with self._lock:
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
        with self._lock:
            self._results.clear()


def clear_all() -> None:
    """Forget every result of every cache, as a new server would start; for tests."""
    for cache in list(_all_caches):
        cache.clear()
