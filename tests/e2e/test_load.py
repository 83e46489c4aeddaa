"""Many at once, as `benchmark --visitors` measures it."""

from __future__ import annotations

import os

import pytest

from seg.benchmark.browser import has_browser
from seg.benchmark.soak import soak
from seg.benchmark.tabs import closed_tabs
from seg.benchmark.visitors import PHOTOS_EACH, load_test

pytestmark = pytest.mark.slow


@pytest.fixture
def chromium() -> None:
    """The measurement starts a browser itself: Playwright allows one at a time in a thread."""
    if not has_browser():
        (pytest.fail if os.environ.get("SEG_E2E") == "required" else pytest.skip)("no chromium on this machine")


def test_all_visitors_are_served_and_how_long_they_wait_is_measured(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_CACHE", str(tmp_path))
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    (row,) = load_test((5,), size=(120, 160))
    assert (row["visitors"], row["photos"]) == (5, 5 * PHOTOS_EACH)
    assert 0 < row["median_seconds"] <= row["p95_seconds"]
    assert row["photos_per_second"] > 0


def test_a_small_soak_over_pages_and_api_finds_no_error(chromium):
    facts = soak(photos=20, clients=4, rest=1, seed=1)
    assert facts["pages"] and facts["errors"] == []
    assert facts["at_the_end"]["temporary_files"] == 0


def test_the_memory_of_closed_tabs_is_watched(chromium):
    facts = closed_tabs(tabs=1, photos=21, megapixels=0.05, seconds=5)  # one more than a gallery shows at once
    assert facts["most_mb"] >= facts["before_mb"] > 100
    assert facts["passed"] is (facts["seconds_until_given_back"] is not None)
