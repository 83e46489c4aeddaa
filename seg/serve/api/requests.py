"""The requests with photos, from the first byte until the answer has been read."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from seg.inference.cutout_options import parse_options
from seg.inference.second_look import DEFAULT_DETAIL, Detail, check_detail
from seg.serve import limits, networks, offered
from seg.serve.api.answers import ANSWERS, Wanted, ZipResponse, answer
from seg.serve.api.sent import Sent, read_request
from seg.serve.errors import BusyError, RequestError
from seg.serve.networks import Look
from seg.serve.origins import is_foreign
from seg.serve.owner import LOOPBACK, Visitor
from seg.serve.queue import Waiting

_log = logging.getLogger("seg.serve")


class Requests:
    """Counts requests and answers them.

    ``trusted_origins``: as ``origins.is_foreign`` has them; ``listens_on``: as ``Visitor`` has it.
    """

    def __init__(self, trusted_origins: Collection[str] = (), listens_on: str | None = None) -> None:
        self._trusted_origins, self._listens_on = trusted_origins, listens_on
        self._threads = CapacityLimiter(limits.REQUESTS_IN_QUEUE)
        self._clients: Counter[str] = Counter()  # requests by the address that they come from

    async def segment(self, request: Request) -> Response:
        """Photos, as the request's body or files of a form; a form's file ``background`` is laid behind the pets.

        ``description.document`` describes what a request may say and what the answers are. Raises SegError, OSError
        where the weights are missing, ClientDisconnect.
        """
        if request.method != "POST":
            raise RequestError("api_method")
        if is_foreign(request.headers, self._trusted_origins):
            raise RequestError("api_other_site")
        kind = request.query_params.get("as") or _accepted(request)
        if kind not in ANSWERS:
            raise RequestError("api_as", answers=list(ANSWERS))
        empty = request.query_params.get("empty")
        if empty not in (None, "ok"):
            raise RequestError("api_empty")
        detail = check_detail(request.query_params.get("detail", DEFAULT_DETAIL))
        weights = request.query_params.get("weights")
        visitor = visitor_of(request, self._listens_on)
        client = request.client.host if request.client else ""
        self._take_in(client)
        try:
            sent = await asyncio.wait_for(read_request(request), limits.SECONDS_TO_SEND)

            def waiting(ahead: int) -> None:
                """Gives up for a program that has gone."""
                if from_thread.run(request.is_disconnected):
                    raise ClientDisconnect()

            answered = await to_thread.run_sync(
                _answer, sent, kind, empty == "ok", detail, weights, visitor, waiting, limiter=self._threads
            )
        except BaseException as error:
            self._let_out(client)
            if isinstance(error, TimeoutError):
                raise RequestError("api_late", seconds=str(limits.SECONDS_TO_SEND)) from None
            raise
        return InPieces(answered, lambda: self._let_out(client))

    def _take_in(self, client: str) -> None:
        """Count a request until its answer has been read.

        Raises BusyError for too many requests, RequestError for too many from one address. This machine may ask more,
        by an address or a socket's file: behind a proxy on it, all requests come from here.
        """
        if self._clients.total() >= limits.REQUESTS:
            raise BusyError("api_full", most=str(limits.REQUESTS))
        if self._clients[client] >= limits.REQUESTS_OF_A_CLIENT and client not in (*LOOPBACK, ""):
            raise RequestError("api_client", most=str(limits.REQUESTS_OF_A_CLIENT))
        self._clients[client] += 1

    def _let_out(self, client: str) -> None:
        self._clients[client] -= 1
        self._clients += Counter()  # addresses without requests are forgotten


def visitor_of(request: Request, listens_on: str | None) -> Visitor:
    """Who asks: a program on the machine of a local server is its owner's, and no other is. No program has a token."""
    client = request.client.host if request.client else "a socket's file"
    return Visitor(listens_on, None if client in LOOPBACK else client, str(request.url), request.headers)


def _answer(
    sent: Sent, kind: str, empty_allowed: bool, detail: Detail, weights: str | None, visitor: Visitor, waiting: Waiting
) -> Response:
    """In a thread of its own: the weights' names lie on the disk."""
    path = networks.server_weights() if weights is None else offered.weights_named(weights, visitor)
    if path is None:
        raise RequestError("api_weights", name=weights, names=offered.names(visitor))
    options = parse_options(sent.texts, sent.backdrop)
    return answer(sent.photos, Wanted(kind, empty_allowed, options, Look(path, detail)), waiting)


def _accepted(request: Request) -> str:
    """The answer for a request that names none: JSON where it accepts no picture."""
    accepted = request.headers.get("accept", "*/*").lower()
    pictures = any(kind in accepted for kind in ("image/", "application/zip", "*/*"))
    return "shares" if "json" in accepted and not pictures else "cutout"


class InPieces(Response):
    """An answer that is sent piece by piece: a program that does not read it is left after ``SECONDS_TO_READ``.

    Sent as one, it would stay in memory for as long as the program keeps its connection. ``done`` is called at the end,
    however it comes.
    """

    def __init__(self, answer: Response, done: Callable[[], None]):
        super().__init__(status_code=answer.status_code)
        self.body, self.raw_headers, self._done = answer.body, answer.raw_headers, done
        self._file = answer.file if isinstance(answer, ZipResponse) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            async with asyncio.timeout(limits.SECONDS_TO_READ):
                await send(head)
                for piece in self._pieces():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            _log.warning("a program did not read its answer within %d seconds", limits.SECONDS_TO_READ)
        finally:
            if self._file:
                self._file.close()
            self._done()

    def _pieces(self) -> Iterator[bytes]:
        if self._file:
            while piece := self._file.read(limits.PIECE_BYTES):
                yield piece
        for start in range(0, len(self.body), limits.PIECE_BYTES):
            yield bytes(self.body[start : start + limits.PIECE_BYTES])
