"""What a server cannot do for a visitor or a program."""

from __future__ import annotations

from seg.errors import SegError


class ServerError(SegError):
    """The server cannot do it, whoever asks."""


class BusyError(ServerError):
    """The server does too much already: it can be asked again later."""


class RequestError(SegError):
    """A request to the HTTP API that cannot be answered as it is."""
