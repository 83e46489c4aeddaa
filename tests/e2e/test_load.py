"""Many at once, as `benchmark --visitors` measures it."""

from __future__ import annotations

from seg.benchmark.visitors import PHOTOS_EACH, load_test


def test_all_visitors_are_served_and_how_long_they_wait_is_measured(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_CACHE", str(tmp_path))
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    (row,) = load_test((5,), size=(120, 160))
    assert (row["visitors"], row["photos"]) == (5, 5 * PHOTOS_EACH)
    assert 0 < row["median_seconds"] <= row["p95_seconds"]
    assert row["photos_per_second"] > 0
