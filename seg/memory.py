"""The memory of this process: what is free goes back to the system, where its C library is glibc; and the peak."""

from __future__ import annotations

import ctypes
import time
from contextlib import suppress
from threading import Thread

# As malloc.h has them.
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
WATCH_EVERY = 0.005  # seconds between two looks at the memory

_NO_GLIBC = (OSError, TypeError, AttributeError)  # on Windows there is no C library to open


def return_freed_memory() -> None:
    """Have glibc return every freed block of a megabyte or more to the system.

    Otherwise it raises that threshold from step to step and keeps ever larger blocks: a tenth more memory of a training
    at the same speed. Not for a server: each array of a photo is then new to the system, and photos of 12 megapixels
    take a third more of the CPU (6 of them 470,000 page faults in place of 20,000).
    """
    with suppress(*_NO_GLIBC):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 2**20)


def use_few_arenas() -> None:
    """Have all threads that are still to come share the arenas of those that exist.

    Otherwise glibc makes eight arenas a core, one for each thread that allocates; Streamlit runs a page in a new thread
    each time. ``give_back`` leaves the free end of every arena but the main one as it is.
    """
    with suppress(*_NO_GLIBC):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Give what is free now back to the system: glibc keeps what is freed in small pieces."""
    with suppress(*_NO_GLIBC):
        ctypes.CDLL(None).malloc_trim(0)


class PeakMemory:
    """Looks at the resident memory of this process every ``WATCH_EVERY`` seconds from now on.

    psutil knows a process's peak on Windows alone. A peak between two looks is missed: for three engines the result was
    at most 3.5 % below the peak that Linux itself notes.
    """

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._most = 0
        Thread(target=self._watch, daemon=True).start()

    @property
    def mb(self) -> float:
        """The most so far, in MB of 2**20 bytes."""
        self._look()
        return self._most / 2**20

    def _look(self) -> None:
        self._most = max(self._most, self._process.memory_info().rss)

    def _watch(self) -> None:
        while True:
            self._look()
            time.sleep(WATCH_EVERY)
