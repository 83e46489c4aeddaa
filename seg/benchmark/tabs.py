"""Whether a server gives back what closed tabs held: memory before, with their photos, and minutes after."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seg.benchmark.browser import browsing, give, open_page, wait
from seg.benchmark.pictures import random_photo
from seg.benchmark.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

ALLOWED = 0.10  # growth of memory, as a share of what it was before
LOOK_EVERY = 5  # seconds
# Of the tab before the others: what a server keeps for good once it has shown a gallery is not theirs.
PHOTOS_BEFORE = 3


def closed_tabs(
    tabs: int = 5,
    photos: int = 30,
    megapixels: float = 12,
    seconds: float = 300,
    report: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Give ``photos`` photos of so many megapixels to each of some tabs, close them, and look for ``seconds``.

    ``before_mb`` is the server's resident memory after one tab with ``PHOTOS_BEFORE`` photos was closed and forgotten,
    ``most_mb`` with all tabs, ``after_mb`` the least within the time, and ``seconds_until_given_back`` when it was
    within ``ALLOWED`` of before, None where it never was. Raises BenchmarkError where there is no browser, or no server
    starts.
    """
    report = report or (lambda what: None)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    size = (height, height * 4 // 3)
    with serving() as server, browsing() as browser:
        report("memory before")
        page = open_page(browser, server.address)
        _give(page, range(PHOTOS_BEFORE), size)
        page.context.close()
        before = _least(server.held, seconds)
        opened, most = [], before
        for tab in range(tabs):
            report(f"tab {tab + 1} of {tabs}")
            page = open_page(browser, server.address)
            first = PHOTOS_BEFORE + tab * photos
            _give(page, range(first, first + photos), size)
            opened.append(page)
            most = max(most, server.held().memory_mb)
        for page in opened:
            page.context.close()
        closed, after, given_back = time.monotonic(), most, None
        report("memory after")
        while time.monotonic() - closed < seconds:
            after = min(after, server.held().memory_mb)
            if given_back is None and after <= before * (1 + ALLOWED):
                given_back = time.monotonic() - closed
                break
            time.sleep(LOOK_EVERY)
    return {
        "tabs": tabs,
        "photos": photos,
        "megapixels": megapixels,
        "before_mb": before,
        "most_mb": most,
        "after_mb": after,
        "seconds_until_given_back": given_back,
        "passed": given_back is not None,
    }


def _give(page: Page, seeds: range, size: tuple[int, int]) -> None:
    """Give a page random photos of this height and width, and wait until it shows them."""
    give(page, [(f"photo-{seed}.jpg", random_photo(seed, size)) for seed in seeds])
    wait(page)


def _least(held: Callable[[], Any], seconds: float) -> float:
    """The least memory while it still falls, within so many seconds."""
    until, least, falls = time.monotonic() + seconds, held().memory_mb, time.monotonic()
    # Streamlit forgets a session after two minutes, the caches what is unused after three.
    while time.monotonic() < until and time.monotonic() - falls < 240:
        time.sleep(min(LOOK_EVERY, seconds))
        now = held().memory_mb
        if now < least * 0.99:
            least, falls = now, time.monotonic()
        least = min(least, now)
    return least
