"""Visitors of the pages in a real browser, for measurements: Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from seg.benchmark.child import BenchmarkError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# As root and without a network Chromium does not start, or waits for hosts, without these.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SECONDS = 600  # for photos to be segmented and shown
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
READY = '[data-testid="stDownloadButton"], [data-testid="stAlert"]'  # what a page shows below a photo's results
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
LOOKS = 5  # in which a page draws nothing before it counts as drawn: one run of it may start the next


def has_browser() -> bool:
    """Whether Playwright and Chromium are on this machine."""
    return bool(find_spec("playwright") and shutil.which("chromium"))


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser, closed with the block. Raises BenchmarkError where there is none."""
    if not has_browser():
        raise BenchmarkError("benchmark_needs_browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Browser, address: str) -> Page:
    """A new visitor on the front page, once it is ready for photos; ``page.context.close()`` lets the visitor go."""
    page = browser.new_context(locale="en-US").new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.goto(address)
    page.locator('input[type="file"]').first.wait_for(state="attached")
    wait(page)
    return page


def give(page: Page, photos: Sequence[tuple[str, bytes]], format: str = "JPEG") -> None:
    """Give photos, by name, to the page; it segments them when this returns.

    Raises playwright.sync_api.TimeoutError where the page does not take them.
    """
    kind = FORMATS[format]
    files = [{"name": name, "mimeType": kind, "buffer": data} for name, data in photos]
    page.locator('input[type="file"]').first.set_input_files(files)  # type: ignore[arg-type]
    # The page names the photos that it has taken, each on its button.
    page.get_by_role("button", name=photos[-1][0]).first.wait_for()


def wait(page: Page) -> None:
    """Return when the page has drawn all it has to draw."""
    page.locator(READY).first.wait_for()
    quiet = 0
    while quiet < LOOKS:
        page.wait_for_timeout(200)
        page.locator(IDLE).wait_for()
        quiet = quiet + 1 if page.locator(READY).count() else 0


def errors(page: Page) -> list[str]:
    """The error messages that the page shows."""
    return page.locator('[data-testid="stAlertContentError"]').all_inner_texts()
