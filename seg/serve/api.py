"""The same server answers programs: ``POST /api/segment`` and ``GET /api/health``, beside the pages.

curl --data-binary @cat.jpg "localhost:8501/api/segment" -o cutout.png
curl -F photo=@cat.jpg "localhost:8501/api/segment?as=shares"
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import numpy as np
from anyio import CapacityLimiter, from_thread, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seg.errors import SegError
from seg.inference.segmenter import Segmentation
from seg.network.weights import read_info
from seg.photo import MAX_BYTES, PhotoError
from seg.pictures import encode_png
from seg.serve import limits, networks, photos
from seg.serve.errors import BusyError, RequestError
from seg.serve.queue import Waiting

ANSWERS = ("cutout", "trimap", "overlay", "shares")
NAMELESS = "the photo"  # in sentences about a photo that came without a name
# The HTTP status of each error that is not 400 (the request's fault) or 503 (the server's state).
STATUSES = {"api_method": 405, "api_late": 408, "api_large": 413, "api_other_site": 403}

_log = logging.getLogger("seg.serve")

Answer = Callable[[Request], Awaitable[Response]]


def routes() -> list[Route]:
    """The routes of the API; requests are counted over all of them."""
    requests = _Requests()
    return [
        Route("/api/segment", _with_error_answers(requests.segment), methods=["GET", "POST", "PUT"]),
        Route("/api/health", _with_error_answers(_health), methods=["GET"]),
    ]


class _Requests:
    """The requests with photos, from the first byte to the answer."""

    def __init__(self) -> None:
        self._threads = CapacityLimiter(limits.REQUESTS_IN_QUEUE)
        self._count = 0

    async def segment(self, request: Request) -> Response:
        """One photo, as the request's body or the first file of a form.

        The answer is what ``?as=`` names: ``cutout`` (PNG, RGBA), ``trimap`` (PNG, values on disk), ``overlay`` (PNG)
        or ``shares`` (JSON); without it, JSON where the request accepts no picture, else the cut-out. Raises SegError,
        OSError where the weights are missing, ClientDisconnect.
        """
        if request.method != "POST":
            raise RequestError("api_method")
        _refuse_other_sites(request)
        kind = request.query_params.get("as") or _accepted(request)
        if kind not in ANSWERS:
            raise RequestError("api_as", answers=", ".join(ANSWERS))
        if self._count >= limits.REQUESTS:
            raise BusyError("api_full", most=str(limits.REQUESTS))
        self._count += 1
        try:
            data, name = await asyncio.wait_for(_photo(request), limits.SECONDS_TO_SEND)

            def waiting(ahead: int) -> None:
                """Gives up for a program that has gone."""
                if from_thread.run(request.is_disconnected):
                    raise ClientDisconnect()

            return await to_thread.run_sync(_answer, data, name, kind, waiting, limiter=self._threads)
        except asyncio.TimeoutError:
            raise RequestError("api_late", seconds=str(limits.SECONDS_TO_SEND)) from None
        finally:
            self._count -= 1


def _answer(data: bytes, name: str, kind: str, waiting: Waiting) -> Response:
    waiting(0)  # the program may have gone while no thread was free
    with photos.full_size(data, name, networks.server_weights(), waiting) as segmentation:
        if kind == "shares":
            seconds = round(segmentation.seconds, 4)
            return JSONResponse({"photo": name, "shares": segmentation.shares, "seconds": seconds})
        return Response(encode_png(_picture(segmentation, kind)), media_type="image/png")


def _picture(segmentation: Segmentation, kind: str) -> np.ndarray:
    if kind == "trimap":
        return segmentation.trimap
    return segmentation.overlay() if kind == "overlay" else segmentation.cutout()


def _refuse_other_sites(request: Request) -> None:
    """Refuse what a page of another site makes its visitor's browser ask. Programs send none of these headers."""
    headers = request.headers
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if foreign or headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise RequestError("api_other_site")


async def _health(_: Request) -> Response:
    """Whether photos can be segmented, and by what; loads no network."""
    info = await run_in_threadpool(lambda: read_info(networks.server_weights()))
    return JSONResponse(
        {
            "status": "ok",
            "weights": info.path.name,
            "mean_iou": info.mean_iou,
            "loaded": networks.is_loaded(),
            "waiting": len(photos.PHOTO_QUEUE),
        }
    )


def _accepted(request: Request) -> str:
    accepted = request.headers.get("accept", "*/*").lower()
    pictures = any(kind in accepted for kind in ("image/", "*/*"))
    return "shares" if "json" in accepted and not pictures else "cutout"


async def _photo(request: Request) -> tuple[bytes, str]:
    """The photo's bytes and the name it came with. Raises RequestError for none, or too many bytes."""
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    body = await _body(request, MAX_BYTES + (limits.FORM_BYTES if is_form else 0))
    if not is_form:
        return body, NAMELESS

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_files=1, max_fields=4) as fields:
        uploads = [value for value in fields.values() if isinstance(value, UploadFile)]
        if not uploads:
            raise RequestError("api_no_file")
        return await uploads[0].read(), uploads[0].filename or NAMELESS


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
        except (PhotoError, RequestError) as error:
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
