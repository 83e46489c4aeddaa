"""What a choice costs, measured by a button on the Results page."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from seg.evaluation.costs import Choice, Cost
from seg.serve import costs as served
from seg.texts import texts
from seg.ui.results import costs_view
from tests.ui.results.helpers import EN, has_button, visit

USUAL = Choice("openvino", 224)
CHOICES = [USUAL, Choice("openvino", 160), Choice("openvino", 224, mirror=True)]


@pytest.fixture
def go_on(monkeypatch, weights):
    """A measurement that needs no network; its second choice waits until the event is set."""
    event = threading.Event()

    def measure(path, chosen, progress, data):
        for place, choice in enumerate(chosen):
            if place:
                assert event.wait(20)
            progress(choice, 1, 2)
            yield Cost(choice, 0.7 + place / 100, 10.0 * (place + 1), 300.0)

    for module in (served, costs_view):
        monkeypatch.setattr(module, "choices", lambda path: CHOICES)
    monkeypatch.setattr(served, "measure", measure)
    yield event
    event.set()
    served.measurements.wait(20)
    served.measurements.clear()


def test_nothing_is_measured_before_the_button_and_rows_come_one_by_one(go_on):
    at = visit(show="costs")
    assert at.button(key="costs-start").label == EN["costs_start"].format(count=3)
    assert not at.dataframe
    at.button(key="costs-start").click().run()
    for _ in range(100):
        if at.dataframe:
            break
        at.run()
    assert len(at.dataframe[0].value) == 1
    go_on.set()
    served.measurements.wait(20)
    at.run()
    table = at.dataframe[0].value
    assert list(table[EN["costs_choice"]]) == ["openvino, 224 px, one look", "160 px", "mirror image, too"]
    assert list(table[EN["costs_milliseconds"]]) == [10.0, 20.0, 30.0]
    # What was measured stays for the next visitor.
    assert len(visit(show="costs").dataframe[0].value) == 3


def test_a_measurement_is_stopped_and_keeps_what_it_knows(go_on):
    at = visit(show="costs")
    at.button(key="costs-start").click().run()
    at.button(key="costs-stop").click().run()
    go_on.set()
    served.measurements.wait(20)
    at.run()
    assert EN["costs_stopped"] in [info.value for info in at.info]
    assert has_button(at, "costs-start")


def test_a_stranger_sees_what_was_measured_and_starts_nothing(go_on, visitor):
    visitor(listens_on=None)
    at = visit(show="costs")
    assert not has_button(at, "costs-start") and at.info


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_dot_of_the_chart_has_its_number(language):
    words = texts(language)
    titles = [words["results"][f"costs_{name}"] for name in ("number", "choice", "milliseconds", "megabytes")]
    mean_iou = words["common"]["mean_iou"]
    table = pd.DataFrame([[1, 0.8, "int8", 62.0, 179]], columns=[titles[0], mean_iou, *titles[1:]])
    dots, chart = costs_view._chart(table, mean_iou, *titles)
    channels = [channel for layer in chart["layer"] for channel in layer["encoding"].values()]
    fields = [channel["field"] for channel in channels if "field" in channel]
    assert set(fields) <= set(dots) and not any(mark in field for field in fields for mark in ".[]")
    assert dots[chart["layer"][1]["encoding"]["text"]["field"]].tolist() == [1]
