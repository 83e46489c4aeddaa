"""A second look: small pets are seen again, larger; wide photos in parts; answers have no seams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seg.classes import PETS
from seg.inference.parts import LARGEST_SIDE, overlapping, see
from seg.inference.second_look import (
    LARGEST_ANSWER,
    WORK,
    DetailError,
    first_size,
    largest_learned,
    look_again,
    most_squeezed,
    plan,
)
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo

SIZE = 64
GREY, ORANGE = (128, 128, 128), (255, 120, 0)


class Coarse:
    """An engine that calls pet what is orange; it averages squares of 8 pixels before, as a network sees no more."""

    name, precision = "coarse", "float32"

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.seen.append(batch.shape[:3])
        count, height, width, _ = batch.shape
        orange = (batch[..., 0] - batch[..., 2]) / 255
        blocks = orange.reshape(count, height // 8, 8, width // 8, 8).mean(axis=(2, 4))
        pet = np.clip(blocks, 0, 1).repeat(8, axis=1).repeat(8, axis=2)
        return np.stack([pet, 1 - pet, np.zeros_like(pet)], axis=-1).astype(np.float32)

    @property
    def work(self) -> float:
        """What it has seen, in squares of the first look."""
        return sum(float(np.prod(shape)) for shape in self.seen) / SIZE**2


class Constant:
    """An engine that answers the same everywhere."""

    name, precision = "constant", "float32"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        return np.full((*batch.shape[:3], 3), (0.5, 0.3, 0.2), np.float32)


@pytest.fixture
def engine() -> Coarse:
    return Coarse()


@pytest.fixture
def segmenter(engine) -> Segmenter:
    return Segmenter(engine, WeightsInfo(Path("coarse"), "imagenet"), SIZE)


def photo_of(height: int, width: int, *pets: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A grey photo with orange pets, each ``(top, left, height, width)``, and where they are, bool ``(H, W)``."""
    pixels, is_pet = np.full((height, width, 3), GREY, np.uint8), np.zeros((height, width), bool)
    for top, left, high, wide in pets:
        pixels[top : top + high, left : left + wide] = ORANGE
        is_pet[top : top + high, left : left + wide] = True
    return pixels, is_pet


def iou(predicted: np.ndarray, true: np.ndarray) -> float:
    return float((predicted & true).sum() / max(1, (predicted | true).sum()))


def pet_iou(segmenter: Segmenter, photo: tuple[np.ndarray, np.ndarray], detail: str) -> float:
    return iou(segmenter(photo[0], detail).labels == PETS["pet"].label, photo[1])


# In parts


@pytest.mark.parametrize("length", [*range(32, 1024, 32), 2240, 22400])
def test_parts_cover_a_side_and_their_weights_sum_to_one(length):
    total, parts = np.zeros(length), overlapping(length)
    for part, weights in parts:
        assert part.stop - part.start == len(weights) <= LARGEST_SIDE
        assert len(weights) % 32 == 0
        assert weights.min() > 0
        total[part] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert len(parts) == 1 or length > LARGEST_SIDE


def test_constant_answers_are_blended_without_a_seam():
    answer = see(Constant(), photo_of(60, 700)[0], (448, 1312))
    assert answer.shape == (448, 1312, 3)
    np.testing.assert_allclose(answer, np.broadcast_to(np.float32([0.5, 0.3, 0.2]), answer.shape), atol=1e-6)


def test_parts_whose_answers_differ_are_blended_without_a_step():
    class Rising:
        """Each part's answer is surer than that of the one before."""

        name, precision = "rising", "float32"
        calls = 0

        def probabilities(self, batch):
            self.calls += 1
            pet = np.full(batch.shape[:3], self.calls / 10, np.float32)
            return np.stack([pet, 1 - pet, np.zeros_like(pet)], axis=-1)

    pet = see(Rising(), photo_of(64, 640)[0], (64, 1280))[32, :, 0]
    assert pet[0] == pytest.approx(0.1) and pet[-1] > 0.35
    assert np.abs(np.diff(pet)).max() < 0.1 / 50


# Where it pays


def test_small_pets_are_outlined_better_at_a_second_look(segmenter, engine):
    photo = photo_of(400, 400, (101, 83, 37, 45), (330, 290, 41, 29))
    once = pet_iou(segmenter, photo, "fast")
    assert engine.seen == [(1, SIZE, SIZE)]
    assert pet_iou(segmenter, photo, "balanced") > once + 0.1
    assert pet_iou(segmenter, photo, "fine") > once + 0.1


def test_a_large_pet_is_looked_at_once(segmenter, engine):
    photo, _ = photo_of(300, 400, (40, 60, 220, 260))
    answers = {detail: segmenter(photo, detail).network_probabilities for detail in ("fast", "balanced")}
    np.testing.assert_array_equal(answers["balanced"], answers["fast"])
    assert engine.seen == [(1, SIZE, SIZE)] * 2


def test_without_a_pet_there_is_no_second_look(segmenter, engine):
    assert not segmenter(photo_of(300, 400)[0]).has_subject
    assert engine.seen == [(1, SIZE, SIZE)]


def test_a_second_look_leaves_no_seam_around_it():
    first = np.zeros((SIZE, SIZE, 3), np.float32)
    first[..., 1] = 1
    first[28:36, 28:36] = (1, 0, 0)
    answer = look_again(Constant(), photo_of(600, 600)[0], first, SIZE, "balanced", PETS)
    just_above_the_pet = answer[round(251 / 600 * len(answer)), :, 0]
    assert just_above_the_pet[0] == just_above_the_pet[-1] == 0
    assert just_above_the_pet.max() > 0.1, "the row crosses the second look"
    assert np.abs(np.diff(just_above_the_pet)).max() < 0.05
    np.testing.assert_allclose(answer.sum(axis=2), 1, atol=1e-5)


@pytest.mark.parametrize("detail", ["balanced", "fine"])
def test_the_work_of_a_second_look_has_a_limit(segmenter, engine, detail):
    places = range(20, 1900, 110)
    photo, _ = photo_of(2000, 2000, *[(top, left, 40, 40) for top in places for left in places])
    answer = segmenter(photo, detail)
    assert engine.work < 1 + 1.6 * WORK[detail]  # parts overlap, and sides are rounded to 32 pixels
    assert answer.network_probabilities.shape[0] * answer.network_probabilities.shape[1] <= 1.01 * LARGEST_ANSWER


LEARNED_LARGE = {"recipe": {"phases": [{"size": SIZE, "sizes": [SIZE, 2 * SIZE]}]}}


def test_fine_sees_every_photo_larger_where_the_network_has_learned_from_images_so_large(engine):
    photo, is_pet = photo_of(300, 400, (40, 60, 220, 260))
    segmenter = Segmenter(engine, WeightsInfo(Path("coarse"), "imagenet", metadata=LEARNED_LARGE), SIZE)
    once, fine = pet_iou(segmenter, (photo, is_pet), "fast"), pet_iou(segmenter, (photo, is_pet), "fine")
    assert engine.seen == [(1, SIZE, SIZE)] * 3 + [(1, 96, 96), (1, 128, 128)]
    assert fine > once
    engine.seen.clear()
    assert segmenter(photo_of(100, 1000)[0], "fine").network_probabilities.shape[:2] == (SIZE, 10 * SIZE)
    assert {shape[1] for shape in engine.seen} == {SIZE}, "a long photo is a strip as high as ever"


def test_fine_sees_the_mirror_image_alone_where_the_network_knows_one_size(segmenter, engine):
    photo, _ = photo_of(300, 400, (40, 60, 220, 260))
    answer = segmenter(photo, "fine").network_probabilities
    assert engine.seen == [(1, SIZE, SIZE)] * 2
    mirrored = segmenter(photo[:, ::-1].copy(), "fine").network_probabilities
    np.testing.assert_allclose(mirrored[:, ::-1], answer, atol=1e-6)


@pytest.mark.parametrize(
    ("metadata", "side"),
    [
        (LEARNED_LARGE, 2 * SIZE),
        ({"recipe": {"phases": [{"size": 128}, {"size": 224, "sizes": None}]}}, 224),
        ({}, 0),
        ({"recipe": "article"}, 0),
        ({"recipe": {"phases": ["all", {"size": "large", "sizes": 416}]}}, 0),
    ],
)
def test_weights_say_how_large_the_images_were_from_which_they_learned(metadata, side):
    assert largest_learned(metadata) == side


def test_a_photo_is_never_shown_much_larger_than_it_is():
    first = np.zeros((SIZE, SIZE, 3), np.float32)
    first[..., 1] = 1
    first[30:34, 30:34] = (1, 0, 0)
    assert plan(first, (2000, 2000), SIZE, "balanced", PETS)
    assert plan(first, (24, 24), SIZE, "balanced", PETS) == []


# Wide and tall photos


@pytest.mark.parametrize("is_tall", [False, True])
@pytest.mark.parametrize("place", [20, 700, 1850])
def test_a_pet_in_a_photo_of_ten_to_one_is_found(segmenter, is_tall, place):
    pixels, is_pet = photo_of(200, 2000, (60, place, 80, 90))
    photo = (pixels.swapaxes(0, 1).copy(), is_pet.T) if is_tall else (pixels, is_pet)
    assert pet_iou(segmenter, photo, "fast") < 0.6
    for detail in ("balanced", "fine"):
        assert pet_iou(segmenter, photo, detail) > 0.7


def test_ordinary_photos_are_squeezed_and_wide_ones_become_a_strip_of_bounded_length():
    assert first_size((300, 400), 224, "balanced") == (224, 224)
    assert first_size((100, 1000), 224, "balanced") == (224, 2240)
    assert first_size((1000, 100), 224, "fine") == (2240, 224)
    assert first_size((100, 1000), 224, "fast") == (224, 224)
    assert first_size((1, 100_000), 224, "balanced") == (224, 2240)


def test_photos_as_long_as_those_of_the_training_are_squeezed_as_it_squeezed_them_and_seen_once():
    squeezed = most_squeezed({"data": {"ratio": 3.31}})
    assert first_size((375, 1242), 224, "balanced", squeezed) == (224, 224)
    assert first_size((100, 1000), 224, "balanced", squeezed) == (224, 2240)
    first = np.zeros((SIZE, SIZE, 3), np.float32)
    first[..., PETS["background"].label] = 1
    first[20:28, 20:28] = np.eye(3)[PETS["pet"].label]
    assert plan(first, (600, 600), SIZE, "balanced", PETS)
    assert plan(first, (375, 1242), SIZE, "balanced", PETS) == []


@pytest.mark.parametrize("metadata", [{}, {"data": None}, {"data": {"ratio": "wide"}}, {"data": {"ratio": 1.33}}])
def test_weights_that_learned_from_ordinary_photos_or_do_not_say_it_squeeze_two_to_one_at_most(metadata):
    assert most_squeezed(metadata) == 2


def test_photos_of_all_shapes_in_one_batch_are_answered_in_their_order(segmenter):
    shapes = [(300, 400), (100, 900), (200, 200), (900, 100), (3, 3)]
    answers = segmenter.batch([photo_of(*shape)[0] for shape in shapes])
    assert [answer.photo.size for answer in answers] == shapes
    assert [answer.labels.shape for answer in answers] == shapes


def test_a_detail_that_does_not_exist_is_refused_in_one_sentence(segmenter):
    with pytest.raises(DetailError, match=r"no detail closer: choose one of fast, balanced, fine\.$"):
        segmenter(photo_of(30, 30)[0], "closer")
