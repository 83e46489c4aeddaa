"""The photos that a run trains and validates on."""

from __future__ import annotations

import logging
from statistics import median
from typing import Any

from seg.classes import Classes
from seg.data.dataset import Dataset, DatasetError, Sample, evenly_spread
from seg.data.groups import group_samples
from seg.data.kept_pairs import samples_to_learn
from seg.data.no_pets import photos_in, training_photos
from seg.names import readable_name
from seg.training.folders import Folders
from seg.training.recipe import Recipe, RecipeError
from seg.training.runs import Run

WATCHED = 3  # photos that a run looks at again and again


class RunPhotos:
    """The photos of a run: from its dataset, and from its folders of photos without pets, of groups and of corrections.

    ``samples``: to train on, those of groups and corrections as often as the recipe says; ``validation``: to measure
    the network on; ``watched``: to look at again and again. Raises DatasetError where there is nothing to train on.
    """

    def __init__(self, run: Run, dataset: Dataset, log: logging.Logger):
        recipe = run.recipe
        self.dataset = dataset
        self.of_dataset, blank = photos_to_train_on(dataset, recipe)
        for sample in blank:
            log.warning("left out: the trimap of %s has none of what is cut out", sample.name)
        if not self.of_dataset:
            raise DatasetError("dataset_nothing_to_train", folder=dataset.root)
        self.validation = dataset.split("validation")
        if recipe.validation_photos:
            self.validation = evenly_spread(self.validation, recipe.validation_photos)
        folder = run.data.get("groups")
        self.groups = group_samples(folder) if folder else ()
        folder = run.data.get("corrections")
        self.corrections, held_out = samples_to_learn(folder, dataset.classes) if folder else ((), ())
        repeats = correction_repeats(recipe, len(self.of_dataset), len(self.corrections))
        self.samples = self.of_dataset + self.groups * recipe.group_repeats + self.corrections * repeats
        # Held-out corrections show what is learned, one photo of the dataset what is forgotten.
        own = evenly_spread(held_out, WATCHED - 1)
        self.watched = (*own, *evenly_spread(self.validation or self.samples, WATCHED - len(own)))
        folder = run.data.get("no_pets")
        self.without_pets, unreadable = training_photos(folder) if folder else ((), {})
        for reason in unreadable.values():
            log.warning("left out: %s", reason)

    def names(self) -> dict[str, list[str]]:
        """The names of each kind of photo, once each."""
        return {
            "train": [sample.name for sample in self.of_dataset],
            "validation": [sample.name for sample in self.validation],
            "no_pets": [readable_name(photo.name) for photo in self.without_pets],
            "groups": [sample.name for sample in self.groups],
            "corrections": [sample.name for sample in self.corrections],
        }

    def as_dict(self) -> dict[str, Any]:
        """What the metadata of weights say about the photos that they were trained on.

        ``ratio``: the long side over the short side of the dataset's, the median.
        """
        return {
            "title": self.dataset.title,
            "photos": len(self.of_dataset),
            "ratio": round(median(max(sample.size) / min(sample.size) for sample in self.of_dataset), 2),
            "sample": self.dataset.is_sample,
            "no_pets": len(self.without_pets),
            "groups": len(self.groups),
            "corrections": len(self.corrections),
        }


def correction_repeats(recipe: Recipe, photos: int, corrections: int) -> int:
    """How often an epoch shows each of so many corrections beside so many photos of the dataset.

    So often that they are the recipe's share of all, whole times each, and once at least; 0 where there are none.
    """
    share = recipe.corrections_share
    return max(1, round(photos * share / (1 - share) / corrections)) if corrections else 0


def photos_to_train_on(dataset: Dataset, recipe: Recipe) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """The photos of the training split, and those of them that the recipe leaves out: their trimaps are blank."""
    samples, subject = dataset.split("train"), dataset.classes.subject
    if not recipe.leave_out_blank or subject is None:
        return samples, ()
    blank = tuple(sample for sample in samples if not sample.counts[subject.label])
    return tuple(sample for sample in samples if sample not in blank), blank


def check_folders(recipe: Recipe, classes: Classes, folders: Folders) -> None:
    """Raise DatasetError or RecipeError for folders that this recipe cannot train on, before there is a run.

    ``classes``: the dataset's.
    """
    if folders.no_pets:
        if not any(phase.augmentation.no_pet + phase.augmentation.far > 0 for phase in recipe.phases):
            raise RecipeError("recipe_without_no_pets", name=recipe.name)
        photos_in(folders.no_pets)
    if folders.groups:
        group_samples(folders.groups)
    corrections = folders.corrections
    if bool(corrections) != bool(recipe.corrections_share):
        raise RecipeError("recipe_without_corrections" if corrections else "recipe_of_corrections", name=recipe.name)
    if corrections:
        samples_to_learn(corrections, classes)
