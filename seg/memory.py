"""The memory of this process: what is free goes back to the system, where its C library is glibc; and the peak."""

from __future__ import annotations

import ctypes
import time
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

# As malloc.h has them.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
# What glibc's thresholds come to by themselves once large blocks have been freed, on 64-bit systems.
LARGEST_MMAP_THRESHOLD = 32 * 2**20
LARGEST_TRIM_THRESHOLD = 2 * LARGEST_MMAP_THRESHOLD
# A block that is freed makes glibc look at the free end of its arena if it has at least 64 KB; one of 128 KB may be in
# none.
BLOCK = 100_000
# More than a server has arenas: two or three of threads that Streamlit starts before the app is read, and the main one.
THREADS = 12
SECONDS_TO_BEGIN = 5
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
    each time.
    """
    with suppress(*_NO_GLIBC):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Give what is free now back to the system: glibc keeps what is freed in small pieces.

    For a process that called ``use_few_arenas``.
    """
    with suppress(*_NO_GLIBC):
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        _trim_ends(libc)


def _trim_ends(libc: ctypes.CDLL) -> None:
    """Give back the free ends of the arenas, up to 64 MB each, which ``malloc_trim`` leaves to all but the main one.

    A thread that frees a block has the end of its arena trimmed, if that is above a threshold; new threads take the
    arenas in turn.
    """
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    all_here = Barrier(THREADS)

    def trim() -> None:
        # A thread that ended before the next begins would leave its arena to that one. Where not all begin, nobody
        # waits for ever.
        with suppress(BrokenBarrierError):
            all_here.wait(SECONDS_TO_BEGIN)
        libc.free(libc.malloc(BLOCK))

    threads: list[Thread] = []
    try:
        libc.mallopt(M_TRIM_THRESHOLD, 2**20)
        with suppress(RuntimeError):  # the system has no more threads for this process
            for _ in range(THREADS):
                thread = Thread(target=trim, daemon=True)
                thread.start()
                threads.append(thread)
        for thread in threads:
            thread.join()
    finally:
        # Once one threshold has been set, glibc adapts neither by itself any more.
        libc.mallopt(M_TRIM_THRESHOLD, LARGEST_TRIM_THRESHOLD)
        libc.mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)


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
