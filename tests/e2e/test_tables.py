"""Tables on a phone: all columns are in sight, nothing has to be moved sideways."""

from __future__ import annotations

import pytest

from seg.texts.en import TEXTS as EN
from seg.texts.zh import TEXTS as ZH
from seg.training import blend
from seg.training.blend import SHARES, Blend, Quality
from seg.training.runs import PRIVATE
from tests.e2e.test_app import heading, settled
from tests.ui.train.helpers import make_run

PHONE = {"width": 390, "height": 844}
# By how much each table is wider than its place, and what it is: React draws a table's cells for screen readers.
HIDDEN = """() => [...document.querySelectorAll('[data-testid=stDataFrame]')].map(table => {
    const scroller = table.querySelector('.dvn-scroller');
    const first = table.querySelector('[role=columnheader]');
    return [first ? first.textContent : '', scroller.scrollWidth - scroller.clientWidth];
})"""


def tables_on_a_phone(page, address: str, name: str, texts) -> list[tuple[str, int]]:
    """The tables of a page by their first column: how many pixels of each are out of sight."""
    page.set_viewport_size(PHONE)
    page.goto(address)
    heading(page, name, texts)
    settled(page)
    page.locator("[data-testid=stDataFrame] .dvn-scroller").first.wait_for()
    settled(page)
    return [tuple(row) for row in page.evaluate(HIDDEN)]


LANGUAGES = pytest.mark.parametrize(("language", "texts"), [("en", EN), ("zh", ZH)], ids=["en", "zh"])


@LANGUAGES
def test_before_and_after_fits_a_phone(serve, page, tmp_path, language, texts):
    run = make_run(tmp_path, "finished", 4, "corrections")
    (run.folder / PRIVATE).touch()
    run.keep_start(run.weights)
    blend.keep_measured(run, [Blend(share, Quality(0.5, 0.6, 3), Quality(0.8, 0.85, 37)) for share in SHARES])
    tables = tables_on_a_phone(page, f"{serve()}/train?lang={language}&runs={run.id}", "train", texts)
    page.get_by_text(texts["pairs"]["columns_are"]).wait_for()
    assert (texts["pairs"]["share_column"], 0) in tables, tables


@LANGUAGES
@pytest.mark.parametrize(("section", "count"), [("network", 1), ("article", 2)])
def test_a_table_of_inside_fits_a_phone(app, page, language, texts, section, count):
    tables = tables_on_a_phone(page, f"{app}/inside?lang={language}&section={section}", "inside", texts)
    assert [hidden for _, hidden in tables] == [0] * count, tables
