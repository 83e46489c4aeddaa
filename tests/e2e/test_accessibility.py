"""Every view of every page opens, and axe-core finds nothing serious: light and dark, on a desk and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from seg.ui.dataset.page import VIEWS
from seg.ui.inside.page import SECTIONS
from seg.ui.results.page import VIEWS as RESULTS
from tests.e2e.test_app import PAGES, assert_opened, heading, only_asking, settled

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


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_view_opens_without_a_serious_violation(app, page, address):
    problems = []
    with only_asking(page, app):
        page.goto(f"{app}/{address}")
        heading(page, ADDRESSES[address])
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            settled(page)
            assert_opened(page)
            for scheme, background in SCHEMES.items():
                # The app follows the system without being loaded again.
                page.emulate_media(color_scheme=scheme)
                page.wait_for_function(f"{BACKGROUND} === '{background}'")
                # Another scheme has other colours, and nothing else.
                rules = None if scheme == "light" else ["color-contrast"]
                problems += [f"{width} px, {scheme}: {problem}" for problem in serious_violations(page, rules)]
    assert not problems, "\n".join(problems)


def serious_violations(page, rules: list[str] | None = None) -> list[str]:
    """What axe-core calls serious or critical, and headings that leave a level out, one line an element.

    ``rules``: the only ones to look for, by axe-core's names; None: all.
    """
    options: dict = {"resultTypes": ["violations"]}  # what passes is not described one element after another
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    response = Axe().run(page, context={"exclude": EXCLUDED}, options=options).response
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for violation in response["violations"]
        if violation["impact"] in ("serious", "critical") or violation["id"] == "heading-order"
        for node in violation["nodes"]
    ]
