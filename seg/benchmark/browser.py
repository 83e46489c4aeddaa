"""Visitors of the pages in a real browser, for measurements: Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from seg.benchmark.child import BenchmarkError
from seg.texts import fill

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response

# As root and without a network Chromium does not start, or waits for hosts, without these.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SECONDS = 600  # for photos to be segmented and shown
PHOTOS = '.st-key-segment-photos-uploader input[type="file"]'  # the page has another one for true trimaps
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
    page.locator(PHOTOS).wait_for(state="attached")
    wait(page)
    return page


def give(page: Page, photos: Sequence[tuple[str, bytes]]) -> None:
    """Give photos, by name, to the page; the server has them all, and segments them, when this returns.

    Raises BenchmarkError where the page does not take them.
    """
    from playwright.sync_api import TimeoutError

    answers: list[Response] = []

    def note(answer: Response) -> None:
        if answer.request.method == "PUT":
            answers.append(answer)

    # Playwright takes 50 MB at once from memory, and files of any size, which the browser reads when it sends them.
    with tempfile.TemporaryDirectory(prefix="seg-benchmark-", ignore_cleanup_errors=True) as folder:
        files = [Path(folder, name) for name, _ in photos]
        for file, (_, data) in zip(files, photos, strict=True):
            file.write_bytes(data)
        page.on("response", note)
        page.locator(PHOTOS).set_input_files(files)
        until = time.monotonic() + SECONDS
        while len(answers) < len(photos) and time.monotonic() < until:
            page.wait_for_timeout(100)
        page.remove_listener("response", note)
    try:
        # The page names the photos that it has taken, each on its button; where they are many, it says how many.
        many = page.get_by_text(fill("en", "segment.remove_one", count=len(photos)))
        page.get_by_role("button", name=photos[-1][0]).or_(many).first.wait_for()
    except TimeoutError:
        raise BenchmarkError("benchmark_upload", photos=len(photos)) from None


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
