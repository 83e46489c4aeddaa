"""The message of a run's status is a text of every language; older runs have an English sentence alone."""

from __future__ import annotations

import json

import pytest

from seg.photo import PhotoError
from seg.training.recipe import RecipeError
from seg.training.status import Status


def read_back(status: Status) -> Status:
    return Status.read(json.loads(json.dumps(status.as_dict())))


def test_a_message_is_told_in_every_language():
    status = read_back(Status().with_message("run.stopped_after_epoch", epoch=3, command="seg"))
    assert status.message == status.sentence("en") == "stopped after epoch 3: go on with `seg`"
    assert status.sentence("zh").startswith("已在第 3 轮之后停止")


def test_an_error_within_an_error_is_told_in_every_language(tmp_path):
    error = PhotoError("in_file", name=tmp_path / "a", reason=RecipeError("recipe_epochs"))
    status = read_back(Status(epoch=2).failed(error))
    assert (status.state, status.epoch, status.eta) == ("failed", 2, None)
    assert status.message == error.sentence("en")
    assert status.sentence("zh") == error.sentence("zh")


def test_a_status_of_an_earlier_version_or_with_an_unknown_text_has_its_english_sentence():
    assert Status(message="the disk is full.").sentence("zh") == "the disk is full."
    assert Status(message="hello", code="run.unheard_of").sentence("zh") == "hello"


def test_progress_counts_finished_epochs_and_the_steps_of_this_one():
    assert Status(epoch=1, epochs=4, step=5, steps=10).progress == 0.375
    assert Status(epoch=4, epochs=4, step=10, steps=10).progress == 1.0
    assert Status().progress == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": []},
        {"code": 5},
        {"values": None},
        {"epochs": "3"},
        {"epoch": -1},
        {"seconds": float("nan")},
        {"eta": float("inf")},
        {"loss": {}},
        {"new": 1},
        [],
        None,
    ],
)
def test_a_status_of_other_kinds_of_values_is_none(wrong):
    with pytest.raises(TypeError):
        Status.read(wrong if not isinstance(wrong, dict) else Status().as_dict() | wrong)


@pytest.mark.parametrize(
    ("code", "values"),
    [("no section", {}), ("run.waiting", {"language": 1}), ("run.stopped_in_epoch", {"step": {"x": 1}})],
)
def test_a_message_whose_values_do_not_fill_its_text_is_told_in_english(code, values):
    assert Status(code=code, values=values, message="as it was").sentence("zh") == "as it was"
