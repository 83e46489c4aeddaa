"""Pairs of one's own: photos with trimaps that a person calls right, kept in a dataset folder to learn from.

The folder has the layout of the official dataset, lists included, so that everything that reads a dataset reads it. Its
test split is held out: nothing learns from it. A file ``private`` says that the photos are for the folder's owner
alone, and so is every run that learns from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from PIL import Image, ImageFilter

from seg import pictures
from seg.classes import PETS, Classes
from seg.data.dataset import Dataset, DatasetError, Sample
from seg.errors import SegError
from seg.files import write_file
from seg.images import fitting_size, reduce_photo, resize_labels

# Pixels of the longest side of a kept photo: twice what the network sees, so that crops of it stay sharp.
SIDE = 800
QUALITY = 92  # of the JPEG; at 75 blocks stand along outlines
HELD_OUT_EVERY = 3  # one pair of so many is held out
# Border between pet and background where somebody has painted one beside the other, in parts of the longest side to
# each side of the edge: 3 pixels of 400, about as wide as the official trimaps have it.
BORDER = 0.0075
PRIVATE = "private"
WAITING = 10.0  # seconds that another visitor's pair may take to be written

IMAGES, TRIMAPS = "images", "annotations/trimaps"
# Where a pair stands stays written down when it is removed: kept again, it is on the same side, and no network is
# tested on a photo that it has learned from.
LEARNED, HELD_OUT = "annotations/trainval.txt", "annotations/test.txt"
# Names of the pairs whose trimap a network predicted and nobody corrected.
PREDICTED = "annotations/predicted.txt"


class PairsError(SegError):
    """A pair that cannot be kept, found or removed."""


@dataclass(frozen=True)
class KeptPair:
    """A pair in its folder; ``is_held_out``: whether networks are tested on it and never learn from it.

    ``is_predicted``: its trimap is a network's prediction, which a person called right and did not correct.
    """

    name: str
    photo: Path
    trimap: Path
    is_held_out: bool
    is_predicted: bool


@dataclass(frozen=True)
class PairFolder:
    """A folder of kept pairs, which is made when the first pair comes."""

    folder: Path

    def pairs(self) -> list[KeptPair]:
        """All pairs, the newest first."""
        held_out, predicted = self._listed(HELD_OUT), self.predicted()
        pairs = [
            KeptPair(name, self._photo(name), self._trimap(name), name in held_out, name in predicted)
            for name in self._listed(LEARNED) | held_out
            if self._photo(name).is_file() and self._trimap(name).is_file()
        ]
        return sorted(pairs, key=lambda pair: (-pair.photo.stat().st_mtime_ns, pair.name))

    def predicted(self) -> set[str]:
        """The names of pairs whose trimap is a prediction that nobody corrected; of other datasets' folders, none."""
        return self._listed(PREDICTED)

    def keep(
        self, key: str, photo: np.ndarray, labels: np.ndarray, classes: Classes = PETS, is_predicted: bool = False
    ) -> KeptPair:
        """Keep a photo, RGB uint8 ``(H, W, 3)``, with its labels, uint8 ``(H, W)``; what was kept of it before goes.

        ``key``: the SHA-256 of the photo's file, hexadecimal: it names the pair, as no visitor's word may. The copy is
        no larger than ``SIDE`` and says nothing of place, time or camera. ``is_predicted`` as ``KeptPair`` has it.
        Raises PairsError.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", key) or photo.shape[:2] != labels.shape:
            raise ValueError("a pair has a SHA-256, and labels as large as its photo")
        name = pair_name(key)
        size = fitting_size(labels.shape, SIDE)
        small = with_border(resize_labels(labels, size), classes)
        with self._alone():
            for folder in (IMAGES, TRIMAPS):
                (self.folder / folder).mkdir(parents=True, exist_ok=True)
            write_file(self.folder / PRIVATE, "")
            # The lists come last: a pair that is not complete is in none of them.
            write_file(self._trimap(name), pictures.encode_png(classes.to_trimap(small)))
            write_file(self._photo(name), pictures.encode_jpeg(reduce_photo(photo, size), QUALITY))
            self._list(name)
            predicted = self.predicted() - {name} | ({name} if is_predicted else set())
            self._write_list(PREDICTED, predicted)
        return next(pair for pair in self.pairs() if pair.name == name)

    def remove(self, name: str) -> None:
        """Remove a pair; nothing happens where it has gone. Raises PairsError."""
        with self._alone():
            for pair in self.pairs():
                if pair.name == name:  # a name from outside is compared and never becomes a path
                    pair.photo.unlink(missing_ok=True)
                    pair.trimap.unlink(missing_ok=True)

    def _list(self, name: str) -> None:
        """Write down on which side a new pair stands: every third one is held out."""
        learned, held_out = self._listed(LEARNED), self._listed(HELD_OUT)
        if name in learned | held_out:
            return
        others = self.pairs()
        is_due = sum(pair.is_held_out for pair in others) < (len(others) + 1) // HELD_OUT_EVERY
        (held_out if is_due else learned).add(name)
        for file, names in ((LEARNED, learned), (HELD_OUT, held_out)):
            self._write_list(file, names)

    def _write_list(self, file: str, names: set[str]) -> None:
        write_file(self.folder / file, "".join(f"{listed}\n" for listed in sorted(names)))

    def _listed(self, file: str) -> set[str]:
        try:
            return set((self.folder / file).read_text(encoding="utf-8").split())
        except OSError:
            return set()

    def _photo(self, name: str) -> Path:
        return self.folder / IMAGES / f"{name}.jpg"

    def _trimap(self, name: str) -> Path:
        return self.folder / TRIMAPS / f"{name}.png"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the folder within the block. Raises PairsError where the folder cannot be written."""
        lock = FileLock(self.folder / ".lock")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with lock.acquire(timeout=WAITING):
                yield
        except Timeout:
            raise PairsError("pairs_busy") from None
        except OSError as error:
            raise PairsError("pairs_folder", folder=self.folder, reason=error.strerror or error) from None


def pair_name(key: str) -> str:
    """What the pair of a photo is called: the beginning of the SHA-256 of its file."""
    return key[:16]


def is_private(folder: Path) -> bool:
    """Whether a dataset's photos are for its owner alone."""
    return (folder / PRIVATE).exists()


def with_border(labels: np.ndarray, classes: Classes = PETS) -> np.ndarray:
    """Labels, uint8 ``(H, W)``, with a border wherever the subject touches the background: a copy.

    Brushes for pet and background leave none between them, and a trimap without one would teach that there is none.
    """
    subject, background, border = classes.subject, classes.background, classes.border
    if not (subject and background and border):
        return labels.copy()
    touching = (labels == subject.label) & _widened(labels == background.label, 1)
    drawn = labels.copy()
    drawn[_widened(touching, max(1, round(BORDER * max(labels.shape))))] = border.label
    return drawn


def _widened(mask: np.ndarray, pixels: int) -> np.ndarray:
    """A mask, bool ``(H, W)``, that reaches so many pixels further."""
    return np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * pixels + 1))) > 0


def samples_to_learn(folder: str | Path, classes: Classes) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """The samples of a folder of pairs to learn from, and those held out: its test split.

    Raises DatasetError where there is nothing to learn from, and for pairs of other classes; ClassesError.
    """
    dataset = Dataset.open(folder)
    if dataset.classes != classes:
        raise DatasetError("pairs_other_classes", folder=folder)
    held_out = dataset.split("test")
    learned = tuple(sample for sample in dataset if sample not in held_out)
    if not learned:
        raise DatasetError("pairs_none", folder=folder)
    return learned, held_out
