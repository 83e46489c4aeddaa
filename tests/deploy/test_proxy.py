"""nginx as deploy/nginx.conf sets it up, in front of two small servers that say which one answers."""

from __future__ import annotations

import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from seg.benchmark.child import BenchmarkError
from seg.benchmark.proxy import configuration, proxy
from seg.benchmark.server import answers

has_nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
if os.environ.get("SEG_E2E") != "required":
    pytestmark = pytest.mark.skipif(not has_nginx, reason="nginx is not installed")


class Named(BaseHTTPRequestHandler):
    """Answers with the port of its server and the headers that have reached it."""

    def do_GET(self):
        body = json.dumps({"port": self.server.server_port, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Named) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with proxy([server.server_port for server in servers]) as address:
        answers(address)
        yield address
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_browser_stays_with_one_server_and_programs_are_spread(address):
    for _ in range(4):
        browser = requests.Session()
        assert len({browser.get(address, timeout=10).json()["port"] for _ in range(8)}) == 1
    ports = {requests.get(address, timeout=10).json()["port"] for _ in range(40)}
    assert len(ports) == 2


def test_the_cookie_is_set_once_and_no_script_can_read_it(address):
    browser = requests.Session()
    first, second = browser.get(address, timeout=10), browser.get(address, timeout=10)
    assert "HttpOnly" in first.headers["Set-Cookie"] and "SameSite=Lax" in first.headers["Set-Cookie"]
    assert "Set-Cookie" not in second.headers


def test_a_visitor_cannot_say_that_they_are_somewhere_else(address):
    claims = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    headers = requests.get(address, headers=claims, timeout=10).json()["headers"]
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["Host"] == address.removeprefix("http://")


def test_without_the_projects_folder_it_says_where_it_works(tmp_path, monkeypatch):
    monkeypatch.setattr("seg.benchmark.proxy.CONFIGURATION", tmp_path / "nginx.conf")
    with pytest.raises(BenchmarkError):
        configuration([1], 2, tmp_path)
