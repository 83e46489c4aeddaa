"""The losses, the precisions and the moving average of a training step."""

from __future__ import annotations

import numpy as np
import pytest

from seg import metrics
from seg.classes import PETS
from seg.network.weights import read_tensors
from seg.training.model import Model
from seg.training.step import TrainingStep, soft_jaccard_loss
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


def small_step(precision: str) -> TrainingStep:
    recipe = tiny_recipe(precision=precision)
    step = TrainingStep(Model(recipe, PETS, precision), recipe)
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
