"""What TensorFlow prints when it is loaded, whatever its log level says."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator

_STDERR = 2
_NOTICES = rb"WARNING: All log messages before absl::InitializeLog\(\).*\n|I\d{4} [\d:.]+ +\d+ \S+\.cc:\d+\] .*\n"
_COMPLAINTS = rb"[WE]\d{4} [\d:.]+ +\d+ \S+\.cc:\d+\] .*\n"
# Standard error belongs to the process: two threads that redirect it at once would not give it back.
_lock = threading.Lock()


@contextlib.contextmanager
def hidden(complaints: bool) -> Iterator[None]:
    """Hide TensorFlow's notices, and its ``complaints`` as well where they mean only that there is no GPU.

    The C++ library writes them before it reads its log level, past ``sys.stderr``. So all that the process writes on
    standard error is held back until the block ends; then everything else is written, also where the block fails.
    """
    with _lock, tempfile.TemporaryFile() as held_back:
        _flush()
        try:
            stderr = os.dup(_STDERR)
        except OSError:  # a process without a standard error
            yield
            return
        os.dup2(held_back.fileno(), _STDERR)
        try:
            yield
        finally:
            _flush()
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            held_back.seek(0)
            rest = re.sub(_NOTICES + (b"|" + _COMPLAINTS if complaints else b""), b"", held_back.read())
            with contextlib.suppress(OSError), open(_STDERR, "wb", closefd=False) as again:
                again.write(rest)


def _flush() -> None:
    if sys.stderr:
        sys.stderr.flush()
