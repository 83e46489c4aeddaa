"""The estimate of the time that a training still takes."""

from __future__ import annotations

import pytest

from seg.training.epoch import Epoch
from seg.training.pace import Pace
from seg.training.recipe import Phase, Recipe

RECIPE = Recipe("test", (Phase(epochs=2, steps=None, batch=1, size=32),))
EPOCH = Epoch(RECIPE.phases[0], 10, 0)


def paced(is_typical: bool = True, seconds: float = 4.0, steps: int = 4) -> Pace:
    """Ten photos to train on, four to validate on; the first step takes a minute, as the one that builds the graph."""
    pace = Pace(RECIPE, 10, 4, 32)
    pace.begin_epoch(is_typical)
    pace.add_step(60.0, EPOCH.pixels_of(1))
    for step in range(2, steps + 1):
        pace.add_step(seconds, EPOCH.pixels_of(step))
    return pace


def test_the_first_step_which_builds_the_graph_does_not_count():
    # Six steps and then ten more of 4 s each; two validations of four photos at half a step's work.
    assert paced().seconds_left(0, 0, EPOCH, 4) == pytest.approx(16 * 4 + 2 * 8)


def test_a_measured_validation_takes_the_place_of_the_guess():
    pace = paced()
    pace.add_validation(3.0)
    assert pace.seconds_left(0, 0, EPOCH, 4) == pytest.approx(16 * 4 + 2 * 3)


def test_there_is_no_estimate_before_enough_has_been_measured():
    assert paced(seconds=0.5).seconds_left(0, 0, EPOCH, 4) is None
    assert paced(steps=1).seconds_left(0, 0, EPOCH, 1) is None


def test_an_epoch_that_fills_the_store_of_features_says_nothing_about_later_ones():
    pace = paced(is_typical=False)
    assert pace.seconds_left(0, 0, EPOCH, 4) is None
