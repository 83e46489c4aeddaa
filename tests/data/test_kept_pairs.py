"""Pairs of one's own: a dataset folder like any other, private, small, a third of it held out for good."""

from __future__ import annotations

import hashlib
import json
import os

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from seg.classes import PETS
from seg.data import kept_pairs
from seg.data.dataset import Dataset, DatasetError
from seg.data.kept_pairs import SIDE, PairFolder, PairsError, is_private, samples_to_learn, with_border
from tests.conftest import picture_and_trimap

PET, BACKGROUND, BORDER = 0, 1, 2


def photo_key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def keep(pairs: PairFolder, number: int, size: tuple[int, int] = (40, 60)):
    photo, trimap = picture_and_trimap(size, number)
    return pairs.keep(photo_key(number), photo, PETS.to_labels(trimap))


@pytest.fixture
def pairs(tmp_path) -> PairFolder:
    return PairFolder(tmp_path / "pairs" / "mine")


def test_what_is_kept_is_a_dataset_with_the_pair_as_it_was_given(pairs):
    photo, trimap = picture_and_trimap((40, 60), 1)
    kept = pairs.keep(photo_key(1), photo, PETS.to_labels(trimap))
    dataset = Dataset.open(pairs.folder)
    (sample,) = dataset
    assert (sample.name, dataset.left_out) == (kept.name, {})
    np.testing.assert_array_equal(sample.read_trimap(), trimap)
    assert np.abs(np.asarray(Image.open(sample.photo)).astype(int) - photo).mean() < 8  # a picture of noise as JPEG
    assert pairs.pairs() == [kept] and is_private(pairs.folder)


def test_a_large_photo_is_kept_small_and_says_nothing_of_place_or_camera(pairs):
    kept = keep(pairs, 1, (900, 1200))
    photo = Image.open(kept.photo)
    assert photo.size == Image.open(kept.trimap).size == (SIDE, SIDE * 3 // 4)
    assert not photo.getexif()


def test_every_third_pair_is_held_out_and_stays_so_when_others_come_and_go(pairs):
    sides = {}
    for number in range(10):
        kept = keep(pairs, number)
        sides[kept.name] = kept.is_held_out
    assert sum(sides.values()) == 3
    assert {pair.name: pair.is_held_out for pair in pairs.pairs()} == sides
    dataset = Dataset.open(pairs.folder)
    assert set(dataset.split("test")) == {dataset[name] for name, is_held_out in sides.items() if is_held_out}
    learned, held_out = samples_to_learn(pairs.folder, PETS)
    assert {sample.name: sample in held_out for sample in learned + held_out} == sides


def test_a_pair_that_was_learned_from_is_never_tested_on_though_it_was_removed_and_kept_again(pairs):
    for number in range(6):
        keep(pairs, number)
    sides = {pair.name: pair.is_held_out for pair in pairs.pairs()}
    for name in sides:
        pairs.remove(name)
    assert pairs.pairs() == [] and not list((pairs.folder / "images").iterdir())
    for number in reversed(range(6)):
        keep(pairs, number)
    assert {pair.name: pair.is_held_out for pair in pairs.pairs()} == sides


def test_a_pair_says_whether_its_trimap_is_a_prediction_until_a_corrected_one_takes_its_place(pairs):
    photo, trimap = picture_and_trimap((40, 60), 1)
    keep(pairs, 2)
    for is_predicted in (True, False, True):
        kept = pairs.keep(photo_key(1), photo, PETS.to_labels(trimap), is_predicted=is_predicted)
        assert kept.is_predicted == is_predicted
        assert {pair.is_predicted for pair in pairs.pairs() if pair != kept} == {False}
        assert pairs.predicted() == ({kept.name} if is_predicted else set())


def test_the_same_photo_kept_again_takes_the_place_of_the_pair(pairs):
    keep(pairs, 1)
    photo, _ = picture_and_trimap((40, 60), 1)
    pairs.keep(photo_key(1), photo, np.full((40, 60), PET, np.uint8))
    (pair,) = pairs.pairs()
    assert np.unique(np.asarray(Image.open(pair.trimap))).tolist() == [1]


def test_the_newest_pair_comes_first(pairs):
    names = [keep(pairs, number).name for number in range(3)]
    for age, name in enumerate(reversed(names)):
        os.utime(pairs.folder / "images" / f"{name}.jpg", ns=(0, 10**12 - age * 10**9))
    assert [pair.name for pair in pairs.pairs()] == names[::-1]


@pytest.mark.parametrize("name", ["../../other", "/etc/passwd", "", "0" * 16])
def test_a_name_that_is_no_pairs_removes_nothing(pairs, name):
    kept = keep(pairs, 1)
    outside = pairs.folder.parent.parent / "other.jpg"
    outside.write_text("somebody's")
    pairs.remove(name)
    assert pairs.pairs() == [kept] and outside.exists()


@pytest.mark.parametrize("wrong", ["cat", "../" + "0" * 61, "G" * 64, "0" * 63])
def test_only_a_hash_names_a_pair(pairs, wrong):
    photo, trimap = picture_and_trimap((10, 10), 1)
    with pytest.raises(ValueError, match="SHA-256"):
        pairs.keep(wrong, photo, PETS.to_labels(trimap))
    assert not pairs.folder.exists()


def test_a_pair_that_is_not_complete_is_none(pairs):
    first, second = keep(pairs, 1), keep(pairs, 2)
    first.trimap.unlink()
    assert pairs.pairs() == [second]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PairsError, match="SEG_PAIRS"):
        keep(PairFolder(tmp_path / "file"), 1)


def test_a_pair_waits_for_another_that_is_being_written_and_not_for_ever(pairs, monkeypatch):
    keep(pairs, 1)
    monkeypatch.setattr(kept_pairs, "WAITING", 0.05)
    with FileLock(pairs.folder / ".lock"), pytest.raises(PairsError, match="Another pair"):
        PairFolder(pairs.folder).remove("x")


def test_a_border_is_drawn_where_pet_touches_background_and_nowhere_else():
    labels = np.full((200, 400), BACKGROUND, np.uint8)
    labels[:, :200] = PET
    labels[:100, 190:210] = BORDER
    drawn = with_border(labels)
    assert (drawn[:90] == labels[:90]).all()
    assert (drawn[150] == BORDER).sum() == 2 * 3 + 1
    assert drawn[150, 190] == PET and drawn[150, 210] == BACKGROUND


def test_a_folder_with_nothing_to_learn_from_or_of_other_classes_is_a_sentence(pairs, small_dataset):
    root = small_dataset(names=("a_1", "a_2"), trainval=("b_1",), test=("a_1", "a_2"))
    with pytest.raises(DatasetError, match="no pair to learn from"):
        samples_to_learn(root, PETS)
    rows = [{"name": name, "value": value, "colour": [value] * 3} for value, name in enumerate("abc", 1)]
    (root / "classes.json").write_text(json.dumps(rows))
    with pytest.raises(DatasetError, match="other classes"):
        samples_to_learn(root, PETS)
