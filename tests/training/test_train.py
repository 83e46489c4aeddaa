"""Trainings that really run, on a narrow network and tiny pets: what they write down, and how they end and go on."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import seg
from seg import metrics
from seg.data.augmentation import Augmentation
from seg.data.dataset import Dataset, DatasetError
from seg.data.examples import Examples, NoPetPhotos
from seg.data.no_pets import is_held_back
from seg.network.weights import read_info, read_tensors
from seg.pictures import triptych_grid
from seg.training import train as training
from seg.training.provenance import commit_of, hash_of_names
from seg.training.recipe import Phase, Recipe
from seg.training.runs import Run, RunError, Status, create_run
from seg.training.train import TrainingError, plan_epoch, soft_jaccard_loss, train
from tests.narrow import EVERYTHING, VALIDATION, environment, tiny_phase, tiny_recipe, write_pets

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow", "told_at_every_step")

# Two epochs with a frozen encoder, two of everything; three steps each.
FROZEN = tiny_phase(epochs=2)
TWO_PHASES = tiny_recipe(FROZEN, tiny_phase(epochs=2, **EVERYTHING), ema_decay=0.9)
FIGURES = ("loss", "pixel_accuracy", "iou_pet", "iou_background", "iou_border", "mean_iou")


@pytest.fixture(scope="module")
def told_at_every_step() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "REPORT_EVERY", 0.0)
        yield


@dataclass
class Watched:
    """A run and every status it told."""

    run: Run
    told: list[Status] = field(default_factory=list)

    def train(self, at: Callable[[Status], object] | None = None) -> Watched:
        """Train, or go on; ``at`` is called with every status, while the training waits."""

        def report(status: Status) -> None:
            self.told.append(status)
            if at:
                at(status)

        train(run=self.run, report=report)
        return self

    def stopping_after(self, epoch: int, step: int) -> Watched:
        """Train until a stop, asked for after ``step`` of ``epoch``: one step later the training ends."""
        return self.train(lambda status: self.run.request_stop() if reached(status, epoch, step) else None)


def reached(status: Status, epoch: int, step: int) -> bool:
    return (status.activity, status.epoch + 1, status.step) == ("training", epoch, step)


def new_run(recipe: Recipe, pets: Path, folder: Path) -> Watched:
    return Watched(create_run(recipe, pets, "tiny pets", folder))


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".tmp"))]


@pytest.fixture(scope="module")
def finished(pets, tmp_path_factory) -> Watched:
    """A training from its first step to its last."""
    return new_run(TWO_PHASES, pets, tmp_path_factory.mktemp("finished")).train()


# What a run leaves


def test_a_finished_run_leaves_what_it_measured_and_nothing_half_done(finished):
    assert {path.name for path in finished.run.folder.iterdir()} == {
        "recipe.json",
        "data.json",
        "status.json",
        "history.csv",
        "steps.csv",
        "weights.safetensors",
        "triptychs",
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


def test_the_history_has_every_figure_for_training_and_validation_after_each_epoch(finished):
    history = finished.run.history()
    columns = {*FIGURES, *(f"val_{name}" for name in FIGURES), "seconds", "photos_per_second", "val_seconds"}
    for row in history:
        assert set(row) == columns | {"val_photos_per_second", "epoch", "phase", "size"}
        assert row["photos_per_second"] > 0 and row["val_photos_per_second"] > 0
        for prefix in ("", "val_"):
            assert 0 < row[f"{prefix}loss"] < 20
            own = [row[f"{prefix}iou_{name}"] for name in ("pet", "background", "border")]
            assert all(0 <= value <= 1 for value in (*own, row[f"{prefix}pixel_accuracy"]))
            assert row[f"{prefix}mean_iou"] == pytest.approx(np.mean(own))
    assert [(row["epoch"], row["phase"], row["size"]) for row in history] == [
        (1, 1, 32),
        (2, 1, 32),
        (3, 2, 32),
        (4, 2, 32),
    ]
    assert history[3]["val_loss"] < history[0]["val_loss"]


def test_the_status_tells_phase_epoch_step_and_time_to_go(finished):
    states = list(dict.fromkeys(status.state for status in finished.told))
    assert states == ["starting", "running", "finished"]
    steps = [(s.phase, s.epoch + 1, s.step) for s in finished.told if s.activity == "training" and s.step]
    expected = [(phase, epoch, step) for phase, epoch in ((1, 1), (1, 2), (2, 3), (2, 4)) for step in (1, 2, 3)]
    assert list(dict.fromkeys(steps)) == expected
    going = [status for status in finished.told if status.eta is not None]
    assert all(status.eta >= 0 and status.steps == 3 and status.epochs == 4 for status in going)
    assert [status.progress for status in finished.told] == sorted(status.progress for status in finished.told)
    assert any(status.activity == "validating" for status in finished.told)


def test_the_live_figures_go_on_from_step_to_step(finished):
    rows = finished.run.live()
    assert [row["epoch"] for row in rows] == pytest.approx([step / 3 for step in range(1, 13)], abs=1e-3)
    assert set(rows[0]) == {"epoch", *FIGURES}


def test_tensorboard_finds_training_and_validation_of_each_epoch(finished):
    import tensorflow as tf
    from tensorflow.core.util import event_pb2

    found: dict[str, list[tuple[int, float]]] = {}
    for path in (finished.run.folder / "tensorboard").iterdir():
        for record in tf.data.TFRecordDataset(str(path)):
            event = event_pb2.Event.FromString(record.numpy())
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, float(tf.make_ndarray(value.tensor))))
    for name in FIGURES:
        for tag, column in ((name, name), (f"validation/{name}", f"val_{name}")):
            expected = [(row["epoch"], pytest.approx(row[column])) for row in finished.run.history()]
            assert found[tag] == expected


def test_each_epoch_draws_the_same_three_validation_photos(finished, pets):
    paths = finished.run.triptychs()
    assert [path.name for path in paths] == [f"epoch-{number:03d}.png" for number in (1, 2, 3, 4)]
    sheets = [np.asarray(Image.open(path)) for path in paths]
    examples = Examples([Dataset.open(pets)[name] for name in VALIDATION], 32)
    wanted = triptych_grid([(*examples[i], examples[i][1]) for i in range(3)])
    truth = slice(0, 8 + 2 * 232)  # photo and true trimap; what follows is the prediction
    for sheet in sheets:
        np.testing.assert_array_equal(sheet[:, truth], wanted[:, truth])
    assert any((sheet != sheets[0]).any() for sheet in sheets[1:])


def test_the_weights_are_those_of_the_best_epoch_with_its_figures(finished, pets):
    from seg.network.weights import load_network

    info = read_info(finished.run.weights)
    history = finished.run.history()
    best = max(history, key=lambda row: (row["val_mean_iou"], row["epoch"]))
    status = finished.run.status()
    assert info.metadata["epoch"] == best["epoch"] == status.best_epoch
    assert info.mean_iou == status.best_mean_iou == pytest.approx(best["val_mean_iou"])
    assert info.metadata["figures"]["iou"]["pet"] == pytest.approx(best["val_iou_pet"])
    assert info.metadata["figures"]["measured_on"] == "3 validation photos"
    assert Recipe.from_json(json.dumps(info.metadata["recipe"])) == TWO_PHASES
    assert info.metadata["run"] == finished.run.id
    # The figures must be of these very weights: the averaged ones.
    network = load_network(finished.run.weights)
    examples = Examples([Dataset.open(pets)[name] for name in VALIDATION], 32)
    images, labels = (np.stack(own) for own in zip(*(examples[i] for i in range(3)), strict=True))
    predicted = np.asarray(network(images.astype(np.float32))).argmax(-1)
    measured = metrics.mean_iou(metrics.confusion_matrix(labels, predicted))
    assert measured == pytest.approx(best["val_mean_iou"], abs=0.005)


def test_the_best_epoch_by_validation_is_kept_though_a_later_one_is_worse(pets, tmp_path, monkeypatch):
    scores = iter([0.5, 0.7, 0.6])
    figures = dict.fromkeys(FIGURES, 0.1)
    monkeypatch.setattr(training._Training, "_judge", lambda *_: {**figures, "mean_iou": next(scores)})
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


# The same again


@pytest.fixture(scope="module")
def again(pets, tmp_path_factory) -> Watched:
    """The first two epochs of ``finished`` once more."""
    return new_run(tiny_recipe(FROZEN, ema_decay=0.9), pets, tmp_path_factory.mktemp("again")).train()


def test_the_same_recipe_on_the_same_data_gives_the_same_losses(finished, again):
    for first, second in zip(finished.run.history(), again.run.history(), strict=False):
        assert second["loss"] == pytest.approx(first["loss"], rel=1e-6)
        assert second["val_loss"] == pytest.approx(first["val_loss"], rel=1e-6)


def test_stored_features_give_the_losses_that_photos_give(pets, tmp_path, again, monkeypatch):
    monkeypatch.setattr(training.FeatureStore, "fits", lambda *_: False)
    without = new_run(again.run.recipe, pets, tmp_path).train()
    for own, stored in zip(without.run.history(), again.run.history(), strict=True):
        assert stored["loss"] == pytest.approx(own["loss"], rel=2e-3)  # stored as float16
        assert stored["val_loss"] == pytest.approx(own["val_loss"], rel=2e-3)
        assert stored["loss"] != own["loss"]  # or nothing was stored


def test_an_average_of_the_weights_is_judged_and_changes_nothing_in_the_training(pets, tmp_path, again):
    plain = new_run(tiny_recipe(FROZEN), pets, tmp_path).train()
    for own, averaged in zip(plain.run.history(), again.run.history(), strict=True):
        assert averaged["loss"] == pytest.approx(own["loss"], rel=1e-6)
        assert averaged["val_loss"] != pytest.approx(own["val_loss"], rel=1e-4)


def test_the_jaccard_loss_of_certain_logits_is_what_mean_iou_lacks():
    random = np.random.default_rng(3)
    labels, predicted = random.integers(0, 3, (2, 2, 64, 64)).astype(np.int32)
    logits = (100 * np.eye(3, dtype=np.float32))[predicted]
    measured = metrics.mean_iou(metrics.confusion_matrix(labels, predicted, 3))
    assert float(soft_jaccard_loss(labels, logits)) == pytest.approx(1 - measured, abs=1e-3)
    right = (100 * np.eye(3, dtype=np.float32))[labels]
    assert float(soft_jaccard_loss(labels, right)) == pytest.approx(0, abs=1e-6)
    blank = np.zeros_like(labels)  # two classes that are neither there nor found
    assert float(soft_jaccard_loss(blank, (100 * np.eye(3, dtype=np.float32))[blank])) == pytest.approx(0, abs=1e-6)


def test_the_jaccard_loss_is_followed_and_the_loss_told_stays_the_cross_entropy(pets, tmp_path, again):
    watched = new_run(tiny_recipe(FROZEN, jaccard=50.0), pets, tmp_path).train()
    first, plain = watched.run.live()[0], again.run.live()[0]
    assert first["loss"] == pytest.approx(plain["loss"], rel=0.05)
    assert watched.run.history()[-1]["loss"] != pytest.approx(again.run.history()[-1]["loss"], rel=1e-5)


def test_a_run_starts_from_the_weights_of_another(finished, pets, tmp_path):
    still = tiny_phase(steps=1, decoder_learning_rate=1e-12)
    watched = new_run(tiny_recipe(still, start=str(finished.run.folder)), pets, tmp_path).train()
    assert watched.run.history()[0]["val_mean_iou"] == pytest.approx(finished.run.status().best_mean_iou, abs=0.005)


def test_weights_of_another_input_scaling_are_refused_with_what_to_do(finished, pets, tmp_path):
    watched = new_run(tiny_recipe(start=str(finished.run.folder), scaling="raw"), pets, tmp_path)
    with pytest.raises(TrainingError, match="trained with input scaling imagenet: set --scaling imagenet"):
        watched.train()
    assert watched.run.status().state == "failed"


def test_bfloat16_trains_and_writes_weights_that_float32_reads(pets, tmp_path):
    phase = tiny_phase(**EVERYTHING)
    watched = new_run(tiny_recipe(phase, precision="mixed_bfloat16", ema_decay=0.9), pets, tmp_path).train()
    (row,) = watched.run.history()
    assert np.isfinite([row["loss"], row["val_loss"]]).all()
    assert "mixed_bfloat16" in (watched.run.folder / "log.txt").read_text()
    tensors = read_tensors(watched.run.weights)
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())


def test_without_validation_photos_the_training_figures_decide(small_dataset, tmp_path):
    lone = small_dataset(("pug_9", "pug_2"), trainval=("pug_9",), test=("pug_2",))
    watched = new_run(tiny_recipe(), lone, tmp_path / "runs").train()
    (row,) = watched.run.history()
    assert not any(row.get(f"val_{name}") for name in FIGURES)
    assert watched.run.status().best_mean_iou == pytest.approx(row["mean_iou"])
    assert read_info(watched.run.weights).metadata["figures"]["measured_on"] == "the training photos"
    assert len(watched.run.triptychs()) == 1


# Stopped and gone on with


@pytest.fixture(scope="module")
def resumed(pets, tmp_path_factory) -> tuple[Run, list[Status]]:
    """The training of ``finished``, stopped in both phases and between them, and the status after each part."""
    watched = new_run(TWO_PHASES, pets, tmp_path_factory.mktemp("resumed"))
    statuses = []
    # In the middle of epoch 1; after epoch 2, where the phase ends; in the middle of epoch 3.
    for epoch, step in ((1, 1), (2, 2), (3, 1)):
        watched.stopping_after(epoch, step)
        statuses.append(watched.run.status())
        assert watched.run.state_file.is_file()
        assert not watched.run.stop_file.exists()
    watched.train()
    return watched.run, [*statuses, watched.run.status()]


def test_photos_without_pets_are_trained_on_but_for_those_held_back_and_a_resumed_run_knows_them(
    pets, tmp_path, monkeypatch
):
    folder = tmp_path / "no-pets"
    folder.mkdir()
    for number in range(9):
        Image.new("RGB", (20, 20), (0, 10 * number, 0)).save(folder / f"thing-{number}.png")
    (folder / "broken.jpg").write_bytes(b"not a photo")
    shown = set()
    real = NoPetPhotos.__getitem__

    def watched(self, index):
        shown.add(self.photos[index].name)
        return real(self, index)

    monkeypatch.setattr(NoPetPhotos, "__getitem__", watched)
    phase = tiny_phase(epochs=2, augmentation=Augmentation(no_pet=0.5, far=0.5))
    stopped = train(
        tiny_recipe(phase),
        pets,
        no_pets=folder,
        runs=tmp_path / "runs",
        report=lambda status: status.epoch == 1 and run_of(tmp_path).request_stop(),
    )
    assert stopped.status().state == "stopped"
    assert shown and not any(is_held_back(folder / name) for name in shown)
    shown.clear()
    train(run=stopped)
    assert shown and not any(is_held_back(folder / name) for name in shown)
    assert "left out: broken.jpg is not a picture" in (stopped.folder / "log.txt").read_text()
    read = sum(not is_held_back(folder / f"thing-{number}.png") for number in range(9))
    assert read_info(stopped.weights).metadata["data"]["no_pets"] == read


# Sizes mixed, groups of pets, the mean of the last epochs, what made the weights


MIXED = tiny_recipe(
    tiny_phase(epochs=3, size=64, sizes=(32, 64, 96), **EVERYTHING), ema_decay=0.5, average_last=2, judge_size=32
)


@pytest.fixture(scope="module")
def mixed(pets, tmp_path_factory) -> Watched:
    return new_run(MIXED, pets, tmp_path_factory.mktemp("mixed")).train()


def test_an_epoch_of_mixed_sizes_shows_each_photo_once_in_steps_of_about_as_many_pixels():
    phase = Phase(epochs=1, size=224, batch=8, sizes=(160, 224, 224, 416))
    plan = plan_epoch(phase, 1000, 5)
    assert sum(photos for _, photos in plan) == 1000
    assert {step for step in plan[:-1]} == {(160, 16), (224, 8), (416, 2)}
    sizes = [size for size, _ in plan]
    assert 0.35 < sizes.count(224) / len(sizes) < 0.65
    assert plan == plan_epoch(phase, 1000, 5) != plan_epoch(phase, 1000, 6)
    assert plan_epoch(replace(phase, steps=3), 1000, 5) == plan[:3]
    assert plan_epoch(replace(phase, sizes=()), 20, 5) == [(224, 8), (224, 8), (224, 4)]


def test_a_run_of_mixed_sizes_that_was_stopped_within_an_epoch_ends_like_one_never_stopped(mixed, pets, tmp_path):
    stopped = new_run(MIXED, pets, tmp_path).stopping_after(2, 1)
    assert stopped.run.status().state == "stopped"
    stopped.train()
    for row, other in zip(stopped.run.history(), mixed.run.history(), strict=True):
        timed = ("seconds", "per_second")
        assert {k: v for k, v in row.items() if not k.endswith(timed)} == pytest.approx(
            {k: v for k, v in other.items() if not k.endswith(timed)}, abs=1e-4
        )
    tensors, others = read_tensors(stopped.run.weights), read_tensors(mixed.run.weights)
    assert all(np.allclose(tensors[name], others[name], atol=2e-3) for name in others)


def test_the_mean_of_the_last_epochs_is_kept_where_it_is_no_worse_than_the_best(pets, tmp_path, monkeypatch):
    kept: dict[str, dict[str, np.ndarray]] = {}
    judgements = iter([0.5, 0.5, 0.4, 0.5])
    judge = training._Training._judge

    def judged(self, *arguments):
        return {**judge(self, *arguments), "mean_iou": next(judgements)}

    monkeypatch.setattr(training._Training, "_judge", judged)
    rmtree = shutil.rmtree

    def read_before(folder, **more):
        kept.update({path.stem: read_tensors(path) for path in Path(folder).glob("*.safetensors")})
        rmtree(folder, **more)

    monkeypatch.setattr(training.shutil, "rmtree", read_before)
    run = new_run(MIXED, pets, tmp_path).train().run
    assert sorted(kept) == ["epoch-002", "epoch-003"], "the last two"
    for name, tensor in read_tensors(run.weights).items():
        assert np.allclose(tensor, np.mean([epoch[name] for epoch in kept.values()], axis=0), atol=1e-3)
    metadata = read_info(run.weights).metadata
    assert (metadata["averaged_epochs"], metadata["epoch"], metadata["figures"]["mean_iou"]) == (2, 3, 0.5)
    assert run.status().best_epoch == 3 and not run.last_epochs.exists()


def test_a_mean_of_the_last_epochs_that_is_worse_than_the_best_is_not_kept(pets, tmp_path, monkeypatch):
    judgements = iter([0.3, 0.5, 0.4, 0.49])
    judge = training._Training._judge
    monkeypatch.setattr(
        training._Training, "_judge", lambda self, *given: {**judge(self, *given), "mean_iou": next(judgements)}
    )
    run = new_run(MIXED, pets, tmp_path).train().run
    assert "averaged_epochs" not in read_info(run.weights).metadata
    assert (run.status().best_epoch, run.status().best_mean_iou) == (2, 0.5)


def test_photos_of_groups_are_trained_on_but_for_those_held_back_as_often_as_the_recipe_says(pets, tmp_path):
    groups = write_pets(tmp_path / "groups")
    names = {path.stem for path in (groups / "images").iterdir() if not is_held_back(path)}
    assert 0 < len(names) < 12
    run = train(tiny_recipe(group_repeats=2), pets, groups=groups, runs=tmp_path / "runs")
    assert (
        f"6 photos to train, 3 to validate, 0 without pets, {len(names)} of groups"
        in (run.folder / "log.txt").read_text()
    )
    assert run.data["groups"] == str(groups)
    assert read_info(run.weights).metadata["data"]["groups"] == len(names)
    assert run.status().steps == (6 + 2 * len(names)) / 2
    (entry,) = run.provenance()
    assert entry["photos"]["groups"] == {"count": len(names), "sha256": hash_of_names(names)}


def test_a_folder_of_groups_without_pairs_is_refused_before_there_is_a_run(pets, tmp_path):
    with pytest.raises(DatasetError):
        train(tiny_recipe(), pets, groups=tmp_path, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_run_and_its_weights_say_which_code_machine_and_photos_made_them(finished):
    import keras
    import tensorflow as tf

    (entry,) = finished.run.provenance()
    assert entry["photos"]["validation"] == {"count": 3, "sha256": hash_of_names(reversed(VALIDATION))}
    assert entry["photos"]["train"]["count"] == 6
    assert (entry["tensorflow"], entry["keras"], entry["precision"]) == (tf.__version__, keras.__version__, "float32")
    assert entry["version"] == seg.__version__ and entry["cpu"]
    assert read_info(finished.run.weights).metadata["provenance"] == [entry]


def test_the_commit_is_that_of_the_checkout_and_none_elsewhere(tmp_path):
    assert commit_of(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@x"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "file").write_text("a")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert commit_of(tmp_path) == head
    (tmp_path / "file").write_text("b")
    assert commit_of(tmp_path) == f"{head}-dirty"


def run_of(folder: Path) -> Run:
    return Run(next((folder / "runs").iterdir()))


def test_a_stop_finishes_the_step_saves_and_says_how_to_go_on(resumed):
    run, statuses = resumed
    command = f"go on with `python -m seg train --resume {run.id} --runs {run.folder.parent}`"
    assert [(status.state, status.message) for status in statuses[:3]] == [
        ("stopped", f"stopped after step 2 of epoch 1: {command}"),
        ("stopped", f"stopped after epoch 2: {command}"),
        ("stopped", f"stopped after step 2 of epoch 3: {command}"),
    ]


def test_a_run_stopped_and_gone_on_with_has_the_history_of_one_never_stopped(finished, resumed):
    run, statuses = resumed
    assert statuses[-1].state == "finished"
    for own, other in zip(run.history(), finished.run.history(), strict=True):
        for name in (*FIGURES, *(f"val_{name}" for name in FIGURES)):
            assert own[name] == pytest.approx(other[name], rel=1e-4, abs=1e-4), (own["epoch"], name)
    assert statuses[-1].best_epoch == finished.run.status().best_epoch


def test_the_live_figures_of_a_resumed_run_are_those_of_one_never_stopped(finished, resumed):
    whole = {row["epoch"]: row["loss"] for row in finished.run.live()}
    rows = resumed[0].live()
    assert [row["epoch"] for row in rows] == sorted({row["epoch"] for row in rows})
    assert len(rows) >= 10
    for row in rows:
        assert row["loss"] == pytest.approx(whole[row["epoch"]], rel=1e-4)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_like_a_request_and_the_old_handlers_come_back(pets, tmp_path, number):
    before = signal.getsignal(number)
    watched = new_run(tiny_recipe(tiny_phase(epochs=9)), pets, tmp_path)
    watched.train(lambda status: reached(status, 1, 1) and signal.raise_signal(number))
    assert watched.run.status().state == "stopped"
    assert signal.getsignal(number) is before
    if number == signal.SIGINT:
        # Impatient: the second one ends the training where it stands, here while the network is being loaded.
        with pytest.raises(KeyboardInterrupt):
            watched.train(lambda status: [signal.raise_signal(number) for _ in range(2)])
        assert watched.run.status().state == "interrupted"
        assert not watched.run.is_alive()


def test_a_stop_counts_from_the_first_moment_but_not_one_meant_for_a_process_that_died(finished, pets, tmp_path):
    start = Path(shutil.copy(finished.run.weights, tmp_path / "start.safetensors"))
    watched = new_run(tiny_recipe(start=str(start)), pets, tmp_path / "runs")
    watched.run.request_stop()
    in_a_thread = threading.Thread(target=watched.train)  # where no signal handler can be set
    in_a_thread.start()
    in_a_thread.join()
    assert watched.run.status().message.startswith("stopped after step 1 of epoch 1")
    start.unlink()  # a run that goes on has all it needs
    watched.run.set_status(Status(state="running"))
    watched.run.request_stop()
    assert watched.train().run.status().state == "finished"


# In a process of its own: a step takes a moment, and every step is saved.
SLOWLY = """
import sys, time
from seg.commands.main import main
from seg.network import fcn
from seg.training import train
from tests.narrow import NarrowLayers

def slowly(self, *arguments, **changes):
    tell(self, *arguments, **changes)
    time.sleep(0.15)

tell, train._Training._tell = train._Training._tell, slowly
fcn.layers, train.REPORT_EVERY, train.SAVE_EVERY = NarrowLayers(), 0, 0
sys.exit(main(sys.argv[1:]))
"""


@contextlib.contextmanager
def training_process(*arguments: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-c", SLOWLY, "train", *arguments, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(run: Run, process: subprocess.Popen, epoch: int) -> None:
    """Until the process is within a step of this epoch."""
    while not (run.status().state == "running" and run.status().epoch + 1 >= epoch and run.status().step in (1, 2)):
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        time.sleep(0.02)


def test_ctrl_c_ends_a_process_in_good_order_and_after_kill_9_the_run_still_reaches_its_end(pets, tmp_path):
    run = new_run(tiny_recipe(tiny_phase(epochs=12)), pets, tmp_path).run
    going_on = ("--resume", run.id, "--runs", str(tmp_path))
    with training_process(*going_on) as process:
        wait_for(run, process, epoch=2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 0
    result = json.loads(output)
    assert (result["run"], result["state"]) == (run.id, "stopped")
    assert f"go on with `python -m seg train --resume {run.id}" in result["message"]
    assert b"stopping after this step" in errors and b"Traceback" not in errors
    stopped_at = run.status().epoch

    with training_process(*going_on) as process:
        wait_for(run, process, epoch=stopped_at + 2)
        process.kill()
        process.wait()
    assert run.status().state == "interrupted"
    reached = len(run.history())
    assert stopped_at < reached < 12

    train(run=run)
    assert run.status().state == "finished"
    assert [row["epoch"] for row in run.history()] == list(range(1, 13))
    live = [row["epoch"] for row in run.live()]
    assert live == sorted(set(live))
    assert leftovers(run.folder) == []


def test_a_started_process_trains_on_after_the_one_that_started_it_has_ended(pets, tmp_path):
    recipe = tiny_recipe(tiny_phase(steps=1))  # of the whole network: nothing is narrow in that process
    run = new_run(recipe, pets, tmp_path).run
    starter = "import sys; from seg.training.runs import *; start_process(find_run(sys.argv[1], Path(sys.argv[2])))"
    subprocess.run([sys.executable, "-c", starter, run.id, str(tmp_path)], env=environment(), check=True, cwd=tmp_path)
    assert run.status().state == "starting"
    while run.status().state in ("starting", "running"):
        time.sleep(0.1)
    assert run.status().state == "finished", (run.folder / "output.txt").read_text()
    assert len(run.history()) == 1
    parameters = sum(tensor.size for tensor in read_tensors(run.weights).values())
    assert parameters == 26_369_987


# What goes wrong


@pytest.mark.parametrize("steps", [3, 1], ids=["in a step", "after the last step"])
def test_a_loss_that_is_lost_ends_the_run_and_the_weights_before_it_are_kept(pets, tmp_path, steps):
    absurd = tiny_phase(decoder_learning_rate=1e30, steps=steps)
    watched = new_run(tiny_recipe(tiny_phase(), absurd), pets, tmp_path)
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) .*epoch 2.*: lower the learning rate"):
        watched.train()
    status = watched.run.status()
    assert status.state == "failed"
    assert status.message.startswith("the loss became") and "\n" not in status.message
    assert len(watched.run.history()) == 1
    assert read_info(watched.run.weights).metadata["epoch"] == 1
    assert all(np.isfinite(tensor).all() for tensor in read_tensors(watched.run.weights).values())
    assert leftovers(watched.run.folder) == []


@pytest.mark.parametrize("phase", [FROZEN, tiny_phase(epochs=2, **EVERYTHING)], ids=["features", "photos"])
def test_a_dataset_that_vanishes_ends_the_run_in_one_sentence(pets, tmp_path, phase, monkeypatch):
    monkeypatch.setattr(training, "EXAMPLES_CACHE_BYTES", 0)
    own = shutil.copytree(pets, tmp_path / "pets")
    watched = new_run(tiny_recipe(phase), own, tmp_path / "runs")
    with pytest.raises(TrainingError) as caught:
        watched.train(lambda status: status.epoch == 1 and shutil.rmtree(own / "images", ignore_errors=True))
    assert_one_sentence_of_a_missing_photo(str(caught.value))
    status = watched.run.status()
    assert (status.state, status.message) == ("failed", str(caught.value))
    assert read_info(watched.run.weights).metadata["epoch"] == 1
    assert not watched.run.is_alive()

    with pytest.raises(DatasetError, match="no photos"):
        train(run=watched.run)
    assert watched.run.status().state == "failed"
    shutil.rmtree(own)
    with pytest.raises(DatasetError, match="there is no folder"):
        train(run=watched.run)


def assert_one_sentence_of_a_missing_photo(sentence: str) -> None:
    assert sentence.endswith(" does not exist: check the path.")
    assert "\n" not in sentence and len(sentence) < 80


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT TESTED ON A FULL DISK: a small one cannot be mounted here (Linux, as root)")
    yield disk
    if subprocess.run(["umount", str(disk)]).returncode:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        pytest.fail("the run's files are still open after its end")


def test_a_full_disk_ends_the_run_in_one_sentence_and_with_room_again_it_goes_on(pets, small_disk):
    def fill(status: Status) -> None:
        if status.epoch == 1 and not filler.exists():
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(256))

    filler = small_disk / "filler"
    watched = new_run(tiny_recipe(FROZEN), pets, small_disk / "runs")
    with pytest.raises(TrainingError) as caught:
        watched.train(fill)
    assert str(caught.value).startswith("the disk is full: free some space and go on with --resume")
    status = watched.run.status()
    assert (status.state, status.message, status.epoch) == ("failed", str(caught.value), 1)
    assert len(watched.run.history()) == 1
    assert read_info(watched.run.weights).metadata["epoch"] == 1
    assert read_tensors(watched.run.weights)
    assert leftovers(watched.run.folder) == []

    filler.unlink()
    assert watched.train().run.status().state == "finished"
    assert len(watched.run.history()) == 2


def test_a_dataset_without_pairs_is_refused_before_anything_is_loaded(tmp_path, small_dataset):
    empty = small_dataset(())
    (empty / "annotations" / "trimaps" / "pug_1.png").write_bytes(b"")
    watched = new_run(tiny_recipe(split_scheme="article"), empty, tmp_path / "runs")
    with pytest.raises(DatasetError, match="no photos to train on"):
        watched.train()
    assert watched.run.status().state == "failed"


def test_a_recipe_may_judge_on_fewer_validation_photos(pets, tmp_path):
    run = train(tiny_recipe(tiny_phase(epochs=1), validation_photos=1), pets, runs=tmp_path)
    assert read_info(run.weights).metadata["figures"]["measured_on"] == "1 validation photos"
