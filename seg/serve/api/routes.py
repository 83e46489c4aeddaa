"""The addresses of the API, and its answer to everything that goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from seg.errors import SegError
from seg.network.weights import read_info
from seg.serve import networks, offered, photos
from seg.serve.api.description import document
from seg.serve.api.page import POLICY, page
from seg.serve.api.requests import Requests, visitor_of
from seg.serve.api.statuses import status_of
from seg.serve.errors import BusyError, RequestError
from seg.serve.evaluations import summary_of
from seg.serve.owner import Visitor
from seg.texts import LANGUAGES, language_of

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_log = logging.getLogger("seg.serve")

Answer = Callable[[Request], Awaitable[Response]]


def routes(base_path: str = "", trusted_origins: Collection[str] = (), listens_on: str | None = None) -> list[Route]:
    """The routes of the API; requests are counted over all of them.

    ``base_path``: the path below which the server's pages lie, such as ``pets``. ``trusted_origins``: as
    ``origins.is_foreign`` has them. ``listens_on``: as ``Visitor`` has it.
    """
    requests = Requests(trusted_origins, listens_on)
    api = "/".join(["", *filter(None, [base_path.strip("/")]), "api"])

    async def weights(request: Request) -> Response:
        return await _weights(visitor_of(request, listens_on))

    async def described(request: Request) -> Response:
        return JSONResponse(document(_language(request, "en"), api))

    async def docs(request: Request) -> Response:
        server = f"{request.url.scheme}://{request.url.netloc}{api}"
        # People come here by the address alone, as errors name it: as the other pages, it follows the browser.
        language = _language(request, language_of(request.headers.get("accept-language", "")))
        headers = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language"}
        return HTMLResponse(page(language, api, server), headers=headers)

    return [
        Route(f"{api}/segment", _with_error_answers(requests.segment), methods=ALL_METHODS),
        Route(f"{api}/weights", _with_error_answers(weights), methods=["GET"]),
        Route(f"{api}/health", _with_error_answers(_health), methods=["GET"]),
        Route(f"{api}/openapi.json", _with_error_answers(described), methods=["GET"]),
        Route(f"{api}/docs", _with_error_answers(docs), methods=["GET"]),
        # Without these, Streamlit answers every other address with its page and 200.
        Route(api, _with_error_answers(_unknown), methods=ALL_METHODS),
        Route(f"{api}/{{rest:path}}", _with_error_answers(_unknown), methods=ALL_METHODS),
    ]


def _language(request: Request, otherwise: str) -> str:
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else otherwise


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


async def _weights(visitor: Visitor) -> Response:
    """The weights that a visitor's ``?weights=`` may name, each with its classes and what it was measured to be."""

    def described() -> list[dict[str, Any]]:
        rows = []
        for name in offered.names(visitor):
            path = offered.weights_named(name, visitor)
            if path is not None:  # a run may have been deleted since
                info = read_info(path)
                summary = summary_of(info)
                classes = [{"name": member.name, "value": member.value, "role": member.role} for member in info.classes]
                rows.append({"name": name, "classes": classes, "measured": summary and summary._asdict()})
        return rows

    return JSONResponse({"weights": await run_in_threadpool(described)})


async def _unknown(request: Request) -> Response:
    raise RequestError("api_unknown", path=request.url.path)


def _with_error_answers(answer: Answer) -> Answer:
    """Answer every error that a request can cause with one sentence, as JSON."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except SegError as error:
            return _error(str(error), status_of(error))
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
