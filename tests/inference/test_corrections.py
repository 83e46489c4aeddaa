"""What a person paints is certain, follows at every size, and is checked before it is believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seg.classes import PETS
from seg.inference.corrections import (
    BACKGROUND,
    BORDER,
    LARGEST_RADIUS,
    MOST_POINTS,
    NOTHING,
    SUBJECT,
    UNITS,
    Corrections,
    CorrectionsError,
    corrected_labels,
    labels_of_cut_out,
)
from seg.inference.segmenter import Segmentation
from seg.photo import Photo


def stroke(role: str, *points: int, radius: int = 500) -> dict:
    return {"role": role, "radius": radius, "points": list(points)}


def painted(*strokes: dict) -> Corrections:
    return Corrections.from_list(list(strokes))


def left_half_is_pet(height: int, width: int, corrections: Corrections | None = None) -> Segmentation:
    """A grey photo of which the network is sure that its left half is the pet."""
    probabilities = np.full((32, 32, 3), 0.02, np.float32)
    probabilities[:, :16, 0] = probabilities[:, 16:, 1] = 0.96
    return Segmentation(
        Photo(np.full((height, width, 3), 128, np.uint8)), probabilities, 0.1, corrections=corrections or Corrections()
    )


def test_a_stroke_is_as_wide_as_its_brush_and_the_last_one_counts():
    drawn = painted(stroke("subject", 2000, 2500, 8000, 2500), stroke("border", 8000, 2500)).drawn((50, 100))
    assert drawn.shape == (50, 100) and drawn.dtype == np.uint8
    column = drawn[:, 50]
    assert set(np.flatnonzero(column == SUBJECT)) <= set(range(19, 31)) and (column[21:29] == SUBJECT).all()
    assert drawn[25, 80] == BORDER and drawn[25, 16] == SUBJECT
    assert drawn[25, 5] == drawn[5, 50] == NOTHING


@pytest.mark.parametrize("size", [(30, 60), (300, 600), (750, 1500)])
def test_labels_and_alpha_follow_at_every_size(size):
    corrections = painted(stroke("subject", 7500, 2500), stroke("background", 2000, 1000), stroke("border", 2000, 4000))
    result = left_half_is_pet(*size, corrections)
    unit = size[1] / UNITS
    at = {"subject": (2500, 7500), "background": (1000, 2000), "border": (4000, 2000)}
    at = {role: (round(row * unit), round(column * unit)) for role, (row, column) in at.items()}
    for role, place in at.items():
        assert result.labels[place] == getattr(PETS, role).label, role
        assert result.trimap[place] == getattr(PETS, role).value, role
    assert result.alpha[at["subject"]] == 1 and result.alpha[at["background"]] == 0
    assert result.labels[0, 0] == 0 and result.labels[0, -1] == 1, "the network's, where nothing is painted"
    assert result.cutout()[(*at["subject"], 3)] == 255 and result.cutout()[(*at["background"], 3)] == 0


def test_shares_and_whether_there_is_a_pet_follow():
    nothing = replace(
        left_half_is_pet(400, 400), network_probabilities=np.full((32, 32, 3), (0.0, 1.0, 0.0), np.float32)
    )
    assert not nothing.has_subject
    found = replace(nothing, corrections=painted(stroke("subject", 5000, 5000, radius=1000)))
    assert found.has_subject and found.shares["pet"] == pytest.approx(np.pi * 0.01, rel=0.1)


def test_within_a_painted_border_the_photo_decides():
    photo = np.full((100, 100, 3), (20, 60, 200), np.uint8)
    photo[:, :50] = photo[46:54, 50:58] = (220, 40, 30)  # a red paw, which the network does not see
    missed = replace(left_half_is_pet(100, 100), photo=Photo(photo))
    paw = painted(stroke("border", 5400, 5000, radius=1000))
    assert missed.alpha[47:53, 54:57].max() < 0.1
    corrected = replace(missed, corrections=paw).alpha
    assert corrected[47:53, 50:57].min() > 0.9
    assert corrected[42:44, 53:57].max() < 0.1


def test_classes_without_a_border_keep_their_labels_under_a_painted_one():
    classes = replace(PETS, members=PETS.members[:2])
    labels = np.zeros((10, 10), np.uint8)
    assert not corrected_labels(labels, painted(stroke("border", 5000, 5000)), classes).any()
    assert corrected_labels(labels, painted(stroke("background", 5000, 5000)), classes)[5, 5] == 1
    assert not labels.any(), "the labels given are left as they are"


def test_strokes_come_back_as_they_were_sent():
    rows = [stroke("subject", 0, 0, 10_000, 3), stroke("background", 1, 2, radius=1)]
    assert Corrections.from_list(rows).as_list() == rows
    assert hash(Corrections.from_list(rows)) == hash(painted(*rows))
    assert not Corrections.from_list([])


@pytest.mark.parametrize(
    "value",
    [
        None,
        "subject",
        {"role": "subject"},
        [None],
        ["ab"],
        [[1, 2]],
        [{}],
        [stroke("cat", 1, 1)],
        [{**stroke("subject", 1, 1), "role": ["subject"]}],
        [stroke("subject")],
        [stroke("subject", 1, 2, 3)],
        [stroke("subject", -1, 2)],
        [stroke("subject", UNITS + 1, 2)],
        [{**stroke("subject"), "points": [1.5, float("nan")]}],
        [{**stroke("subject"), "points": ["1", "2"]}],
        [{**stroke("subject"), "points": "12"}],
        [{**stroke("subject"), "points": [True, False]}],
        [stroke("subject", 1, 1, radius=0)],
        [stroke("subject", 1, 1, radius=LARGEST_RADIUS + 1)],
        [{**stroke("subject", 1, 1), "radius": True}],
        [{**stroke("subject", 1, 1), "radius": 10**400}],
    ],
)
def test_what_is_no_list_of_strokes_is_refused_in_a_sentence(value):
    with pytest.raises(CorrectionsError) as refused:
        Corrections.from_list(value)
    assert refused.value.code == "corrections_form"


def test_more_points_than_a_photo_may_have_are_refused():
    full = [stroke("subject", *[5, 5] * (MOST_POINTS - 1)), stroke("subject", 1, 1)]
    assert len(Corrections.from_list(full).strokes) == 2
    with pytest.raises(CorrectionsError) as refused:
        Corrections.from_list([*full, stroke("subject", 1, 1)])
    assert refused.value.code == "corrections_many"


def test_nothing_of_the_photo_is_hidden_by_strokes_of_background_alone():
    everywhere = painted(*[stroke("background", 0, y, UNITS, y, radius=1000) for y in range(0, UNITS, 1000)])
    assert not left_half_is_pet(100, 100, everywhere).alpha.any()
    assert (everywhere.drawn((100, 100)) == BACKGROUND).all()


def test_labels_of_a_cut_out_have_neither_its_islands_nor_its_holes_and_no_border_around_nothing():
    pet, background, border = PETS["pet"].label, PETS["background"].label, PETS["border"].label
    labels = np.full((20, 40), background, np.uint8)
    labels[4:16, 4:16] = border
    labels[5:15, 5:15] = pet
    labels[9:11, 9:11] = background  # a hole that the cut-out fills
    labels[4:9, 30:35] = border
    labels[5:8, 31:34] = pet  # an island that the cut-out leaves out
    alpha = np.zeros((20, 40), np.float32)
    alpha[5:15, 5:15] = 1
    agreeing = labels_of_cut_out(labels, alpha, PETS)
    assert (agreeing[5:15, 5:15] == pet).all() and (agreeing[4, 4:16] == border).all()
    assert (agreeing[:, 20:] == background).all()
    assert (labels[9:11, 9:11] == background).all(), "what was given stays as it was"
