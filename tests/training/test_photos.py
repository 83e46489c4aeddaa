"""The photos that a run trains on besides its dataset's, and the sizes that it mixes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import PETS
from seg.data.augmentation import Augmentation
from seg.data.dataset import Dataset, DatasetError
from seg.data.examples import NoPetPhotos
from seg.data.no_pets import is_held_back
from seg.network.weights import read_info, read_tensors
from seg.training.epoch import Epoch
from seg.training.last_epochs import LastEpochs
from seg.training.photos import photos_to_train_on
from seg.training.provenance import hash_of_names
from seg.training.recipe import Phase
from seg.training.runs import Run
from seg.training.train import train
from seg.training.validation import Validation
from tests.narrow import EVERYTHING, tiny_phase, tiny_recipe, write_pets
from tests.narrow_trainings import new_run


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


MIXED = tiny_recipe(
    tiny_phase(epochs=2, sizes=(32, 64), **EVERYTHING), ema_decay=0.5, average_last=2, validation_size=32
)


def test_an_epoch_of_mixed_sizes_shows_each_photo_once_in_steps_of_about_as_many_pixels():
    phase = Phase(epochs=1, size=224, batch=8, sizes=(160, 224, 224, 416))
    epoch = Epoch(phase, 1000, 5)
    assert sorted(epoch.order) == list(range(1000)) and epoch.photos_shown[-1] == 1000
    assert set(epoch.steps[:-1]) == {(160, 16), (224, 8), (416, 2)}
    sizes = [size for size, _ in epoch.steps]
    assert 0.35 < sizes.count(224) / len(sizes) < 0.65
    assert epoch.steps == Epoch(phase, 1000, 5).steps != Epoch(phase, 1000, 6).steps
    assert Epoch(replace(phase, steps=3), 1000, 5).steps == epoch.steps[:3]
    assert Epoch(replace(phase, sizes=()), 20, 5).steps == [(224, 8), (224, 8), (224, 4)]


def test_a_run_of_mixed_sizes_that_was_stopped_within_an_epoch_ends_like_one_never_stopped(pets, tmp_path):
    straight = new_run(MIXED, pets, tmp_path / "straight").train()
    stopped = new_run(MIXED, pets, tmp_path / "stopped").stopping_after(2, 1)
    assert stopped.run.status().state == "stopped"
    stopped.train()
    timed = ("seconds", "per_second")
    for row, other in zip(stopped.run.history(), straight.run.history(), strict=True):
        assert {name: value for name, value in row.items() if not name.endswith(timed)} == pytest.approx(
            {name: value for name, value in other.items() if not name.endswith(timed)}, abs=1e-4
        )
    tensors, others = read_tensors(stopped.run.weights), read_tensors(straight.run.weights)
    assert all(np.allclose(tensors[name], others[name], atol=2e-3) for name in others)


def validating_as(monkeypatch: pytest.MonkeyPatch, *mean_iou: float) -> None:
    """One validation after another finds these mean IoU."""
    results, measure = iter(mean_iou), Validation.measure
    monkeypatch.setattr(
        Validation,
        "measure",
        lambda *arguments, **settings: {**measure(*arguments, **settings), "mean_iou": next(results)},
    )


def test_photos_whose_trimaps_are_blank_are_left_out_where_the_recipe_says_so(tmp_path, caplog):
    folder = write_pets(tmp_path / "pets")
    blank = Dataset.open(folder).split("train")[1]
    height, width = blank.size
    Image.new("L", (width, height), PETS["background"].value).save(blank.trimap)
    dataset = Dataset.open(folder)
    kept, left_out = photos_to_train_on(dataset, tiny_recipe(leave_out_blank=True))
    assert [sample.name for sample in left_out] == [blank.name]
    assert len(kept) == 5 and blank.name not in [sample.name for sample in kept]
    assert photos_to_train_on(dataset, tiny_recipe()) == (dataset.split("train"), ())


THREE_EPOCHS = tiny_recipe(tiny_phase(epochs=3), average_last=2)


def test_the_mean_of_the_last_epochs_is_kept_where_it_is_no_worse_than_the_best(pets, tmp_path, monkeypatch):
    kept: dict[str, dict[str, np.ndarray]] = {}
    validating_as(monkeypatch, 0.5, 0.5, 0.4, 0.5)
    load_mean = LastEpochs.load_mean

    def read_and_load_mean(self, model):
        kept.update({path.stem: read_tensors(path) for path in run.last_epochs.glob("*.safetensors")})
        return load_mean(self, model)

    monkeypatch.setattr(LastEpochs, "load_mean", read_and_load_mean)
    watched = new_run(THREE_EPOCHS, pets, tmp_path)
    run = watched.run
    watched.train()
    assert sorted(kept) == ["epoch-002", "epoch-003"], "the last two"
    for name, tensor in read_tensors(run.weights).items():
        assert np.allclose(tensor, np.mean([epoch[name] for epoch in kept.values()], axis=0), atol=1e-3)
    metadata = read_info(run.weights).metadata
    assert (metadata["averaged_epochs"], metadata["epoch"], metadata["metrics"]["mean_iou"]) == (2, 3, 0.5)
    assert run.status().best_epoch == 3 and not run.last_epochs.exists()


def test_a_mean_of_the_last_epochs_that_is_worse_than_the_best_is_not_kept(pets, tmp_path, monkeypatch):
    validating_as(monkeypatch, 0.3, 0.5, 0.4, 0.49)
    run = new_run(THREE_EPOCHS, pets, tmp_path).train().run
    assert "averaged_epochs" not in read_info(run.weights).metadata
    assert (run.status().best_epoch, run.status().best_mean_iou) == (2, 0.5)


@pytest.fixture(scope="module")
def groups(tmp_path_factory) -> Path:
    return write_pets(tmp_path_factory.mktemp("groups") / "groups")


@pytest.fixture(scope="module")
def with_groups(pets, groups, in_session, tmp_path_factory) -> Run:
    """A run that trains on photos of groups, too, and validates on one photo."""
    recipe = tiny_recipe(group_repeats=2, validation_photos=1)
    with in_session():
        return train(recipe, pets, groups=groups, runs=tmp_path_factory.mktemp("runs"))


def test_photos_of_groups_are_trained_on_but_for_those_held_back_as_often_as_the_recipe_says(with_groups, groups):
    names = {path.stem for path in (groups / "images").iterdir() if not is_held_back(path)}
    assert 0 < len(names) < 12
    log = (with_groups.folder / "log.txt").read_text()
    assert f"6 photos to train, 1 to validate, 0 without pets, {len(names)} of groups" in log
    assert with_groups.data["groups"] == str(groups)
    assert read_info(with_groups.weights).metadata["data"]["groups"] == len(names)
    assert with_groups.status().steps == (6 + 2 * len(names)) / 2
    (entry,) = with_groups.provenance()
    assert entry["photos"]["groups"] == {"count": len(names), "sha256": hash_of_names(names)}


def test_a_recipe_may_validate_on_fewer_photos_than_there_are(with_groups):
    assert read_info(with_groups.weights).metrics["photos"] == 1


def test_a_folder_of_groups_without_pairs_is_refused_before_there_is_a_run(pets, tmp_path):
    with pytest.raises(DatasetError):
        train(tiny_recipe(), pets, groups=tmp_path, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def run_of(folder: Path) -> Run:
    return Run(next((folder / "runs").iterdir()))
