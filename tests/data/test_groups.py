"""Photos of groups of pets: two thirds are trained on, the others are measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seg.data.dataset import Dataset, DatasetError
from seg.data.groups import group_samples, held_back_split
from seg.data.no_pets import is_held_back

Maker = Callable[..., Path]


def test_every_photo_of_groups_is_trained_on_or_held_back(small_dataset: Maker):
    folder = small_dataset([f"group_{number}" for number in range(12)], size=(8, 8), trainval=None)
    dataset = Dataset.open(folder)
    trained = {sample.name for sample in group_samples(folder)}
    held_back = held_back_split(dataset)
    assert trained and len(held_back)
    assert trained | {sample.name for sample in held_back} == {sample.name for sample in dataset}
    assert held_back.split("test") == held_back.samples
    assert trained.isdisjoint(sample.name for sample in held_back)


def test_the_lists_of_the_folder_leave_no_group_out(small_dataset: Maker):
    names = [f"group_{number}" for number in range(12)]
    folder = small_dataset(names, size=(8, 8), trainval=["group_0"], test=["group_1"])
    assert len(group_samples(folder)) == sum(not is_held_back(Path(name)) for name in names)


def test_a_folder_of_which_nothing_is_left_is_refused_by_its_name(small_dataset: Maker):
    names = [f"group_{number}" for number in range(12)]
    held_back = next(name for name in names if is_held_back(Path(name)))
    trained = next(name for name in names if not is_held_back(Path(name)))
    with pytest.raises(DatasetError, match="held-only"):
        group_samples(small_dataset([held_back], folder="held-only", size=(8, 8), trainval=None))
    with pytest.raises(DatasetError, match="trained-only"):
        held_back_split(Dataset.open(small_dataset([trained], folder="trained-only", size=(8, 8), trainval=None)))
