"""The request to stop a training: it finishes its step, saves and ends."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StopRequest:
    """A file in the run's folder, which every process can make on every system, or a signal to the training process.

    The request holds for the process that trains the run while it is made: ``Run.claim`` withdraws older ones.
    """

    def __init__(self, folder: Path):
        self._file = folder / "stop"
        self._signalled = False

    def make(self) -> None:
        self._file.touch()

    def withdraw(self) -> None:
        self._file.unlink(missing_ok=True)

    def is_made(self) -> bool:
        return self._signalled or self._file.exists()

    @contextmanager
    def catching_signals(self) -> Iterator[None]:
        """Within the block Ctrl-C and SIGTERM make the request; a second Ctrl-C raises KeyboardInterrupt."""
        handlers = {}
        # Python lets the main thread alone handle signals; elsewhere the file is the way.
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.signal(number, self._catch) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _catch(self, number: int, _frame: object) -> None:
        if self._signalled and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._signalled = True
        if number == signal.SIGINT:
            # A step can take seconds. Not print: a handler may interrupt another print.
            with contextlib.suppress(OSError):
                os.write(2, b"\nstopping after this step; Ctrl-C again ends at once\n")
