"""Many photos, as ``predict`` segments them, beside the network alone."""

from __future__ import annotations

import pytest

from seg.benchmark import prediction

pytest_plugins = ["tests.narrow_fixtures"]


def test_the_network_trimaps_and_all_parts_are_timed_and_compared(weights, monkeypatch):
    monkeypatch.setattr(prediction, "SMALL_PIXELS", 4_000)
    monkeypatch.setattr(prediction, "LARGE_PIXELS", 10_000)
    facts = prediction.predict_benchmark(weights, photos=3)
    timed = (
        "network_in_turn",
        "network",
        "trimaps",
        "all_parts",
        "all_parts_in_turn",
        "large_cutouts",
        "large_cutouts_in_turn",
    )
    assert all(facts[name]["seconds"] > 0 and facts[name]["processor_seconds"] > 0 for name in timed)
    best = min(facts["network"]["seconds"], facts["network_in_turn"]["seconds"])
    assert facts["trimaps_share"] == pytest.approx(best / facts["trimaps"]["seconds"])
    assert (facts["photos"], facts["large_photos"]) == (3, 1)
