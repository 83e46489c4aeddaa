"""Split schemes: the official lists or the article's shuffle say which photos train, validate and test a network."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seg.data.listing import LIST_FOLDERS, LIST_NAMES
from seg.files import write_file
from seg.names import readable_name, text_of

SPLITS = ("train", "validation", "test")
VALIDATION_SHARE = 0.1
ARTICLE_SEED = 2020
ARTICLE_TEST_SHARE = 0.2

Splits = dict[str, tuple[str, ...]]  # the sorted names of each of SPLITS


class OfficialLists(NamedTuple):
    """The names that the lists hold; ``validation``: those of trainval that validate, or None where no list says it.

    >>> from seg.data.dataset import SAMPLE_FOLDER
    >>> from seg.data.split_schemes import official_lists
    >>> trainval, test, validation = official_lists(SAMPLE_FOLDER)
    >>> "pug_73" in test, trainval & test, validation
    (True, set(), None)
    """

    trainval: set[str]
    test: set[str]
    validation: set[str] | None = None


def official_scheme(names: list[str], test: Collection[str], validation: Collection[str] | None = None) -> Splits:
    """The official splits of ``names``: those in ``test`` (the official list), the others for training and validation.

    ``validation``: the list of those that validate, or None where there is none. A name in several lists is a test
    name, else a validation name: a network must not be measured on what it was trained on.

    >>> from seg.data.split_schemes import official_scheme
    >>> names = [f"pug_{number}" for number in range(1, 31)]
    >>> splits = official_scheme(names, test={"pug_1", "pug_2"})
    >>> splits["test"], splits["validation"]
    (('pug_1', 'pug_2'), ('pug_25', 'pug_5'))
    >>> official_scheme(names[:15], test={"pug_1"})["validation"]  # a photo stays in its split when others go
    ('pug_2', 'pug_5')
    """
    trainval, tested = ([name for name in names if (name in test) is is_test] for is_test in (False, True))
    if validation is None:
        return _with_validation(trainval, tested)
    return _splits(trainval, {name for name in trainval if name in validation}, tested)


def article_scheme(names: list[str]) -> Splits:
    """The article's splits: the sorted names are shuffled with NumPy seed 2020, and the first 20 % are for test.

    >>> from seg.data.split_schemes import article_scheme
    >>> article_scheme(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    {'train': ('a', 'b', 'f', 'g', 'h', 'i'), 'validation': ('d', 'j'), 'test': ('c', 'e')}
    """
    names = sorted(names)
    shuffled = [names[index] for index in np.random.RandomState(ARTICLE_SEED).permutation(len(names))]
    count = int(len(names) * ARTICLE_TEST_SHARE)
    return _with_validation(shuffled[count:], shuffled[:count])


def _with_validation(trainval: list[str], test: list[str]) -> Splits:
    """Take the validation split from ``trainval`` by a hash of the name.

    The hash is the same on every machine, and a photo keeps its split when others are added or removed.
    """

    def position(name: str) -> float:
        return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32

    validation = {name for name in trainval if position(name) < VALIDATION_SHARE}
    if not validation and len(trainval) > 1:
        validation = {min(trainval, key=position)}
    return _splits(trainval, validation, test)


def _splits(trainval: list[str], validation: set[str], test: list[str]) -> Splits:
    return {
        "train": tuple(sorted(name for name in trainval if name not in validation)),
        "validation": tuple(sorted(validation)),
        "test": tuple(sorted(test)),
    }


def official_lists(root: Path, known: Collection[str] = ()) -> OfficialLists | None:
    """The names in ``annotations/trainval.txt`` and ``test.txt``, or None where one of them is missing.

    ``validation.txt`` beside them may say which of trainval validate. ``known``: names of photos and trimaps on disk,
    which tell how much of a line is a name: it may have spaces. Raises OSError.

    >>> from pathlib import Path
    >>> from seg.data.dataset import SAMPLE_FOLDER
    >>> from seg.data.split_schemes import official_lists
    >>> lists = official_lists(SAMPLE_FOLDER)
    >>> len(lists.trainval), len(lists.test), official_lists(Path("no-such-folder"))
    (111, 37, None)
    """
    for folder in LIST_FOLDERS:
        trainval, test, validation = (root / folder / name for name in LIST_NAMES)
        if trainval.is_file() and test.is_file():
            chosen = _names_in(validation, known) if validation.is_file() else None
            return OfficialLists(_names_in(trainval, known), _names_in(test, known), chosen)
    return None


def write_lists(root: Path, splits: Mapping[str, Collection[str]]) -> None:
    """Write the lists that ``official_lists`` reads, from the names of each of SPLITS; validation may have none.

    Raises OSError.
    """
    folder = root / LIST_FOLDERS[0]
    folder.mkdir(exist_ok=True)
    trainval = sorted((*splits["train"], *splits["validation"]))
    for file, names in zip(LIST_NAMES, (trainval, splits["test"], splits["validation"]), strict=True):
        if names:
            write_file(folder / file, "".join(f"{name}\n" for name in names))


def _names_in(file: Path, known: Collection[str]) -> set[str]:
    """The name at the beginning of each line that is neither empty nor a comment. Raises OSError."""
    lines = map(readable_name, text_of(file.read_bytes()).splitlines())
    return {_name_in(line, known) for line in lines if line.strip() and not line.startswith("#")}


def _name_in(line: str, known: Collection[str]) -> str:
    """The longest beginning of a line that is a known name, with or without its suffix, else the first word."""
    words = line.split()
    ends = [match.start() for match in re.finditer(r"\s+|$", line.rstrip())]
    for end in reversed(ends):
        for name in (line[:end], os.path.splitext(line[:end])[0]):
            if name in known:
                return name
    return words[0]
