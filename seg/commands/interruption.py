"""Ctrl-C, for verbs that finish what they have begun."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interruption:
    """Whether the user has asked to stop. An exception could end the main thread between any two of its steps."""

    def __init__(self) -> None:
        self._is_asked = False

    def is_asked(self) -> bool:
        return self._is_asked

    @contextmanager
    def awaited(self, sentence: str) -> Iterator[None]:
        """Within the block Ctrl-C and SIGTERM ask to stop, and the user reads the sentence; a second Ctrl-C raises
        KeyboardInterrupt."""
        handlers = {}

        def ask(number: int, _frame: object) -> None:
            if self._is_asked and number == signal.SIGINT:
                raise KeyboardInterrupt
            self._is_asked = True
            # Not print: a handler may interrupt another print.
            with contextlib.suppress(OSError):
                os.write(2, f"\nseg: {sentence}\n".encode())

        # Python lets the main thread alone handle signals.
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
