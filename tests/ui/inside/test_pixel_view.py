"""Why this pixel: what a visitor reads about a pixel that he has chosen."""

from __future__ import annotations

import numpy as np
import pytest

from seg.inference.why import BATCH
from seg.network.architecture import TAPS
from seg.serve import networks
from seg.serve.caches import Cache
from seg.ui.inside import photo_view, pixel_view
from seg.ui.inside.pixel_picker import pixels_in
from tests.ui.inside.helpers import EN, pictures, said, visit


class Answers:
    """A segmenter of which the page uses the engine alone."""

    def __init__(self) -> None:
        self.engine, self.photos = self, 0

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.photos += len(batch)
        return np.broadcast_to(np.float32([0.2, 0.5, 0.3]), (*batch.shape[:3], 3))


@pytest.fixture
def answers(monkeypatch) -> Answers:
    answers = Answers()
    monkeypatch.setattr(networks, "segmenter", lambda weights: answers)
    return answers


def test_the_middle_of_the_photo_is_explained_before_anything_is_chosen(answers):
    app = visit("pixel")
    assert EN["pixel_at"].format(letter="A", row=32, column=32) in said(app)
    assert EN["pixel_at"].format(letter="B", row=32, column=32) not in said(app)
    classes, taps = (table.value for table in app.main.dataframe)
    assert list(classes.iloc[:, 0]) == ["pet", "background", "border"]
    assert sum(float(value.rstrip("%")) for value in classes.iloc[:, 1]) == pytest.approx(100, abs=0.2)
    assert list(taps.iloc[:, 1]) == list(TAPS)
    assert any(caption.startswith("Orange speaks for") for caption in pictures(app))


def test_the_photo_is_covered_once_for_all_pixels_and_visitors(answers):
    visit("pixel")
    covered = answers.photos
    visit("pixel")
    assert answers.photos == covered > 1


def test_probabilities_are_shown_before_all_parts_of_the_photo_have_been_covered(answers, monkeypatch):
    monkeypatch.setattr(photo_view, "INPUT_SIZE", 96)
    app = visit("pixel")
    assert [len(table.value) for table in app.main.dataframe] == [3, len(TAPS)]
    assert EN["pixel_nowhere"] not in said(app)
    (progress,) = app.main.get("progress")
    assert progress.proto.text == EN["pixel_covering"].format(done=BATCH, squares=16)
    app.run()
    assert EN["pixel_nowhere"] in said(app) and not app.main.get("progress")
    assert answers.photos == 1 + 16


def test_covering_ends_where_the_shared_answers_have_no_room(answers, monkeypatch):
    monkeypatch.setattr(pixel_view, "_kept_occlusions", Cache(1, lambda kept: kept.nbytes))
    app = visit("pixel")
    for _ in range(20):
        app.run()
    covered = answers.photos
    assert EN["pixel_nowhere"] in said(app) and not app.run().exception
    assert answers.photos == covered


def test_a_photo_of_which_no_part_counts_is_told_so(answers):
    assert EN["pixel_nowhere"] in said(visit("pixel"))


@pytest.mark.parametrize(
    ("place", "says"),
    [((32, 32), "here"), ((90, 32), "below"), ((2, 40), "above"), ((40, 2), "left"), ((20, 92), "right")],
)
def test_where_the_evidence_lies_is_told_from_the_pixel(place, says):
    evidence = np.zeros((96, 96), np.float32)
    evidence[place] = np.log(4)
    words = EN[f"pixel_place_{says}"]
    assert pixel_view._where(evidence, (32, 32)) == EN["pixel_for"].format(place=words, times="4.0")


def test_what_speaks_against_the_answer_is_told_where_it_weighs_more():
    evidence = np.zeros((96, 96), np.float32)
    evidence[60:80, 20:40] = np.log(4)  # below
    evidence[30:40, 30:40] = -np.log(9)  # around the pixel
    says = pixel_view._where(evidence, (32, 32))
    assert EN["pixel_for"].format(place=EN["pixel_place_below"], times="4.0") in says
    assert EN["pixel_against"].format(place=EN["pixel_place_here"], times="9.0") in says
    assert EN["pixel_against"].partition("{")[0] not in pixel_view._where(evidence.clip(-0.5), (32, 32))


@pytest.mark.parametrize(
    "answer",
    [None, "1", {"0": 1}, [[1]], [[1, 2, 3]], [["1", 2]], [[1.5, 2]], [[-1, 2]], [[64, 2]], [[True, 2]], [None]],
)
def test_what_is_no_pixel_is_left_out(answer):
    assert pixels_in(answer, 64) == []


def test_two_pixels_at_most_are_taken():
    assert pixels_in([[1, 2], [3, 4], [5, 6]], 64) == [(1, 2), (3, 4)]
