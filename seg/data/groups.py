"""Photos of groups of pets, small in the picture: what the official dataset lacks, whose photos show one pet, large."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seg.data.dataset import Dataset, DatasetError, Sample
from seg.data.no_pets import is_held_back


def group_samples(folder: str | Path) -> tuple[Sample, ...]:
    """The photos to train on of a folder with images/ and annotations/trimaps/; lists in it do not count.

    Raises DatasetError where there are none.
    """
    dataset = Dataset.open(folder, "article")
    samples = tuple(sample for sample in dataset if not is_held_back(sample.photo))
    if not samples:
        raise DatasetError(f"no photo of {folder} can be trained on: a third is held back from training.")
    return samples


def held_back_part(dataset: Dataset) -> Dataset:
    """The dataset with the photos alone that ``group_samples`` leaves out, as its test part. Raises DatasetError."""
    samples = tuple(sample for sample in dataset if is_held_back(sample.photo))
    if not samples:
        raise DatasetError(f"none of the photos in {dataset.root} is held back from training: leave --held-back out.")
    names = tuple(sample.name for sample in samples)
    return replace(dataset, samples=samples, splits={"train": (), "validation": (), "test": names})
