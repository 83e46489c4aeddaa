"""What is free in this process goes back to the system, where its C library is glibc; others are left as they are."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# As malloc.h has them.
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8

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
