"""The document that a browser gets before any page has run: in which language it says that it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import streamlit
from starlette.types import Message
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from seg.serve.first_document import LANGUAGE, TITLE, NameLanguage
from seg.texts import texts

STATIC = Path(streamlit.__file__).parent / "static"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-encoding": "gzip"}


def answer(path: str = "/", query: str = "", app=None, **headers: str) -> tuple[dict[str, str], bytes]:
    """The headers and the body of what a browser is sent."""
    sent: list[Message] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        await asyncio.Event().wait()  # the browser stays
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    app = app or create_streamlit_static_handler(str(STATIC), None)
    asyncio.run(NameLanguage(app)(scope, receive, send))
    assert sent[0]["status"] == 200
    named = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return named, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("query", "asked", "language", "tag"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh", b'<html lang="zh-Hans">'),
        ("", "de,en;q=0.8", "en", b'<html lang="en">'),
        ("lang=zh", "en-GB", "zh", b'<html lang="zh-Hans">'),
        ("lang=en", "zh-CN", "en", b'<html lang="en">'),
        ("lang=%22%3E%3Cscript%3E", "en", "en", b'<html lang="en">'),
    ],
)
def test_the_document_is_in_the_language_that_the_page_will_speak(query, asked, language, tag):
    headers, body = answer(query=query, **BROWSER, accept_language=asked)
    assert tag in body and f"<title>{texts(language)['common']['product']}</title>".encode() in body
    assert int(headers["content-length"]) == len(body)
    assert "Accept-Language" in headers["vary"] and b"<script>" not in body.split(b"<title>")[0]


def test_streamlits_document_has_what_is_replaced():
    document = (STATIC / "index.html").read_bytes()
    assert document.count(LANGUAGE) == document.count(TITLE) == 1


def test_what_is_no_document_of_streamlit_passes_as_it_is():
    async def docs(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b'<html lang="en"><title>API</title>', "more_body": True})
        await send({"type": "http.response.body", "body": b"<p>"})

    _, body = answer("/api/docs", app=docs, **BROWSER, accept_language="zh")
    assert body == b'<html lang="en"><title>API</title><p>'
    script = next((STATIC / "static" / "js").glob("index*.js"))
    _, body = answer(f"/static/js/{script.name}", accept="*/*", accept_language="zh")
    assert body == script.read_bytes()
