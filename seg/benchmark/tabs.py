"""Whether a server gives back what closed tabs held: memory before, with their photos, and minutes after."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from seg.benchmark.browser import browsing, give, open_page, wait
from seg.benchmark.pictures import random_photo
from seg.benchmark.server import serving

ALLOWED = 0.10  # growth of memory, as a share of what it was before
LOOK_EVERY = 5  # seconds


def closed_tabs(
    tabs: int = 5,
    photos: int = 30,
    megapixels: float = 12,
    seconds: float = 300,
    report: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Give ``photos`` photos of so many megapixels to each of some tabs, close them, and look for ``seconds``.

    ``before_mb`` is the server's resident memory after one tab with one photo was closed and forgotten, ``most_mb``
    with all tabs, ``after_mb`` the least within the time, and ``seconds_until_given_back`` when it was within
    ``ALLOWED`` of before, None where it never was. Raises BenchmarkError where there is no browser, or no server
    starts.
    """
    report = report or (lambda what: None)
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    size = (height, height * 4 // 3)
    with serving() as server, browsing() as browser:
        report("memory before")
        page = open_page(browser, server.address)
        give(page, [("first.jpg", random_photo(0, size))])
        wait(page)
        page.context.close()
        before = _least(server.held, seconds)
        opened, most = [], before
        for tab in range(tabs):
            report(f"tab {tab + 1} of {tabs}")
            page = open_page(browser, server.address)
            seeds = range(1 + tab * photos, 1 + (tab + 1) * photos)
            give(page, [(f"photo-{seed}.jpg", random_photo(seed, size)) for seed in seeds])
            wait(page)
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
