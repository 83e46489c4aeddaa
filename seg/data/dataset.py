"""A dataset: the official one, the sample that ships, or any other folder of photos and trimaps."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np

from seg.classes import PETS, Classes
from seg.data.breeds import are_of_oxford, breed_and_species
from seg.data.checking import AS_IN_FILE, BOTH, NO_TRIMAP, UNLISTED, PairFacts, check_pairs, drawn_as_in_file
from seg.data.listing import TRIMAP_FOLDERS, FolderFiles, list_files
from seg.data.split_schemes import article_scheme, official_lists, official_scheme
from seg.data.trimaps import read_trimap
from seg.errors import SegError
from seg.photo import SIDEWAYS, Photo, PhotoError, read_photo

DEFAULT_FOLDER = Path("data") / "oxford-iiit-pet"
# 148 official pairs, three of trainval and one of test for each of the 37 breeds; its LICENSE has the terms.
SAMPLE_FOLDER = Path(__file__).parent / "sample"
# The official lists name 3,680 photos of trainval and 3,669 of test.
OFFICIAL_PAIRS = 7349

Item = TypeVar("Item")


class DatasetError(SegError):
    """A dataset that cannot be used."""


@dataclass(frozen=True)
class Sample:
    """One photo with its trimap. ``size`` is height and width in pixels; ``counts`` pixels by label, without those that
    are not labelled.

    ``trimap_orientation``: how the trimap is turned as it is read, by EXIF of the photo, because it was drawn on the
    photo as it lies in its file; 1 for a trimap that is upright.

    >>> from seg import Dataset
    >>> sample = Dataset.open()["Abyssinian_88"]
    >>> sample.name, sample.species, sample.photo.name, sample.trimap.name
    ('Abyssinian_88', 'cat', 'Abyssinian_88.jpg', 'Abyssinian_88.png')
    >>> sample.read_trimap().shape == sample.size, sum(sample.share(label) for label in range(3))
    (True, 1.0)
    """

    name: str
    photo: Path
    trimap: Path
    breed: str | None
    species: str | None
    size: tuple[int, int]
    counts: tuple[int, ...]
    trimap_orientation: int = 1

    def read_trimap(self) -> np.ndarray:
        """The values of the trimap, uint8 ``(H, W)``, upright. Raises OSError, PhotoError."""
        return read_trimap(self.trimap, self.trimap_orientation)

    def share(self, label: int) -> float:
        """Share of the photo's pixels with this label, in [0, 1]; those that are not labelled do not count."""
        return self.counts[label] / sum(self.counts)


@dataclass(frozen=True)
class Dataset:
    """An immutable list of samples, sorted by name, its classes, its splits, and what was left out and why.

    ``splits`` maps ``train``, ``validation`` and ``test`` to names. ``left_out`` maps the code of a reason, whose
    sentence is ``reason_text(code)``, to the names of files. ``trimap_counts`` holds the pixels by
    ``classes.values_on_disk`` of every trimap that can be used, with a photo or without.

    >>> from seg import Dataset
    >>> dataset = Dataset.open()
    >>> dataset.title, len(dataset), dataset.split_scheme
    ('sample of Oxford-IIIT Pet', 148, 'official')
    >>> {split: len(names) for split, names in dataset.splits.items()}
    {'train': 98, 'validation': 13, 'test': 37}
    >>> dataset["pug_73"].breed, "pug_1" in dataset, dataset.split_of("pug_73")
    ('pug', False, 'test')
    >>> dataset.is_sample, dataset.is_of_oxford, dataset.left_out
    (True, True, {})
    """

    SAMPLE_TITLE: ClassVar[str] = "sample of Oxford-IIIT Pet"

    root: Path
    samples: tuple[Sample, ...]
    split_scheme: str
    splits: dict[str, tuple[str, ...]]
    left_out: dict[str, tuple[str, ...]]
    trimap_counts: dict[str, tuple[int, ...]]
    classes: Classes = PETS

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def __getitem__(self, name: str) -> Sample:
        """The sample of this name. Raises KeyError."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def split(self, name: str) -> tuple[Sample, ...]:
        """The samples of ``train``, ``validation``, ``test`` or ``all``. Raises DatasetError for another name.

        >>> from seg import Dataset
        >>> test = Dataset.open().split("test")
        >>> len(test), test[0].name
        (37, 'Abyssinian_88')
        """
        if name == "all":
            return self.samples
        if name not in self.splits:
            raise DatasetError("dataset_no_split", name=name)
        return tuple(self._by_name[sample_name] for sample_name in self.splits[name])

    def split_of(self, name: str) -> str:
        """The split of the sample of this name. Raises KeyError."""
        return self._split_by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Sample]:
        return {sample.name: sample for sample in self.samples}

    @cached_property
    def _split_by_name(self) -> dict[str, str]:
        return {name: split for split, names in self.splits.items() for name in names}

    @property
    def is_sample(self) -> bool:
        """Whether this is the sample that ships."""
        return self.root.resolve() == SAMPLE_FOLDER.resolve()

    @cached_property
    def is_of_oxford(self) -> bool:
        """Whether the photos are those of Oxford-IIIT Pet, by their names."""
        return are_of_oxford(self._by_name)

    @property
    def title(self) -> str:
        """What pages and reports call the dataset: the name of its folder."""
        return self.SAMPLE_TITLE if self.is_sample else self.root.resolve().name

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        split_scheme: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Dataset:
        """Open a dataset folder; see ``find_dataset`` for which one when none is named.

        ``split_scheme`` is ``official`` (the lists; the default where they exist) or ``article`` (NumPy seed 2020, 20 %
        for test). The classes are those of the folder's ``classes.json``, or PETS where it has none. ``progress`` gets
        the number of pairs checked and the number to check. Raises DatasetError, ClassesError.

        >>> from seg import Dataset
        >>> dataset = Dataset.open(split_scheme="article")
        >>> {split: len(names) for split, names in dataset.splits.items()}
        {'train': 104, 'validation': 15, 'test': 29}
        >>> Dataset.open("my-leaves")
        Traceback (most recent call last):
            ...
        seg.data.dataset.DatasetError: There is no folder my-leaves: check the path of the dataset.
        """
        if split_scheme not in (None, "official", "article"):
            raise DatasetError("dataset_no_scheme", name=split_scheme)
        root = find_dataset(folder)
        files = list_files(root)
        if files is None:
            raise DatasetError("dataset_no_trimaps", folder=root, places=", ".join(TRIMAP_FOLDERS))
        root = files.root
        if not files.photos and not files.trimaps:
            raise DatasetError("dataset_empty", folder=root)
        names_on_disk = files.photos.keys() | files.trimaps.keys()
        lists = official_lists(root, names_on_disk) if split_scheme != "article" else None
        if split_scheme == "official" and lists is None:
            raise DatasetError("dataset_no_lists", folder=root)
        classes = Classes.of_folder(root)
        facts = check_pairs(root, files, classes, progress)

        listed = lists.trainval | lists.test if lists else facts.keys()
        names: list[str] = []
        left_out = defaultdict(list, files.left_out)
        left_out[NO_TRIMAP] += files.photos.keys() - files.trimaps.keys()
        for name, fact in facts.items():
            if fact.reason:
                left_out[fact.reason].append(name)
            elif name not in listed:
                left_out[UNLISTED].append(name)
            else:
                names.append(name)
        as_in_file = drawn_as_in_file(facts.values())
        return cls(
            root=root,
            samples=tuple(_sample(name, files, facts[name], classes, as_in_file) for name in names),
            split_scheme="official" if lists else "article",
            splits=official_scheme(names, lists.test, lists.validation) if lists else article_scheme(names),
            left_out={reason: tuple(sorted(left_out[reason])) for reason in sorted(left_out) if left_out[reason]},
            trimap_counts={name: fact.counts for name, fact in facts.items() if fact.counts},
            classes=classes,
        )


def _sample(name: str, files: FolderFiles, facts: PairFacts, classes: Classes, as_in_file: bool) -> Sample:
    """``as_in_file``: whether trimaps whose size does not say it were drawn on the photo as it lies in its file."""
    breed, species = breed_and_species(name, classes)
    is_as_in_file = facts.fits == AS_IN_FILE or (facts.fits == BOTH and as_in_file)
    orientation = facts.orientation if is_as_in_file else 1
    height, width = facts.size[::-1] if orientation in SIDEWAYS else facts.size
    size = (height, width)
    counts = facts.counts[: len(classes)]
    return Sample(name, files.photos[name], files.trimaps[name], breed, species, size, counts, orientation)


def find_dataset(folder: str | Path | None = None) -> Path:
    """The dataset's folder: the argument, else ``SEG_DATA``, else ``data/oxford-iiit-pet``, else the sample.

    Raises DatasetError for a named folder that does not exist.

    >>> from seg.data.dataset import find_dataset
    >>> find_dataset().name
    'sample'
    """
    named = folder or os.environ.get("SEG_DATA")
    if named:
        root = Path(named)
        if not root.is_dir():
            raise DatasetError("dataset_missing", folder=root)
        return root
    return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else SAMPLE_FOLDER


def read_pair(sample: Sample) -> tuple[Photo, np.ndarray]:
    """The photo and its trimap, uint8 ``(H, W)``. Raises PhotoError for a file that is missing or was changed.

    >>> import numpy as np
    >>> from seg import Dataset
    >>> from seg.data.dataset import read_pair
    >>> photo, trimap = read_pair(Dataset.open()["Abyssinian_88"])
    >>> photo.size == trimap.shape, np.unique(trimap).tolist()  # 1 pet, 2 background, 3 border
    (True, [1, 2, 3])
    """
    photo = read_photo(sample.photo, sample.name)
    try:
        trimap = sample.read_trimap()
    except OSError as error:
        raise PhotoError("photo_unreadable", name=sample.trimap.name, reason=error.strerror or error) from None
    if photo.size != trimap.shape:
        raise PhotoError("pair_changed", name=sample.name)
    return photo, trimap


def evenly_spread(items: Sequence[Item], count: int) -> tuple[Item, ...]:
    """``count`` items from all over a sequence, in its order, or all where it has fewer.

    The sequence is cut into ``count`` equal parts, and the middle of each is taken: neighbours are of one breed.

    >>> from seg.data.dataset import evenly_spread
    >>> evenly_spread("abcdefghij", 2), evenly_spread("abc", 5)
    (('c', 'h'), ('a', 'b', 'c'))
    """
    count = min(count, len(items))
    return tuple(items[(2 * place + 1) * len(items) // (2 * count)] for place in range(count))
