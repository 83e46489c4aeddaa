"""What a training does with the process it runs in: its signals, its log, its memory."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seg.training.runs import Run

M_MMAP_THRESHOLD = -3  # as glibc's malloc.h has it


class StopFlag:
    """Set by Ctrl-C, SIGTERM or the run's stop file; a second Ctrl-C ends the process at once.

    From the first moment on: a run stopped while its network is being built does one step and saves it.
    """

    def __init__(self, run: Run):
        self._file = run.stop_file
        self._signalled = False

    def is_set(self) -> bool:
        return self._signalled or self._file.exists()

    def __enter__(self) -> StopFlag:
        # Only the main thread may take signals; elsewhere the stop file is the way.
        self._old = {}
        if threading.current_thread() is threading.main_thread():
            self._old = {s: signal.signal(s, self._catch) for s in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _catch(self, number: int, _frame: object) -> None:
        if self._signalled and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._signalled = True
        if number == signal.SIGINT:
            # A step can take seconds. Not print: a handler may interrupt another print.
            with contextlib.suppress(OSError):
                os.write(2, b"\nstopping after this step; Ctrl-C again ends at once\n")

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)


@contextmanager
def log_to(path: Path) -> Iterator[logging.Logger]:
    """A logger that writes the run's log."""
    log = logging.getLogger(f"seg.run.{path.parent.name}")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.FileHandler(path, encoding="utf-8")
    # A full disk is the run's status to tell, not logging's on standard error.
    handler.handleError = lambda record: None  # type: ignore[method-assign]
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    try:
        yield log
    finally:
        log.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()


def give_back_freed_memory() -> None:
    """Have glibc return every freed block of a megabyte or more: it else keeps, from step to step, ever larger ones.

    A tenth less memory at the same speed; other C libraries are left as they are.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):  # no C library to open, on Windows; or not glibc
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 2**20)
