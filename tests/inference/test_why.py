"""Why the network answers as it does at one pixel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seg.inference.inside import Inside
from seg.inference.why import BATCH, Occlusions, contributions, log_odds, occlude
from seg.network.architecture import TAPS, receptive_fields

pytest_plugins = ["tests.narrow_fixtures"]


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def test_log_odds_are_those_of_the_probability():
    logits = np.array([1.5, -0.5, 3.0], np.float32)
    for label, probability in enumerate(softmax(logits)):
        assert log_odds(logits, label) == pytest.approx(np.log(probability / (1 - probability)), rel=1e-5)


def test_log_odds_of_huge_logits_stay_finite():
    assert log_odds(np.array([2000.0, -2000.0, 0.0]), 0) == pytest.approx(2000)


def test_a_tap_adds_what_is_lost_without_it(narrow, weights):
    inside = Inside(weights)
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    whole, *without = inside.logits(image, (None, *TAPS))
    adds = contributions(whole, dict(zip(TAPS, without, strict=True)), 20, 30, 1)
    with_all, left = inside.probabilities(image, (None, "block5_pool"))[:, 20, 30, 1]
    lost = np.log(with_all / (1 - with_all)) - np.log(left / (1 - left))
    assert adds["block5_pool"] == pytest.approx(lost, rel=1e-2, abs=1e-3)
    assert set(adds) == set(TAPS) and all(value != 0 for value in adds.values())


class Corner:
    """Calls everything pet while its upper left corner is bright: every pixel's answer rests on that corner alone."""

    name = precision = "corner"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        bright = batch[:, 4:20, 4:20].mean(axis=(1, 2, 3)) > 200
        answers = np.where(bright[:, np.newaxis], [0.9, 0.05, 0.05], [0.2, 0.7, 0.1]).astype(np.float32)
        return np.broadcast_to(answers[:, np.newaxis, np.newaxis], (*batch.shape[:3], 3))


def test_what_is_covered_counts_where_the_answer_rests_on_it():
    image = np.full((96, 128, 3), 50, np.uint8)
    image[:24, :24] = 255
    occlusions = occlude(Corner(), image)
    evidence = occlusions.evidence(80, 120, 0)
    assert evidence.shape == (96, 128)
    fall = np.log(0.9 / 0.1) - np.log(0.2 / 0.8)
    assert evidence[:20, :20] == pytest.approx(np.full((20, 20), fall), rel=2e-2)
    assert not evidence[60:].any() and not evidence[:, 60:].any()
    assert occlusions.evidence(80, 120, 1)[10, 10] < 0, "and speaks against the other class"


@pytest.mark.parametrize("classes", [2, 3, 12, 64, 200])
def test_the_answers_take_about_as_much_memory_whatever_the_network_tells_apart(classes):
    class Street(Corner):
        def probabilities(self, batch):
            return np.full((*batch.shape[:3], classes), 1 / classes, np.float32)

    image = np.zeros((224, 224, 3), np.uint8)
    occlusions = Occlusions(image, classes)
    assert occlusions.nbytes < 10_000_000
    occlusions.go_on(Street())
    assert occlusions.done == BATCH and Occlusions(image).nbytes > 6_000_000


def test_every_part_of_the_photo_is_covered_once_at_least():
    class Counting(Corner):
        def probabilities(self, batch):
            covered.append((batch == batch[..., :1]).all(axis=3) & (batch[..., 0] != 10))
            return super().probabilities(batch)

    covered: list[np.ndarray] = []
    image = np.full((64, 96, 3), (10, 20, 200), np.uint8)
    image[0, 0] = (10, 10, 11)
    occlude(Counting(), image)
    mean = image.reshape(-1, 3).mean(axis=0)
    assert len(set(mean)) > 1
    answered = np.concatenate(covered)
    assert len(answered) == 1 + 3 * 4


def test_squares_are_asked_about_a_few_at_a_time_and_none_twice_by_several_threads():
    class Slow(Corner):
        def probabilities(self, batch):
            asked.append(len(batch))
            return super().probabilities(batch)

    asked: list[int] = []
    occlusions = Occlusions(np.full((96, 128, 3), 50, np.uint8), 3)
    squares = len(occlusions.places)
    occlusions.go_on(Slow())
    assert occlusions.done == BATCH < squares and asked == [1, BATCH]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: occlusions.go_on(Slow()), range(8)))
    assert occlusions.is_complete and sum(asked) == 1 + squares


@pytest.mark.parametrize("tap", TAPS)
def test_a_tap_sees_its_receptive_field_and_nothing_else(narrow, weights, tap):
    inside, field = Inside(weights), receptive_fields()[tap]
    image = np.random.default_rng(1).integers(0, 256, (512, 512, 3)).astype(np.uint8)
    place = 256 // field.stride
    begin, end = (int(value) for value in field.around(256))
    before = inside.activations(image, tap)[place, place]
    outside = image.copy()
    outside[:begin] = outside[end:] = outside[:, :begin] = outside[:, end:] = 0
    np.testing.assert_allclose(inside.activations(outside, tap)[place, place], before, rtol=1e-4, atol=1e-4)


def test_receptive_fields_are_those_of_vgg16():
    fields = receptive_fields()
    assert [(fields[tap].side, fields[tap].stride) for tap in TAPS] == [(40, 4), (92, 8), (196, 16), (212, 32)]
