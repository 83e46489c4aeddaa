"""The losses, the precisions and the moving average of a training step."""

from __future__ import annotations

import numpy as np
import pytest

from seg import metrics
from seg.classes import IGNORED, PETS, Classes
from seg.network.weights import read_tensors
from seg.training.model import Model
from seg.training.step import TrainingStep, cross_entropy, soft_jaccard_loss
from tests.narrow import EVERYTHING, tiny_phase, tiny_recipe
from tests.narrow_trainings import FROZEN, new_run


def test_an_average_of_the_weights_is_validated_and_changes_nothing_in_the_training(pets, tmp_path, again):
    plain = new_run(tiny_recipe(FROZEN), pets, tmp_path).train()
    for row, averaged in zip(plain.run.history(), again.run.history(), strict=True):
        assert averaged["loss"] == pytest.approx(row["loss"], rel=1e-6)
        assert averaged["val_loss"] != pytest.approx(row["val_loss"], rel=1e-4)


def test_the_jaccard_loss_of_certain_logits_is_what_mean_iou_lacks():
    random = np.random.default_rng(3)
    labels, predicted = random.integers(0, 3, (2, 2, 64, 64)).astype(np.int32)
    logits = (100 * np.eye(3, dtype=np.float32))[predicted]
    measured = metrics.mean_iou(metrics.confusion_matrix(labels, predicted, 3))
    assert float(soft_jaccard_loss(labels, logits)) == pytest.approx(1 - measured, abs=1e-3)
    right = (100 * np.eye(3, dtype=np.float32))[labels]
    assert float(soft_jaccard_loss(labels, right)) == pytest.approx(0, abs=1e-6)
    blank = np.zeros_like(labels)  # two classes that are neither true nor predicted
    assert float(soft_jaccard_loss(blank, (100 * np.eye(3, dtype=np.float32))[blank])) == pytest.approx(0, abs=1e-6)


def test_the_jaccard_loss_is_followed_and_the_loss_shown_stays_the_cross_entropy(pets, tmp_path, again):
    watched = new_run(tiny_recipe(FROZEN, jaccard=50.0), pets, tmp_path).train()
    first, plain = watched.run.live()[0], again.run.live()[0]
    assert first["loss"] == pytest.approx(plain["loss"], rel=0.05)
    assert watched.run.history()[-1]["loss"] != pytest.approx(again.run.history()[-1]["loss"], rel=1e-5)


def test_bfloat16_trains_and_writes_weights_that_float32_reads(pets, tmp_path):
    phase = tiny_phase(**EVERYTHING)
    watched = new_run(tiny_recipe(phase, precision="mixed_bfloat16", ema_decay=0.9), pets, tmp_path).train()
    (row,) = watched.run.history()
    assert np.isfinite([row["loss"], row["val_loss"]]).all()
    assert "mixed_bfloat16" in (watched.run.folder / "log.txt").read_text()
    tensors = read_tensors(watched.run.weights)
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())


def small_step(precision: str, classes: Classes = PETS, **settings) -> TrainingStep:
    recipe = tiny_recipe(precision=precision, **settings)
    step = TrainingStep(Model(recipe, classes, precision), recipe)
    step.begin_phase(tiny_phase(**EVERYTHING), 10, precision)
    return step


def weights_of(step: TrainingStep) -> list[np.ndarray]:
    return [np.array(weight) for weight in step.model.network.trainable_variables]


def test_encoder_and_decoder_learn_at_rates_of_their_own():
    step = small_step("float32")
    decoder, encoder = step.optimizers
    images, labels = np.full((2, 32, 32, 3), 100, np.float32), np.zeros((2, 32, 32), np.uint8)
    before = weights_of(step)
    step(images, labels)
    assert (int(decoder.iterations), int(encoder.iterations)) == (1, 1)
    assert all((weight != old).any() for weight, old in zip(weights_of(step), before, strict=True))
    counts = [len(optimizer._trainable_variables) for optimizer in step.optimizers]
    assert sum(counts) == len(before) and min(counts) > 0


def test_with_float16_a_step_whose_gradients_overflow_changes_no_weights_and_halves_the_scale():
    step = small_step("mixed_float16")
    images, labels = np.full((2, 32, 32, 3), 100, np.float32), np.zeros((2, 32, 32), np.uint8)
    step.optimizer.dynamic_scale.assign(1e38)
    before = weights_of(step)
    loss, _ = step(images, labels)
    assert np.isfinite(loss)
    assert all((weight == old).all() for weight, old in zip(weights_of(step), before, strict=True))
    assert float(step.optimizer.dynamic_scale) == pytest.approx(0.5e38, rel=1e-6)
    step.optimizer.dynamic_scale.assign(1024)
    step(images, labels)
    assert any((weight != old).any() for weight, old in zip(weights_of(step), before, strict=True))
    assert "optimizer/loss_scale" in step.optimizer_variables()


PETS_AND_VOID = Classes.from_list(
    [*PETS.as_list(), {"name": "void", "value": 255, "colour": [0, 0, 0], "role": "void"}]
)


def test_pixels_that_are_not_labelled_have_no_loss():
    random = np.random.default_rng(5)
    logits = random.normal(0, 3, (2, 8, 8, 3)).astype(np.float32)
    labels = random.integers(0, 3, (2, 8, 8)).astype(np.int32)
    is_void = random.random(labels.shape) < 0.4
    with_void = np.where(is_void, IGNORED, labels).astype(np.int32)
    plain = np.asarray(cross_entropy(labels, logits, has_void=False))
    np.testing.assert_array_equal(np.asarray(cross_entropy(with_void, logits, True)), np.where(is_void, 0, plain))
    # The Jaccard loss is that of the labelled pixels alone.
    alone = soft_jaccard_loss(labels[~is_void][None, None], logits[~is_void][None, None])
    assert float(soft_jaccard_loss(with_void, logits, True)) == pytest.approx(float(alone), rel=1e-5)


def test_the_loss_of_a_step_is_the_mean_over_what_is_labelled_and_nothing_else_is_counted():
    random = np.random.default_rng(6)
    images = random.integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    labels = random.integers(0, 3, (2, 32, 32)).astype(np.uint8)
    labels[:, :20] = IGNORED
    step = small_step("float32", PETS_AND_VOID)
    logits = np.asarray(step.model.logits(images, training=True))[labels != IGNORED]
    true = labels[labels != IGNORED]
    likelihood = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss, confusion = step(images, labels)
    assert loss == pytest.approx(-np.log(likelihood[np.arange(len(true)), true]).mean(), rel=1e-5)
    np.testing.assert_array_equal(confusion, metrics.confusion_matrix(true, logits.argmax(axis=1), 3))


def test_a_batch_that_is_labelled_nowhere_changes_no_weights():
    step = small_step("float32", PETS_AND_VOID, jaccard=0.5)
    before = weights_of(step)
    images = np.random.default_rng(7).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    loss, confusion = step(images, np.full((2, 32, 32), IGNORED, np.uint8))
    assert loss == 0 and not confusion.any()
    for weight, kept in zip(weights_of(step), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
