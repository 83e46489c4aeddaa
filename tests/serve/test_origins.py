"""Which pages may ask the server, and what its log says of those that Streamlit refuses."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.websockets import WebSocket

from seg.serve import api
from seg.serve.origins import ExplainRefusals, is_foreign

PETS = "https://pets.example.org"
ENDS = ("segment", "weights", "health", "openapi.json", "docs", "", "{rest:path}")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"host": "localhost:8501", "origin": "http://localhost:8501", "sec-fetch-site": "same-origin"}, False),
        ({"host": "localhost:8501", "origin": "http://localhost:3000"}, True),
        ({"host": "localhost:8501", "origin": PETS, "sec-fetch-site": "same-origin"}, True),
        ({"host": "localhost:8501", "origin": "null"}, True),
        ({"host": "localhost:8501", "sec-fetch-site": "cross-site"}, True),
    ],
    ids=str,
)
def test_a_page_of_another_site_is_known_by_what_its_browser_sends(headers, expected):
    assert is_foreign(headers, ()) == expected


def test_a_trusted_origin_is_the_servers_address_behind_its_proxy():
    headers = {"host": "localhost:8501", "origin": PETS, "sec-fetch-site": "same-origin"}
    assert not is_foreign(headers, [PETS])
    assert is_foreign({**headers, "origin": f"{PETS}.evil.example"}, [PETS])


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("pets", "/pets"), ("/a/b/", "/a/b")])
def test_the_api_lies_below_the_servers_base_path(base, prefix):
    paths = [route.path for route in api.routes(base)]
    assert paths == [f"{prefix}/api/{end}".rstrip("/") for end in ENDS]


@pytest.mark.parametrize(("code", "lines"), [(1008, 1), (1000, 0)])
def test_the_log_names_the_setting_that_lets_a_refused_visitor_in(caplog, code, lines):
    async def server(scope, receive, send) -> None:
        await WebSocket(scope, receive, send).close(code)

    async def nothing(message: dict | None = None) -> dict:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "headers": [(b"origin", PETS.encode())]}
    with caplog.at_level(logging.WARNING):
        asyncio.run(ExplainRefusals(server)(scope, nothing, nothing))
    assert len(caplog.messages) == lines
    assert all(f"--server.corsAllowedOrigins {PETS}" in message for message in caplog.messages)
