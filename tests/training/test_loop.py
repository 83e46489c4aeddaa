"""What a training writes down, and that the same recipe gives the same again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from seg import metrics
from seg.data.dataset import Dataset
from seg.data.examples import Examples
from seg.network.weights import read_info
from seg.pictures import triptych_grid
from seg.training.errors import TrainingError
from seg.training.features import FeatureStore
from seg.training.recipe import Recipe
from seg.training.runs import RunError
from seg.training.train import train
from seg.training.validation import Validation
from tests.narrow import VALIDATION, tiny_phase, tiny_recipe
from tests.narrow_trainings import METRICS, TWO_PHASES, leftovers, new_run


def test_a_finished_run_leaves_what_it_measured_and_nothing_half_done(finished):
    assert {path.name for path in finished.run.folder.iterdir()} == {
        "recipe.json",
        "data.json",
        "status.json",
        "history.csv",
        "steps.csv",
        "weights.safetensors",
        "triptychs",
        "film",
        "tensorboard",
        "log.txt",
        "lock",
        "provenance.json",
    }
    assert leftovers(finished.run.folder) == []
    assert finished.run.recipe == TWO_PHASES
    assert "6 photos to train, 3 to validate" in (finished.run.folder / "log.txt").read_text()
    status = finished.run.status()
    assert (status.state, status.epoch, status.epochs, status.progress, status.eta) == ("finished", 4, 4, 1.0, None)
    assert not finished.run.is_alive()


def test_the_history_has_every_metric_of_training_and_validation_after_each_epoch(finished):
    history = finished.run.history()
    columns = {*METRICS, *(f"val_{name}" for name in METRICS), "seconds", "photos_per_second", "val_seconds"}
    for row in history:
        assert set(row) == columns | {"val_photos_per_second", "epoch", "phase", "size"}
        assert row["photos_per_second"] > 0 and row["val_photos_per_second"] > 0
        for prefix in ("", "val_"):
            assert 0 < row[f"{prefix}loss"] < 20
            iou = [row[f"{prefix}iou_{name}"] for name in ("pet", "background", "border")]
            assert all(0 <= value <= 1 for value in (*iou, row[f"{prefix}pixel_accuracy"]))
            assert row[f"{prefix}mean_iou"] == pytest.approx(np.mean(iou))
    assert [(row["epoch"], row["phase"], row["size"]) for row in history] == [
        (1, 1, 32),
        (2, 1, 32),
        (3, 2, 32),
        (4, 2, 32),
    ]
    assert history[3]["val_loss"] < history[0]["val_loss"]


def test_the_status_has_phase_epoch_step_and_time_to_go(finished):
    states = list(dict.fromkeys(status.state for status in finished.statuses))
    assert states == ["starting", "running", "finished"]
    steps = [(s.phase, s.epoch + 1, s.step) for s in finished.statuses if s.activity == "training" and s.step]
    expected = [(phase, epoch, step) for phase, epoch in ((1, 1), (1, 2), (2, 3), (2, 4)) for step in (1, 2, 3)]
    assert list(dict.fromkeys(steps)) == expected
    going = [status for status in finished.statuses if status.eta is not None]
    assert all(status.eta >= 0 and status.steps == 3 and status.epochs == 4 for status in going)
    assert [status.progress for status in finished.statuses] == sorted(status.progress for status in finished.statuses)
    assert any(status.activity == "validating" for status in finished.statuses)


def test_the_live_metrics_go_on_from_step_to_step(finished):
    rows = finished.run.live()
    assert [row["epoch"] for row in rows] == pytest.approx([step / 3 for step in range(1, 13)], abs=1e-3)
    assert set(rows[0]) == {"epoch", *METRICS}


def test_tensorboard_finds_training_and_validation_of_each_epoch(finished):
    import tensorflow as tf
    from tensorflow.core.util import event_pb2

    written: dict[str, list[tuple[int, float]]] = {}
    for path in (finished.run.folder / "tensorboard").iterdir():
        for record in tf.data.TFRecordDataset(str(path)):
            event = event_pb2.Event.FromString(record.numpy())
            for value in event.summary.value:
                written.setdefault(value.tag, []).append((event.step, float(tf.make_ndarray(value.tensor))))
    for name in METRICS:
        for tag, column in ((name, name), (f"validation/{name}", f"val_{name}")):
            expected = [(row["epoch"], pytest.approx(row[column])) for row in finished.run.history()]
            assert written[tag] == expected


def test_each_epoch_draws_the_same_three_validation_photos(finished, pets):
    paths = finished.run.triptychs()
    assert [path.name for path in paths] == [f"epoch-{number:03d}.png" for number in (1, 2, 3, 4)]
    sheets = [np.asarray(Image.open(path)) for path in paths]
    examples = Examples([Dataset.open(pets)[name] for name in VALIDATION], 32)
    wanted = triptych_grid([(*examples[i], examples[i][1]) for i in range(3)], with_words=False)
    truth = slice(0, 8 + 2 * 232)  # photo and true trimap; what follows is the prediction
    for sheet in sheets:
        np.testing.assert_array_equal(sheet[:, truth], wanted[:, truth])
    assert any((sheet != sheets[0]).any() for sheet in sheets[1:])


def test_the_weights_are_those_of_the_best_epoch_with_its_metrics(finished, pets):
    from seg.network.weights import load_network

    info = read_info(finished.run.weights)
    history = finished.run.history()
    best = max(history, key=lambda row: (row["val_mean_iou"], row["epoch"]))
    status = finished.run.status()
    assert info.metadata["epoch"] == best["epoch"] == status.best_epoch
    assert info.mean_iou == status.best_mean_iou == pytest.approx(best["val_mean_iou"])
    assert info.metrics["iou"]["pet"] == pytest.approx(best["val_iou_pet"])
    assert (info.metrics["split"], info.metrics["photos"]) == ("validation", 3)
    assert Recipe.from_json(json.dumps(info.metadata["recipe"])) == TWO_PHASES
    assert info.metadata["run"] == finished.run.id
    # The metrics must be of these very weights: the averaged ones.
    network = load_network(finished.run.weights)
    examples = Examples([Dataset.open(pets)[name] for name in VALIDATION], 32)
    images, labels = (np.stack(column) for column in zip(*(examples[i] for i in range(3)), strict=True))
    predicted = np.asarray(network(images.astype(np.float32))).argmax(-1)
    measured = metrics.mean_iou(metrics.confusion_matrix(labels, predicted))
    assert measured == pytest.approx(best["val_mean_iou"], abs=0.005)


def test_the_best_epoch_by_validation_is_kept_though_a_later_one_is_worse(pets, tmp_path, monkeypatch):
    scores = iter([0.5, 0.7, 0.6])
    row = dict.fromkeys(METRICS, 0.1)
    monkeypatch.setattr(Validation, "measure", lambda *_: {**row, "mean_iou": next(scores)})
    watched = new_run(tiny_recipe(tiny_phase(epochs=3)), pets, tmp_path).train()
    assert read_info(watched.run.weights).metadata["epoch"] == 2
    status = watched.run.status()
    assert (status.best_epoch, status.best_mean_iou) == (2, 0.7)


def test_a_finished_run_is_not_trained_again(finished):
    before = finished.run.weights.read_bytes()
    with pytest.raises(RunError, match="has finished: start another"):
        train(run=finished.run)
    assert finished.run.weights.read_bytes() == before
    assert finished.run.status().state == "finished"


def test_the_same_recipe_on_the_same_data_gives_the_same_losses(finished, again):
    for first, second in zip(finished.run.history(), again.run.history(), strict=False):
        assert second["loss"] == pytest.approx(first["loss"], rel=1e-6)
        assert second["val_loss"] == pytest.approx(first["val_loss"], rel=1e-6)


def test_stored_features_give_the_losses_that_photos_give(pets, tmp_path, again, monkeypatch):
    monkeypatch.setattr(FeatureStore, "fits", lambda *_: False)
    without = new_run(again.run.recipe, pets, tmp_path).train()
    for photos, stored in zip(without.run.history(), again.run.history(), strict=True):
        assert stored["loss"] == pytest.approx(photos["loss"], rel=2e-3)  # stored as float16
        assert stored["val_loss"] == pytest.approx(photos["val_loss"], rel=2e-3)
        assert stored["loss"] != photos["loss"]  # or nothing was stored


def test_a_run_starts_from_the_weights_of_another(finished, pets, tmp_path):
    still = tiny_phase(steps=1, decoder_learning_rate=1e-12)
    watched = new_run(tiny_recipe(still, start=str(finished.run.folder)), pets, tmp_path).train()
    assert watched.run.history()[0]["val_mean_iou"] == pytest.approx(finished.run.status().best_mean_iou, abs=0.005)


def test_weights_of_another_input_scaling_are_refused_with_what_to_do(finished, pets, tmp_path):
    watched = new_run(tiny_recipe(start=str(finished.run.folder), scaling="raw"), pets, tmp_path)
    with pytest.raises(TrainingError, match="trained with input scaling imagenet: set --scaling imagenet"):
        watched.train()
    assert watched.run.status().state == "failed"


def test_without_validation_photos_the_training_metrics_decide(small_dataset, tmp_path):
    lone = small_dataset(("pug_9", "pug_2"), trainval=("pug_9",), test=("pug_2",))
    watched = new_run(tiny_recipe(), lone, tmp_path / "runs").train()
    (row,) = watched.run.history()
    assert not any(row.get(f"val_{name}") for name in METRICS)
    assert watched.run.status().best_mean_iou == pytest.approx(row["mean_iou"])
    metrics = read_info(watched.run.weights).metrics
    assert (metrics["split"], metrics["photos"]) == ("train", 1)
    assert len(watched.run.triptychs()) == 1
