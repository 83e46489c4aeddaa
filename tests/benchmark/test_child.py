"""A process for each measurement: its errors, and the spread of times."""

from __future__ import annotations

import pytest

from seg.benchmark.child import BenchmarkError, in_child, spread
from seg.photo import PhotoError


def test_a_spread_has_the_median_and_the_95th_percentile():
    assert spread(range(101)) == {"median_seconds": 50, "p95_seconds": 95}


def test_a_child_that_fails_is_told_in_one_sentence():
    with pytest.raises(BenchmarkError, match="the pace does not run here: ZeroDivisionError"):
        in_child("the pace", divided, 1, 0)
    with pytest.raises(BenchmarkError, match=r"keras does not run here: a\.jpg does not exist: check the path"):
        in_child("keras", refused, "a.jpg")


def divided(number: float, by: float) -> dict:
    return {"quotient": number / by}


def refused(name: str) -> dict:
    raise PhotoError("photo_missing", name=name)
