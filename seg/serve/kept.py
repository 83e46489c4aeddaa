"""Results that are kept for all visitors, made once each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st


class Kept:
    """The ``most`` results used last, by key; whoever asks for one that is being made waits for it.

    Not ``st.cache_resource`` itself: what that calls may not draw on the page, and a visitor is told how many wait
    before.
    """

    def __init__(self, most: int):
        self.most = most
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Any] = OrderedDict()
        self._being_made: dict[Hashable, tuple[threading.Lock, list[int]]] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The result of this key, made now if it is not kept. What ``make`` raises is raised, and nothing is kept."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            own, users = self._being_made.setdefault(key, (threading.Lock(), [0]))
            users[0] += 1
        try:
            with own:
                with self._lock:
                    if key in self._results:
                        return self._results[key]
                result = make()
                with self._lock:
                    self._results[key] = result
                    while len(self._results) > self.most:
                        self._results.popitem(last=False)
                return result
        finally:
            with self._lock:
                users[0] -= 1
                if not users[0]:
                    self._being_made.pop(key, None)


@st.cache_resource(show_spinner=False)
def kept(name: str, most: int) -> Kept:
    """The server's results of this name; one for all visitors."""
    return Kept(most)
