"""What a server cannot do for a visitor or a program."""

from __future__ import annotations

from seg.errors import SegError


class BusyError(SegError):
    """The server does too much already: it can be asked again later."""


class RequestError(SegError):
    """A request to the HTTP API that cannot be answered as it is."""
