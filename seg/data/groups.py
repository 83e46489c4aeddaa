"""Photos of groups of pets, small in the picture. The official dataset has none: its photos show one pet, large."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seg.data.dataset import Dataset, DatasetError, Sample
from seg.data.no_pets import is_held_back


def group_samples(folder: str | Path) -> tuple[Sample, ...]:
    """The samples of a folder of groups that a training uses; ``is_held_back`` decides, not the folder's lists.

    Raises DatasetError where there are none, ClassesError.
    """
    dataset = Dataset.open(folder, "article")
    samples = tuple(sample for sample in dataset if not is_held_back(sample.photo))
    if not samples:
        raise DatasetError("groups_none_to_train", folder=folder)
    return samples


def held_back_split(dataset: Dataset) -> Dataset:
    """The dataset with only the samples that ``group_samples`` leaves out, as its test split. Raises DatasetError."""
    samples = tuple(sample for sample in dataset if is_held_back(sample.photo))
    if not samples:
        raise DatasetError("dataset_none_held_back", folder=dataset.root)
    names = tuple(sample.name for sample in samples)
    return replace(dataset, samples=samples, splits={"train": (), "validation": (), "test": names})
