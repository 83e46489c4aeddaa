"""A mistake of the article put back, on its page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from seg.article.trial import MISTAKES, Trial
from seg.serve import trials
from tests.ui.inside.helpers import EN, said, visit
from tests.ui.train.test_film_view import add_film, player


@pytest.fixture
def trial(tmp_path) -> Trial:
    """A trial that was finished, as its folder would be."""
    trial = Trial(trials.folder())
    (trial.folder).mkdir(parents=True)
    facts = {"mistake": "pairing", "started": 7.0, "losses": [[1.1, 1.2], [0.9, 1.1]]}
    (trial.folder / "trial.json").write_text(json.dumps({**facts, "mean_iou": {"right": 0.555, "wrong": 0.376}}))
    for side in ("right", "wrong"):
        add_film(trial.film(side))
    trial.run.set_status(replace(trial.run.status(), state="finished", message="", code=""))
    return trial


def test_every_switch_is_offered_and_nothing_is_trained_before_the_button(monkeypatch):
    asked = []
    monkeypatch.setattr(trials, "start", lambda visitor, mistake: asked.append(mistake))
    app = visit("article")
    assert list(app.button_group(key="inside-mistake").options) == [EN[f"trial_{name}"] for name in MISTAKES]
    assert not asked and player(app) is None
    app.button_group(key="inside-mistake").set_value("trimaps").run()
    app.button(key="trial-start").click().run()
    assert asked == ["trimaps"]


def test_loss_metrics_and_films_of_both_sides_stand_side_by_side(trial):
    app = visit("article")
    assert {metric.value for metric in app.main.metric} == {"55.5%", "37.6%"}
    assert [film["title"] for film in player(app)["films"]] == [EN["trial_right"], EN["trial_wrong"]]
    assert EN["trial_labels"] in said(app)
    assert not app.exception and not app.error


def test_a_trial_that_runs_shows_its_step_and_can_be_stopped(trial):
    with trial.run.claim():
        trial.run.set_status(replace(trial.run.status(), state="running", step=5, steps=20, activity="training"))
        app = visit("article")
        assert "trial-start" not in {button.key for button in app.main.button}
        assert [bar.proto.text for bar in app.main.get("progress")] == [EN["trial_step"].format(step=5, steps=20)]
        app.button(key="trial-stop").click().run()
        assert trial.run.status().state == "stopping"


def test_a_stranger_sees_the_trial_and_starts_none(trial, visitor):
    visitor(listens_on=None)
    app = visit("article")
    assert "trial-start" not in {button.key for button in app.main.button}
    assert player(app) is not None
