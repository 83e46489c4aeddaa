"""Where a training stands, in words."""

from __future__ import annotations

import pytest

from seg.texts import en, zh
from seg.training import runs
from seg.ui.shared import run_status


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")]
)
def test_times_are_said_as_people_say_them(seconds, said):
    assert run_status.duration(seconds) == said


@pytest.mark.parametrize("texts", [en.TEXTS, zh.TEXTS])
def test_every_state_has_its_word(texts):
    states = {*runs.ACTIVE, "stopped", "finished", "failed", "interrupted"}
    assert {f"state_{state}" for state in states} <= set(texts["train"])
