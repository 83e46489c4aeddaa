"""Which web pages may ask this server: those that it sends, and those of the addresses that are trusted.

Behind a proxy a page's address differs from the one that the server hears of, unless the proxy passes on the header
``Host``. Streamlit's setting ``server.corsAllowedOrigins`` then names it, for the pages and the API alike.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seg.errors import SegError

POLICY_VIOLATION = 1008  # RFC 6455: with this code Streamlit refuses a connection from another origin

_log = logging.getLogger("seg.serve")


def is_foreign(headers: Mapping[str, str], trusted: Collection[str]) -> bool:
    """Whether a browser asks on behalf of another site's page. Programs send none of these headers.

    ``trusted``: origins such as ``https://pets.example.org``.
    """
    origin = headers.get("origin")
    if origin in trusted:
        return False
    is_other = origin is not None and urlsplit(origin).netloc != headers.get("host")
    return is_other or headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


class ExplainRefusals:
    """Says in the server's log which setting lets a visitor in whose page Streamlit has refused.

    The visitor sees a page that never connects, and the line that Streamlit logs names no setting.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if message["type"] == "websocket.close" and message.get("code") == POLICY_VIOLATION:
                _log.warning("%s", SegError("origin_refused", origin=Headers(scope=scope).get("origin", "?")))
            await send(message)

        await self._app(scope, receive, watched)
