"""Learning from corrections: mixed with the dataset, kept apart from what is held out, private, and taken in part."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace

import numpy as np
import pytest

from seg.classes import PETS
from seg.data.dataset import Dataset
from seg.data.kept_pairs import PairFolder
from seg.network.weights import read_info, read_tensors
from seg.training import blend
from seg.training.blend import Blend, Quality
from seg.training.photos import RunPhotos
from seg.training.recipe import Recipe, RecipeError
from seg.training.runs import Run, RunError, create_run
from seg.training.train import train
from tests.conftest import picture_and_trimap
from tests.data.test_kept_pairs import photo_key
from tests.narrow import EVERYTHING, tiny_phase, tiny_recipe, write_weights
from tests.narrow_trainings import leftovers

SHARE = 0.4
HELD_OUT, LEARNED = 2, 4  # of the six pairs


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> PairFolder:
    folder = PairFolder(tmp_path_factory.mktemp("pairs") / "mine")
    for number in range(HELD_OUT + LEARNED):
        photo, trimap = picture_and_trimap((30, 40), 50 + number)
        folder.keep(photo_key(number), photo, PETS.to_labels(trimap))
    return folder


@pytest.fixture(scope="module")
def learned(pets, pairs, in_session, tmp_path_factory) -> Run:
    """A run that has learned from the pairs, and from weights that know nothing of them."""
    folder = tmp_path_factory.mktemp("learned")
    with in_session():
        start = write_weights(folder / "start.safetensors")
        return train(recipe(start), pets, corrections=pairs.folder, runs=folder / "runs")


def recipe(start, **settings) -> Recipe:
    phase = tiny_phase(epochs=2, **EVERYTHING)
    facts = {"start": str(start), "corrections_share": SHARE, "keep_last": True, **settings}
    return tiny_recipe(phase, **facts)


def test_corrections_are_their_share_of_the_photos_shown_and_held_out_ones_are_not_among_them(learned, pairs):
    photos = photos_of(learned)
    sides = {pair.name: pair.is_held_out for pair in pairs.pairs()}
    own = [sample.name for sample in photos.samples if sample.name in sides]
    assert {sides[name] for name in own} == {False}
    # Six photos of the dataset: four corrections once each are as near to two of five as whole times can be.
    assert len(own) == LEARNED and len(photos.samples) == LEARNED + 6
    assert photos.names()["corrections"] == [sample.name for sample in photos.corrections]
    assert read_info(learned.weights).metadata["data"]["corrections"] == LEARNED


def photos_of(run: Run) -> RunPhotos:
    return RunPhotos(run, Dataset.open(run.data["folder"], "official"), logging.getLogger("test"))


def test_a_few_corrections_are_shown_often_enough_to_be_their_share(learned, tmp_path, small_dataset):
    few = small_dataset(names=("a_1", "a_2"), folder="few", trainval=("a_1",), test=("a_2",))
    copy = Run(learned.copied_to(tmp_path).folder)
    facts = learned.data | {"corrections": str(few)}
    (copy.folder / "data.json").write_text(json.dumps(facts))
    photos = photos_of(copy)
    assert [sample.name for sample in photos.samples].count("a_1") == 4  # of ten


def test_the_watched_photos_are_held_out_pairs_and_one_of_the_dataset(learned, pairs):
    held_out = {pair.name for pair in pairs.pairs() if pair.is_held_out}
    watched = [sample.name for sample in photos_of(learned).watched]
    assert set(watched[:2]) == held_out and watched[2].startswith(("Abyssinian", "beagle", "pug"))


def test_a_run_that_learns_from_corrections_or_a_private_dataset_is_private(learned, pets, pairs, tmp_path):
    assert learned.is_private
    assert create_run(tiny_recipe(), pairs.folder, "mine", tmp_path).is_private
    assert not create_run(tiny_recipe(), pets, "pets", tmp_path).is_private


def test_the_last_epoch_is_kept_though_an_earlier_one_was_better_on_the_dataset(learned):
    assert learned.status().best_epoch == 2


def test_a_run_that_was_stopped_goes_on_with_its_corrections(pets, pairs, tmp_path):
    start = write_weights(tmp_path / "start.safetensors")
    stopped = train(
        recipe(start),
        pets,
        corrections=pairs.folder,
        runs=tmp_path / "runs",
        report=lambda status: status.epoch == 1 and Run(next((tmp_path / "runs").iterdir())).request_stop(),
    )
    assert stopped.status().state == "stopped" and not blend.has_blends(stopped)
    with pytest.raises(RunError, match="no before and after"):
        blend.use(stopped, 0.5)
    train(run=stopped)
    assert blend.has_blends(stopped) and read_info(stopped.weights).metadata["data"]["corrections"] == LEARNED


@pytest.mark.parametrize(("share", "has_folder", "words"), [(SHARE, False, "--corrections"), (0.0, True, "leave them")])
def test_corrections_and_a_recipe_that_does_not_want_them_are_a_sentence(
    pets, pairs, tmp_path, share, has_folder, words
):
    with pytest.raises(RecipeError, match=words):
        train(
            tiny_recipe(corrections_share=share),
            pets,
            corrections=pairs.folder if has_folder else None,
            runs=tmp_path / "runs",
        )
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def run(learned, tmp_path) -> Run:
    """A copy of the learned run, to be changed."""
    return Run(shutil.copytree(learned.folder, tmp_path / learned.id))


def test_a_blend_is_the_mean_of_the_weights_before_and_after_by_its_share(run):
    before, after = read_tensors(run.start_weights), read_tensors(run.weights)
    assert any((before[name] != after[name]).any() for name in before)
    for share in (0.0, 0.25, 1.0):
        blend.use(run, share)
        assert blend.share_in_use(run) == share
        for name, tensor in read_tensors(run.weights).items():
            expected = share * after[name] + (1 - share) * before[name]
            np.testing.assert_allclose(tensor, expected, rtol=2e-3, atol=1e-6, err_msg=name)
    assert not leftovers(run.folder)


def test_only_the_learned_weights_carry_the_metrics_of_the_training_and_others_what_was_measured_of_them(run):
    trained = read_info(run.weights).metrics
    blend.use(run, 0.5)
    assert read_info(run.weights).metrics == {}
    blend.keep_measured(run, [Blend(0.5, None, Quality(0.7, 0.8, 37))])
    blend.use(run, 0.5)
    assert read_info(run.weights).metrics == {"mean_iou": 0.7, "split": "test", "photos": 37}
    blend.use(run, 1.0)
    assert read_info(run.weights).metrics == trained


def test_what_was_measured_is_read_again_and_a_damaged_file_is_none(run):
    blends = [Blend(0.0, None, Quality(0.7, 0.8, 37)), Blend(1.0, Quality(0.5, 0.6, 2), None)]
    blend.keep_measured(run, blends)
    assert blend.measured_blends(run) == blends
    for damaged in ("", "{", "[1]", '[{"share": "x"}]', "[" * 10_000):
        (run.folder / "blends.json").write_text(damaged)
        assert blend.measured_blends(run) == []


def test_weights_of_another_scaling_have_nothing_between_them(run, tmp_path):
    run.keep_start(write_weights(tmp_path / "signed.safetensors", scaling="signed"))
    with pytest.raises(RunError, match="nothing lies between"):
        blend.use(run, 0.5)


def test_a_share_of_corrections_is_below_one():
    with pytest.raises(RecipeError, match="share of corrections"):
        replace(tiny_recipe(), corrections_share=1.0)
