"""``benchmark --choices`` prints what each choice costs."""

from __future__ import annotations

import json

import pytest

from seg.commands.main import main
from seg.evaluation import costs
from seg.evaluation.costs import Choice, Cost


@pytest.fixture(autouse=True)
def measured(monkeypatch):
    """Two choices whose costs are known at once."""
    chosen = [Choice("openvino", 224), Choice("openvino", 160, mirror=True)]
    monkeypatch.setattr(costs, "choices", lambda weights: chosen)
    monkeypatch.setattr(
        costs, "measure", lambda weights, chosen, progress: [Cost(choice, 0.7512, 48.3, 331.0) for choice in chosen]
    )


def test_choices_are_printed_a_line_each(capsys):
    assert main(["benchmark", "--choices"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["openvino", "224", "px", "fast", "mean", "IoU", "0.751", "48.3", "ms", "331", "MB"]
    assert second.startswith("openvino 160 px fast mirror ")


def test_choices_are_json_for_programs(capsys):
    assert main(["benchmark", "--choices", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["split"], facts["photos"]) == ("test", 37)
    assert facts["choices"][0]["choice"] == {"engine": "openvino", "size": 224, "detail": "fast", "mirror": False}
