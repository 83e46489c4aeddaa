"""The curves of trainings."""

from __future__ import annotations

from seg.colours import SERIES
from seg.ui.train import curves_view


def test_curves_are_live_within_the_epoch_for_one_run_and_by_epoch_for_several(active):
    history, live = active.history(), active.live()
    alone = curves_view._points(active.id, history, live, "loss")
    assert [row["epoch"] for row in alone if row["split"] == "training"] == [0.5, 2.25]
    assert [row["value"] for row in alone if row["split"] == "validation"] == [1.1, 0.55]
    together = curves_view._points(active.id, history, [], "loss")
    assert [row["epoch"] for row in together if row["split"] == "training"] == [1, 2]


def test_a_long_run_has_no_more_points_than_a_chart_can_show_and_keeps_the_last():
    rows = [{"epoch": number} for number in range(10_001)]
    thinned = curves_view._thinned(rows)
    assert len(thinned) <= curves_view.MOST_POINTS
    assert thinned[-1] == rows[-1]


def test_the_legend_names_what_was_measured_and_nothing_else():
    rows = [{"run": "a", "split": "validation", "epoch": number, "value": 0.5} for number in (1, 2)]
    layers = curves_view._chart(rows, ["a"], "mean_iou")["layer"]
    assert layers[0]["encoding"]["color"]["scale"] == {"domain": ["validation"], "range": [SERIES[1]]}
