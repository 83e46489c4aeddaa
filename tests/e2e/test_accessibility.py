"""axe-core finds nothing serious on any page: light and dark, at a desk's width and at a phone's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from seg.ui.dataset.page import VIEWS
from seg.ui.inside.page import SECTIONS
from seg.ui.results.page import VIEWS as RESULTS
from tests.e2e.test_app import PAGES, heading, settled

# Every page, and every view of those that have several.
ADDRESSES = {
    **PAGES,
    **{f"dataset?view={view}": "dataset" for view in VIEWS[1:]},
    **{f"results?show={view}": "results" for view in RESULTS[1:]},
    **{f"inside?section={section}": "inside" for section in list(SECTIONS)[1:]},
}
WIDTHS = (1280, 390)
# With the backgrounds that .streamlit/config.toml gives them.
SCHEMES = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 30)"}
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
EXCLUDED = [
    # A widget that is switched off may be pale (WCAG 1.4.3, "inactive"); axe-core does not see that its label is its.
    "[data-testid=stSelectbox]:has(input:disabled) [data-testid=stWidgetLabel]",
    # Code that is wider than a phone scrolls. Streamlit does not make it focusable, but today's browsers do.
    "[data-testid=stCode] pre",
    # A diagram that is being drawn anew for another scheme: Streamlit names its empty place, which ARIA does not allow.
    "[data-testid=stMermaidChart][aria-busy=true]",
]


@pytest.fixture(scope="module")
def visitor(browser) -> Iterator[Page]:
    """One page for all tests: its browser loads the app's scripts once, which takes most of a first visit."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_has_a_serious_violation(app, visitor, address):
    page = visitor
    page.goto(f"{app}/{address}")
    heading(page, ADDRESSES[address])
    problems = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        for scheme, background in SCHEMES.items():
            # The app follows the system without being loaded again.
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(f"{BACKGROUND} === '{background}'")
            problems += [f"{width} px, {scheme}: {problem}" for problem in serious_violations(page)]
    assert not problems, "\n".join(problems)


def serious_violations(page) -> list[str]:
    """What axe-core calls serious or critical, and headings that leave a level out, one line an element."""
    response = Axe().run(page, context={"exclude": EXCLUDED}).response
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for violation in response["violations"]
        if violation["impact"] in ("serious", "critical") or violation["id"] == "heading-order"
        for node in violation["nodes"]
    ]
