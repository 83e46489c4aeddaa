"""Six lessons, each at its own address."""

from __future__ import annotations

import json

import pytest

from seg.network.weights import weights_folder
from seg.texts import texts
from seg.ui.inside.lessons_view import LESSONS
from tests.ui.inside.helpers import said, visit

EN = texts("en")["lessons"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_something_to_read_to_do_and_to_answer_at_its_own_address(lesson):
    words = said(visit("lessons", lesson=lesson))
    for part in ("text", "do", "question", "answer"):
        assert EN[f"{lesson}_{part}"] in words
    others = [EN[f"{other}_text"] for other in LESSONS if other != lesson]
    assert not any(text in words for text in others)


def test_one_lesson_leads_to_the_next_and_the_last_to_none():
    app = visit("lessons")
    for lesson in list(LESSONS)[1:]:
        app.button(key="lesson-next").click().run()
        assert app.query_params["lesson"] == lesson
        assert EN[f"{lesson}_text"] in said(app)
    assert "lesson-next" not in [button.key for button in app.button]


def test_each_thing_to_do_is_one_press_away():
    for lesson in LESSONS:
        app = visit("lessons", lesson=lesson)
        labels = [link.proto.label for link in app.main.get("page_link")]
        pressed = [button.key for button in app.button if button.key == f"lesson-{lesson}"]
        assert len(labels) + len(pressed) == 1, lesson


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_lesson_says_of_the_network_that_ships_is_what_was_measured(language):
    report, lessons = json.loads((weights_folder() / "pets-report.json").read_text()), texts(language)["lessons"]
    for value in (f"{report['mean_iou']:.1%}", f"{report['pixel_accuracy']:.1%}", str(report["photos"])):
        assert value in lessons["judging_question"]
    for value in (*(f"{iou:.0%}" for iou in report["iou"].values()), f"{report['pet_iou_without_border']:.1%}"):
        assert value in lessons["judging_answer"]
    no_pets = report["no_pets"]
    assert str(no_pets["photos"]) in lessons["failing_text"]
    assert f" {no_pets['above_2_percent']:.0%}" in lessons["failing_text"]
