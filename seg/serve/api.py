"""The same server answers programs: ``POST /api/segment`` and ``GET /api/health``, beside the pages.

curl -F photo=@cat.jpg "localhost:8501/api/segment" -o cutout.png
curl -F photo=@cat.jpg "localhost:8501/api/segment?as=shares"
curl -F photo=@cat.jpg -F background=@beach.jpg "localhost:8501/api/segment?shadow=50" -o cat-on-the-beach.jpg

``_Requests.segment`` describes the request and the answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any, NamedTuple

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from seg.errors import SegError
from seg.inference.cutout_options import NAMES, Backdrop, CutoutOptions, OptionError, parse_options
from seg.inference.second_look import DEFAULT_DETAIL, Detail, DetailError, check_detail
from seg.inference.segmenter import Segmentation, SegmentationError
from seg.network.weights import read_info
from seg.photo import PhotoError
from seg.pictures import FormatError, encode, encode_png
from seg.serve import limits, networks, photos
from seg.serve.errors import BusyError, RequestError
from seg.serve.evaluations import summary_of
from seg.serve.networks import Look
from seg.serve.origins import is_foreign
from seg.serve.owner import LOOPBACK
from seg.serve.queue import Waiting

ANSWERS = ("cutout", "trimap", "overlay", "shares")
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NAMELESS = "the photo"  # in sentences about a photo that came without a name
# The HTTP status of each error that is not 400 (the request's fault) or 503 (the server's state).
STATUSES = {
    "api_unknown": 404,
    "api_method": 405,
    "api_late": 408,
    "api_large": 413,
    "api_client": 429,
    "api_other_site": 403,
    "api_no_pet": 422,
    "no_subject": 422,
}

_log = logging.getLogger("seg.serve")

Answer = Callable[[Request], Awaitable[Response]]


def routes(base_path: str = "", trusted_origins: Collection[str] = ()) -> list[Route]:
    """The routes of the API; requests are counted over all of them.

    ``base_path``: the path below which the server's pages lie, such as ``pets``. ``trusted_origins``: as
    ``origins.is_foreign`` has them.
    """
    requests = _Requests(trusted_origins)
    api = "/".join(["", *filter(None, [base_path.strip("/")]), "api"])
    return [
        Route(f"{api}/segment", _with_error_answers(requests.segment), methods=ALL_METHODS),
        Route(f"{api}/health", _with_error_answers(_health), methods=["GET"]),
        # Without these, Streamlit answers every other address with its page and 200.
        Route(api, _with_error_answers(_unknown), methods=ALL_METHODS),
        Route(f"{api}/{{rest:path}}", _with_error_answers(_unknown), methods=ALL_METHODS),
    ]


class _Requests:
    """The requests with photos, from the first byte until the answer has been read."""

    def __init__(self, trusted_origins: Collection[str] = ()) -> None:
        self._trusted_origins = trusted_origins
        self._threads = CapacityLimiter(limits.REQUESTS_IN_QUEUE)
        self._clients: Counter[str] = Counter()  # requests by the address that they come from

    async def segment(self, request: Request) -> Response:
        """One photo, as the request's body or a file of a form; a form's file ``background`` is laid behind the pet.

        The answer is what ``?as=`` names: ``cutout`` (PNG, RGBA), ``trimap`` (PNG, values on disk), ``overlay`` (PNG)
        or ``shares`` (JSON); without it, JSON where the request accepts no picture, else the cut-out. A photo without a
        pet has no cut-out and is answered with 422, but for ``?empty=ok``, which asks for a transparent picture.
        ``?name=`` names a photo that is sent as the body. ``?detail=`` says how closely the network looks: fast,
        balanced (the default) or fine. ``NAMES`` are options of a cut-out, in the address or the form, as
        ``parse_options`` reads them. ``_facts`` lists what JSON and headers say of the photo.
        Raises SegError, OSError where the weights are missing, ClientDisconnect.
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
        client = request.client.host if request.client else ""
        self._take_in(client)
        try:
            sent = await asyncio.wait_for(_sent(request), limits.SECONDS_TO_SEND)
            options = parse_options(sent.texts, sent.backdrop)

            def waiting(ahead: int) -> None:
                """Gives up for a program that has gone."""
                if from_thread.run(request.is_disconnected):
                    raise ClientDisconnect()

            answer = await to_thread.run_sync(
                _answer, sent.data, sent.name, kind, waiting, empty == "ok", options, detail, limiter=self._threads
            )
        except BaseException as error:
            self._let_out(client)
            if isinstance(error, TimeoutError):
                raise RequestError("api_late", seconds=str(limits.SECONDS_TO_SEND)) from None
            raise
        return InPieces(answer, lambda: self._let_out(client))

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


class InPieces(Response):
    """An answer that is sent piece by piece: a program that does not read it is left after ``SECONDS_TO_READ``.

    Sent as one, it would stay in memory for as long as the program keeps its connection. ``done`` is called at the end,
    however it comes.
    """

    def __init__(self, answer: Response, done: Callable[[], None]):
        super().__init__(status_code=answer.status_code)
        self.body, self.raw_headers, self._done = answer.body, answer.raw_headers, done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            async with asyncio.timeout(limits.SECONDS_TO_READ):
                await send(head)
                for start in range(0, len(self.body), limits.PIECE_BYTES):
                    piece = self.body[start : start + limits.PIECE_BYTES]
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            _log.warning("a program did not read its answer within %d seconds", limits.SECONDS_TO_READ)
        finally:
            self._done()


class _Sent(NamedTuple):
    """What a request brings: the photo, its name, options of a cut-out as texts, a photo for its background."""

    data: bytes
    name: str | None
    texts: dict[str, str]
    backdrop: Backdrop | None = None


def _answer(
    data: bytes,
    name: str | None,
    kind: str,
    waiting: Waiting,
    empty_allowed: bool,
    options: CutoutOptions,
    detail: Detail = DEFAULT_DETAIL,
) -> Response:
    waiting(0)  # the program may have gone while no thread was free
    look = Look(networks.server_weights(), detail)
    cached = photos.is_kept(data, look)
    with photos.full_size(data, name or NAMELESS, look, waiting) as segmentation:
        facts = _facts(segmentation, name or NAMELESS, cached)
        if kind == "shares":
            return JSONResponse({"photo": name, **facts})
        subject = segmentation.classes.subject
        if kind == "cutout" and subject and not segmentation.has_subject and not empty_allowed:
            raise RequestError("api_no_pet", subject=subject.name, name=name or NAMELESS)
        picture, format = _picture(segmentation, kind, options)
        return Response(picture, media_type=f"image/{format}", headers=_headers(facts))


def _facts(segmentation: Segmentation, name: str, cached: bool) -> dict[str, Any]:
    """What an answer says of a photo, beside its name.

    ``has_pet``: whether enough of the photo is pet for a cut-out. ``shares``: of the photo's pixels, by class.
    ``cached``: whether the server had this photo's segmentation already. ``seconds``: of the network's work for this
    answer, 0 where it was cached. ``warnings``: a sentence for each thing that is wrong with the photo's file.
    """
    return {
        "has_pet": segmentation.has_subject,
        "shares": segmentation.shares,
        "cached": cached,
        "seconds": 0.0 if cached else round(segmentation.seconds, 4),
        "warnings": [str(warning.of(name)) for warning in segmentation.photo.warnings],
    }


def _headers(facts: dict[str, Any]) -> dict[str, str]:
    """The same as headers, each value as JSON: ``X-Seg-Has-Pet: true``."""
    return {f"X-Seg-{name.replace('_', '-').title()}": json.dumps(value) for name, value in facts.items()}


def _picture(segmentation: Segmentation, kind: str, options: CutoutOptions) -> tuple[bytes, str]:
    """A picture of one of the kinds, encoded, and its format."""
    details = segmentation.photo.details.save_options()
    if kind == "cutout":
        return encode(segmentation.cutout(options), options.file_format, details), options.file_format
    return encode_png(segmentation.trimap if kind == "trimap" else segmentation.overlay(), options=details), "png"


async def _health(_: Request) -> Response:
    """Whether photos can be segmented, and by what; loads no network.

    ``measured``: the weights' mean IoU in [0, 1], the split it was measured on and its number of photos, or null.
    """

    def measured() -> tuple[str, dict[str, Any] | None]:
        info = read_info(networks.server_weights())
        summary = summary_of(info)
        return info.path.name, summary and summary._asdict()

    weights, metrics = await run_in_threadpool(measured)
    return JSONResponse(
        {
            "status": "ok",
            "weights": weights,
            "measured": metrics,
            "loaded": networks.is_loaded(),
            "waiting": len(photos.PHOTO_QUEUE),
        }
    )


async def _unknown(request: Request) -> Response:
    raise RequestError("api_unknown", path=request.url.path)


def _accepted(request: Request) -> str:
    accepted = request.headers.get("accept", "*/*").lower()
    pictures = any(kind in accepted for kind in ("image/", "*/*"))
    return "shares" if "json" in accepted and not pictures else "cutout"


async def _sent(request: Request) -> _Sent:
    """What the request brings; the photo's name is its file's in a form, else ``?name=``, else None.

    Raises RequestError for no photo, or too many bytes in all.
    """
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    body = await _body(request, limits.UPLOAD_BYTES + (limits.FORM_BYTES if is_form else 0))
    name = request.query_params.get("name")
    texts = {key: value for key, value in request.query_params.items() if key in NAMES}
    if not is_form:
        return _Sent(body, _file_name(name), texts)

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_files=2, max_fields=len(NAMES) + 4) as fields:
        uploads = {key: value for key, value in fields.items() if isinstance(value, UploadFile)}
        texts |= {key: value for key, value in fields.items() if key in NAMES and isinstance(value, str)}
        behind = uploads.pop("background", None)
        if not uploads:
            raise RequestError("api_no_file")
        photo = next(iter(uploads.values()))
        backdrop = await _backdrop(behind) if behind else None
        return _Sent(await photo.read(), _file_name(photo.filename or name), texts, backdrop)


async def _backdrop(file: UploadFile) -> Backdrop:
    data = await file.read()
    name = _file_name(file.filename) or "background"
    return Backdrop(name, hashlib.sha256(data).hexdigest(), data, limits.MAX_PIXELS)


def _file_name(name: str | None) -> str | None:
    """The last part of what may be a path, of any system; None for nothing."""
    return re.split(r"[/\\]", name or "")[-1] or None


async def _body(request: Request, most: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise RequestError("api_large", megabytes=str(limits.UPLOAD_MEGABYTES))
        chunks.append(chunk)
    return b"".join(chunks)


def _with_error_answers(answer: Answer) -> Answer:
    """Answer every error that a request can cause with one sentence, as JSON."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except (PhotoError, RequestError, SegmentationError, OptionError, FormatError, DetailError) as error:
            return _error(str(error), STATUSES.get(error.code, 400))
        except SegError as error:
            return _error(str(error), 503)
        except FileNotFoundError:
            return _error(str(BusyError("api_weights_gone")), 503)
        except HTTPException as error:  # a form that Starlette cannot read
            return _error(error.detail, error.status_code)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except Exception:
            _log.exception("a request failed")
            return _error(str(SegError("api_unexpected")), 500)

    return guarded


def _error(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status)
