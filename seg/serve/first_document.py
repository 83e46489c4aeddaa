"""The document that a browser gets first, before any page has run: in the visitor's language, with the app's name."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seg.texts import LANGUAGES, TAGS, fill, language_of

# What Streamlit's document says until the page has run: seconds on a busy server.
LANGUAGE, TITLE = b'<html lang="en">', b"<title>Streamlit</title>"


class NameLanguage:
    """Writes into Streamlit's document which language it is in, and the app's name.

    Else a screen reader would read Chinese as if it were English until the page has run, and a browser would offer to
    translate it. ``browser.js`` follows the visitor's choice from then on.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        language = _language(Request(scope))
        start: Message | None = None

        async def named(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_document(message):
                start = message  # it says how long the body is, which comes next
                return
            if start is not None and message["type"] == "http.response.body":
                body = message.get("body", b"")
                message = {**message, "body": _named(body, language)}
                headers = MutableHeaders(scope=start)
                if "content-length" in headers:
                    length = int(headers["content-length"]) + len(message["body"]) - len(body)
                    headers["content-length"] = str(length)
                headers.add_vary_header("Accept-Language")
                await send(start)
                start = None
            await send(message)

        # A compressed document could not be read here.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, named)


def _language(request: Request) -> str:
    """The language that the page will speak, as ``seg.ui.shared.language`` finds it."""
    asked = request.query_params.get("lang")
    return asked if asked in LANGUAGES else language_of(request.headers.get("accept-language", ""))


def _is_document(start: Message) -> bool:
    return start["status"] == 200 and Headers(scope=start).get("content-type", "").startswith("text/html")


def _named(body: bytes, language: str) -> bytes:
    """Streamlit's document with language and title; another one, such as that of the API, as it is."""
    if LANGUAGE not in body or TITLE not in body:
        return body
    title = f"<title>{fill(language, 'common.product')}</title>"
    return body.replace(LANGUAGE, f'<html lang="{TAGS[language]}">'.encode(), 1).replace(TITLE, title.encode(), 1)
