"""A real server and a real browser. Debian's chromium is used where it is; elsewhere these tests are skipped, unless
SEG_E2E=required."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "screenshots"
DESK = {"width": 1280, "height": 900}
FAILED = pytest.StashKey[bool]()
# Without these Chromium, as root and with no network, does not start or waits for hosts that cannot be reached.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[str]:
    """The app as users start it, with its runs and its cache below ``folder``; yields its address."""
    port = free_port()
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SEG_")}
    settings |= {"SEG_RUNS": str(folder / "runs"), "SEG_CACHE": str(folder / "cache"), **environment}
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        base = settings.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
        address = f"http://127.0.0.1:{port}" + (f"/{base}" if base else "")
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
                break
            except OSError:
                assert server.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if not chromium:
        if os.environ.get("SEG_E2E") == "required":
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("no chromium on this machine: the end-to-end tests need Debian's package of that name")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield chrome
        chrome.close()


@pytest.fixture
def serve(tmp_path):
    """``serve(NAME=value, ...)``: a server for one test, with its runs and its cache below ``tmp_path``."""
    with ExitStack() as stack:
        yield lambda **environment: stack.enter_context(serving(tmp_path, **environment))


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[str]:
    """One server for all tests that do not break it: the sample and the weights that ship."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="module")
def window(browser) -> Iterator[BrowserContext]:
    """One window for all tests of a module: it loads the app's scripts once, half of the time of a first visit."""
    context = browser.new_context(viewport=DESK, accept_downloads=True, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new visitor's page at a desk's width.

    Where the test fails, its last picture is kept in screenshots/, and its words are printed: CI keeps no pictures.
    """
    visitor = window.pages[0] if window.pages else window.new_page()
    visitor.set_default_timeout(60_000)
    visitor.set_viewport_size(DESK)
    visitor.emulate_media(color_scheme="light")
    yield visitor
    if request.node.stash.get(FAILED, False):
        SCREENSHOTS.mkdir(exist_ok=True)
        print(f"The page when it failed, {visitor.url}:\n{visitor.inner_text('body')}")
        visitor.screenshot(path=SCREENSHOTS / f"{request.node.name}.png", full_page=True)
        visitor.close()
    else:
        leave(visitor)


def leave(page: Page) -> None:
    """An empty tab, and nothing left in the browser of what the site that was open has stored there."""
    site = urlsplit(page.url)
    page.goto("about:blank")
    if site.netloc:
        origin = {"origin": f"{site.scheme}://{site.netloc}", "storageTypes": "all"}
        page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", origin)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report
