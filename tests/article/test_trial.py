"""The trial of a mistake: both sides on the same photos, what is written, and that it stops."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.article import trial as room
from seg.article.trial import MISTAKES, RIGHT, SIDES, WRONG, Trial, recipe, smoothly_resized_labels, train
from seg.data.dataset import SAMPLE_FOLDER, Dataset
from seg.data.examples import Examples
from seg.network.weights import WeightsError
from seg.training.film import Moment

pytest_plugins = ["tests.narrow_fixtures"]


@pytest.fixture
def trial(tmp_path: Path, narrow, pets, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A trial of two steps of tiny photos by the narrow network, which has no ImageNet weights."""
    for name, value in {"STEPS": 2, "BATCH": 2, "SIZE": 32, "SAMPLE_FOLDER": pets, "WATCHED": 1}.items():
        monkeypatch.setattr(room, name, value)
    monkeypatch.setattr(room, "recipe", lambda *which: replace(recipe(*which), encoder="none"))
    (tmp_path / "trial.json").write_text(json.dumps({"mistake": "pairing", "started": 1.0}))
    return Trial(tmp_path)


def test_both_sides_are_trained_step_by_step_and_measured(trial):
    train(trial)
    assert trial.run.status().state == "finished"
    facts = trial.facts()
    assert len(facts["losses"]) == 2 and all(len(both) == 2 for both in facts["losses"])
    assert facts["losses"][0][0] != facts["losses"][0][1], "the wrong side was given other trimaps"
    assert set(facts["mean_iou"]) == set(SIDES) and facts["started"] == 1.0
    assert [len(trial.film(side).facts()["photos"]) for side in SIDES] == [1, 1], "as many as are watched, not all"
    frames = [trial.film(side).frames() for side in SIDES]
    assert [list(each) for each in frames] == [[Moment(1, step) for step in (0, 1, 2)]] * 2
    first, other = (np.asarray(Image.open(each[Moment(1, 0)].labels)) for each in frames)
    np.testing.assert_array_equal(first, other)


def test_a_trial_stops_after_its_step_and_keeps_what_it_has(trial, monkeypatch):
    write = Trial.write
    monkeypatch.setattr(Trial, "write", lambda self, **facts: (write(self, **facts), self.run.request_stop()))
    train(trial)
    assert trial.run.status().state == "stopped"
    assert len(trial.facts()["losses"]) == 1 and "mean_iou" not in trial.facts()


def test_a_trial_that_fails_says_why(trial, monkeypatch):
    monkeypatch.setattr(room, "recipe", lambda *which: replace(recipe(*which), encoder="/nowhere.safetensors"))
    with pytest.raises(WeightsError):
        train(trial)
    assert trial.run.status().state == "failed" and "nowhere" in trial.run.status().message


def test_the_sides_differ_by_the_mistake_alone():
    for mistake in MISTAKES:
        right, wrong = (recipe(mistake, side) for side in (RIGHT, WRONG))
        differences = {
            "scaling": right.scaling != wrong.scaling,
            "frozen": right.phases[0].frozen_blocks != wrong.phases[0].frozen_blocks,
        }
        assert [name for name, differs in differences.items() if differs] == {
            "scaling": ["scaling"],
            "preprocessing": ["scaling"],
            "encoder": ["frozen"],
        }.get(mistake, [])


def test_smoothly_resized_trimaps_put_background_between_pet_and_border():
    examples = Examples(Dataset.open(SAMPLE_FOLDER).split("train")[:4], 128)
    true = [examples[index][1] for index in range(4)]
    smooth = [smoothly_resized_labels(sample, 128) for sample in examples.samples]
    agreement = np.mean(np.stack(true) == np.stack(smooth))
    assert 0.9 < agreement < 0.99
    shares = [np.mean(np.stack(labels) == 1) for labels in (true, smooth)]
    assert shares[1] > shares[0]


@pytest.mark.parametrize("damage", ["", "[]", '{"mistake": "none"}'])
def test_a_damaged_trial_is_none(tmp_path, damage):
    (tmp_path / "trial.json").write_text(damage)
    assert Trial(tmp_path).facts() == {}
