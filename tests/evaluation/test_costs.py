"""What a choice costs: which choices there are, what a process measures, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from seg.evaluation import costs
from seg.evaluation.costs import Choice, CostError, choices, measure
from seg.evaluation.evaluate import evaluate
from seg.inference.segmenter import Segmenter
from seg.network.weights import find_weights, read_info


def test_choices_differ_from_the_usual_one_in_one_thing():
    usual, *others = choices()
    assert usual.size == read_info(find_weights()).input_size and usual.detail == "fast" and not usual.mirror
    for choice in others:
        fields = ("engine", "size", "detail", "mirror")
        assert sum(getattr(choice, name) != getattr(usual, name) for name in fields) == 1
    assert len(set(others)) == len(others)


@pytest.fixture
def few_photos(monkeypatch, small_dataset):
    """A sample of eight tiny photos, two of them for the test, here and in the processes."""
    root = small_dataset(folder="sample")
    monkeypatch.setattr(costs, "SAMPLE_FOLDER", root)
    return root


def test_a_process_measures_what_evaluate_does(few_photos, capsys):
    choice = Choice("openvino", 64)
    costs._measure_here(str(find_weights()), choice, few_photos)
    *steps, facts = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert steps == [{"done": 1, "photos": 2}, {"done": 2, "photos": 2}]
    report = evaluate(Segmenter.load(engine="openvino", size=64), few_photos)
    assert facts["mean_iou"] == pytest.approx(report.as_dict()["own_size"]["mean_iou"])
    assert facts["milliseconds"] > 0 and facts["megabytes"] > 50


def test_a_choice_that_fails_is_told_in_one_sentence():
    with pytest.raises(CostError, match=r"openvino could not be measured here: .*multiple"):
        list(measure(None, [replace(choices()[0], engine="openvino", size=33)]))


def test_whoever_watches_ends_the_measurement():
    class Enough(Exception):
        pass

    def stop(choice, done, photos):
        assert photos == costs.photos()
        raise Enough

    with pytest.raises(Enough):
        list(measure(None, choices(), stop))
