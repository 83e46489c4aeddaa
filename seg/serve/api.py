"""The same server answers programs: ``POST /api/segment`` and ``GET /api/health``, beside the pages.

curl --data-binary @cat.jpg "localhost:8501/api/segment" -o cutout.png
curl -F photo=@cat.jpg "localhost:8501/api/segment?as=shares"
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seg.inference.segmenter import Segmentation
from seg.network.weights import WeightsError, read_info
from seg.photo import MAX_BYTES, PhotoError
from seg.pictures import encode_png
from seg.serve.queue import Waiting

ANSWERS = ("cutout", "trimap", "overlay", "shares")
# A form's own words around the photo.
FORM_BYTES = 64 * 2**10
MOST_WAITING = 64
MOST_IN_LINE = 4
SECONDS_TO_SEND = 60

_log = logging.getLogger("seg.ui")

Answer = Callable[[Request], Awaitable[Response]]


def routes() -> list[Route]:
    """The routes, with one queue for them all."""
    queue = _Queue()
    return [
        Route("/api/segment", _guarded(queue.segment), methods=["GET", "POST", "PUT"]),
        Route("/api/health", _guarded(_health), methods=["GET"]),
    ]


class _Queue:
    """Programs' photos, from the first byte to the answer."""

    def __init__(self) -> None:
        # Few at once stand in the server's one line, with the pages' photos: a program that sends many at once does not
        # come before every visitor.
        self._threads = CapacityLimiter(MOST_IN_LINE)
        self._waiting = 0

    async def segment(self, request: Request) -> Response:
        """One photo, as the request's body or the first file of a form.

        The answer is what ``?as=`` names: ``cutout`` (PNG, RGBA), ``trimap`` (PNG, values 1, 2, 3), ``overlay`` (PNG)
        or ``shares`` (JSON); without it, JSON where the request accepts no picture, else the cut-out.
        """
        if request.method != "POST":
            raise HTTPException(405, "send the photo with POST, as the request's body or in a form.")
        _refuse_other_sites(request)
        wanted = request.query_params.get("as") or _accepted(request)
        if wanted not in ANSWERS:
            raise HTTPException(400, f"?as= is one of {', '.join(ANSWERS)}.")
        if self._waiting >= MOST_WAITING:
            raise HTTPException(503, f"{MOST_WAITING} photos are waiting already: try again in a minute.")
        self._waiting += 1  # from the first byte on: photos that are being sent take memory, too
        try:
            data, name = await asyncio.wait_for(_photo(request), SECONDS_TO_SEND)

            def waiting(before: int) -> None:
                """Gives up for a program that has gone."""
                if from_thread.run(request.is_disconnected):
                    raise ClientDisconnect()

            return await to_thread.run_sync(_answer, data, name, wanted, waiting, limiter=self._threads)
        except asyncio.TimeoutError:
            raise HTTPException(408, f"the photo did not arrive within {SECONDS_TO_SEND} seconds.") from None
        finally:
            self._waiting -= 1


def _server():
    """What pages and programs share. Not imported at the top: its caches want a running server, and this is imported
    before it runs."""
    from seg.ui.shared import server

    return server


def _answer(data: bytes, name: str, wanted: str, waiting: Waiting) -> Response:
    server = _server()
    waiting(0)
    own = server.segment(data, name, server.weights_of(server.SHIPPED), waiting)
    with server.at_full_size():
        waiting(0)
        result = server.whole(own, data, name)
        if wanted == "shares":
            return JSONResponse({"photo": name, "shares": result.shares, "seconds": round(result.seconds, 4)})
        return Response(encode_png(_picture(result, wanted)), media_type="image/png")


def _picture(result: Segmentation, wanted: str):
    if wanted == "trimap":
        return result.trimap
    return result.overlay() if wanted == "overlay" else result.cutout()


def _refuse_other_sites(request: Request) -> None:
    """A page of another site makes its visitor's browser ask: the browser says so. Programs say nothing of the kind."""
    headers = request.headers
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if foreign or headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "pages of other sites may not ask this server.")


async def _health(_: Request) -> Response:
    """Whether photos can be segmented, and by what; loads nothing."""
    server = _server()
    info = await run_in_threadpool(lambda: read_info(server.weights_of(server.SHIPPED)))
    facts = {"status": "ok", "weights": info.path.name, "mean_iou": info.mean_iou}
    return JSONResponse(facts | {"loaded": server.segmenter_is_ready(), "waiting": len(server.line())})


def _accepted(request: Request) -> str:
    accepted = request.headers.get("accept", "*/*").lower()
    pictures = any(kind in accepted for kind in ("image/", "*/*"))
    return "shares" if "json" in accepted and not pictures else "cutout"


async def _photo(request: Request) -> tuple[bytes, str]:
    """The photo's bytes and the name it came with. Raises HTTPException for none, or too many bytes."""
    form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    body = await _body(request, MAX_BYTES + (FORM_BYTES if form else 0))
    if not form:
        return body, "the photo"

    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    async with Request(request.scope, receive).form(max_files=1, max_fields=4) as fields:
        uploads = [value for value in fields.values() if isinstance(value, UploadFile)]
        if not uploads:
            raise HTTPException(400, "the form has no file: send the photo as one, or as the request's body.")
        return await uploads[0].read(), uploads[0].filename or "the photo"


async def _body(request: Request, most: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise HTTPException(413, f"the photo is larger than {MAX_BYTES // 2**20} MB: make it smaller.")
        chunks.append(chunk)
    return b"".join(chunks)


def _guarded(answer: Answer) -> Answer:
    """Every error that a request can cause is one sentence, as JSON."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except PhotoError as error:
            return JSONResponse({"error": str(error)}, 400)
        except WeightsError as error:
            return JSONResponse({"error": str(error)}, 503)
        except HTTPException as error:
            return JSONResponse({"error": str(error.detail)}, error.status_code)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        except FileNotFoundError:
            return JSONResponse({"error": "the weights are gone: start the server again."}, 503)
        except Exception:
            _log.exception("a request failed")
            return JSONResponse({"error": "something went wrong here: the server's log says why."}, 500)

    return guarded
