"""A dataset folder: found, paired by name, checked, split: the official one, the sample that ships, or any other."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
from platformdirs import user_cache_path

from seg.classes import PETS, Classes
from seg.errors import SegError
from seg.photo import SUFFIXES, Photo, PhotoError, check_image, open_image, read_photo

DEFAULT_FOLDER = Path("data") / "oxford-iiit-pet"
# 148 official pairs, three of trainval and one of test for each breed: see its LICENSE.
SAMPLE_FOLDER = Path(__file__).parent / "sample"
# The names that the official lists hold, 3,680 of trainval and 3,669 of test.
OFFICIAL_PAIRS = 7349
SPLITS = ("train", "validation", "test")
VALIDATION_SHARE = 0.1
ARTICLE_SEED = 2020
ARTICLE_TEST_SHARE = 0.2

# Goes up when a file's check finds other facts than before, so that what was remembered is found anew.
CHECK_VERSION = 2

# Why a file is left out, in the words that users read.
APPLE_DOUBLE = "AppleDouble file (._*), not a picture"
NOT_AN_IMAGE = "not a picture"
SAME_NAME = "another file of the same name is used"
NO_TRIMAP = "photo without trimap"
NO_PHOTO = "trimap without photo"
BAD_PHOTO = "photo cannot be decoded"
BAD_TRIMAP = "trimap cannot be decoded"
BAD_VALUES = "trimap holds values other than 1, 2, 3"
BAD_SIZE = "photo and trimap differ in size"
UNLISTED = "in neither official list"


class DatasetError(SegError):
    """A dataset that cannot be used."""


@dataclass(frozen=True)
class Sample:
    """One photo with its trimap. ``size`` is height and width in pixels; ``counts`` pixels by label."""

    name: str
    photo: Path
    trimap: Path
    breed: str | None
    species: str | None
    size: tuple[int, int]
    counts: tuple[int, ...]

    def share(self, label: int) -> float:
        """Share of the photo's pixels with this label, in [0, 1]."""
        return self.counts[label] / sum(self.counts)


@dataclass(frozen=True)
class Dataset:
    """An immutable list of samples, sorted by name, its classes, its splits, and what was left out and why.

    ``splits`` maps each of ``SPLITS`` to names; ``left_out`` maps a reason to names; ``trimap_counts`` holds the
    pixels by label of every readable trimap, with a photo or without.
    """

    SAMPLE_TITLE: ClassVar[str] = "sample of Oxford-IIIT Pet"

    root: Path
    samples: tuple[Sample, ...]
    split_scheme: str
    splits: dict[str, tuple[str, ...]]
    left_out: dict[str, tuple[str, ...]]
    trimap_counts: dict[str, tuple[int, ...]]
    classes: Classes = PETS
    _by_name: dict[str, Sample] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "_by_name", {sample.name: sample for sample in self.samples})

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
        """The samples of ``train``, ``validation``, ``test`` or ``all``. Raises DatasetError for another name."""
        if name == "all":
            return self.samples
        if name not in self.splits:
            raise DatasetError("dataset_no_split", name=name)
        return tuple(self._by_name[n] for n in self.splits[name])

    def split_of(self, name: str) -> str:
        """Which split a name stands in. Raises KeyError for a name that is not in the dataset."""
        return self._splits[name]

    @cached_property
    def _splits(self) -> dict[str, str]:
        return {name: split for split, names in self.splits.items() for name in names}

    @property
    def is_sample(self) -> bool:
        """Whether this is the sample that ships."""
        return self.root.resolve() == SAMPLE_FOLDER.resolve()

    @property
    def title(self) -> str:
        return self.SAMPLE_TITLE if self.is_sample else self.root.resolve().name

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        split_scheme: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Dataset:
        """Open a dataset folder; see ``find_dataset`` for which one when none is named.

        ``split_scheme`` is ``official`` (the lists; the default where they exist) or ``article`` (NumPy seed 2020,
        20 % for test). Each file is checked once and remembered by name, size and time of change. ``progress`` is told
        how many pairs of how many are checked. Raises DatasetError.
        """
        root = find_dataset(folder)
        classes = Classes.of_folder(root)
        photos, trimaps, left_out = _list_files(root)
        for name in sorted(photos.keys() - trimaps.keys()):
            left_out.setdefault(NO_TRIMAP, []).append(name)
        checked = _check(root, photos, trimaps, classes, progress)
        samples, counts = [], {}
        for name, facts in checked.items():
            if "counts" in facts:
                counts[name] = tuple(facts["counts"])
            if reason := facts.get("reason"):
                left_out.setdefault(reason, []).append(name)
            else:
                breed, species = breed_and_species(name) if classes == PETS else (None, None)
                size = (facts["size"][0], facts["size"][1])
                samples.append(Sample(name, photos[name], trimaps[name], breed, species, size, counts[name]))
        if not photos and not trimaps:
            raise DatasetError("dataset_empty", folder=root)

        lists = _official_lists(root)
        split_scheme = split_scheme or ("official" if lists else "article")
        if split_scheme == "official":
            if not lists:
                raise DatasetError("dataset_no_lists", folder=root)
            unlisted = {s.name for s in samples} - lists[0] - lists[1]
            if unlisted:
                left_out[UNLISTED] = sorted(unlisted)
                samples = [s for s in samples if s.name not in unlisted]
            splits = official_scheme([s.name for s in samples], lists[1])
        elif split_scheme == "article":
            splits = article_scheme([s.name for s in samples])
        else:
            raise DatasetError("dataset_no_scheme", name=split_scheme)
        return cls(
            root,
            tuple(samples),
            split_scheme,
            splits,
            {r: tuple(sorted(n)) for r, n in sorted(left_out.items())},
            counts,
            classes,
        )


def find_dataset(folder: str | Path | None = None) -> Path:
    """The dataset's folder: the argument, else ``SEG_DATA``, else ``data/oxford-iiit-pet``, else the sample
    that ships. Raises DatasetError for a folder that is none.
    """
    named = folder or os.environ.get("SEG_DATA")
    if named:
        root = Path(named)
        if not root.is_dir():
            raise DatasetError("dataset_missing", folder=root)
        return root
    return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else SAMPLE_FOLDER


def cache_folder() -> Path:
    """Where facts about datasets are remembered: ``SEG_CACHE``, else the user's cache folder."""
    named = os.environ.get("SEG_CACHE")
    return Path(named) if named else user_cache_path("seg", appauthor=False)


def read_trimap(path: Path) -> np.ndarray:
    """A trimap as on disk, uint8 ``(H, W)``. Raises PhotoError for what is no single-channel picture."""
    return decode_trimap(path.read_bytes(), path.name)


def decode_trimap(data: bytes, name: str) -> np.ndarray:
    """An encoded trimap's values, uint8 ``(H, W)``. Raises PhotoError for what is no single-channel picture."""
    image = open_image(data, name)
    try:
        values = np.asarray(image)
    except Exception as error:  # see photo.py: damaged files raise nearly anything
        raise PhotoError("photo_damaged", name=name, reason=error) from None
    if values.ndim == 3:
        colours = values[..., :3] if values.shape[2] > 2 else values[..., :1]  # without alpha
        if (colours == colours[..., :1]).all():
            values = colours[..., 0]
    if values.ndim != 2:
        raise PhotoError("trimap_coloured", name=name)
    return values.clip(0, 255).astype(np.uint8)


def read_pair(sample: Sample) -> tuple[Photo, np.ndarray]:
    """The photo and its trimap, uint8 ``(H, W)``. Raises PhotoError when a file has gone or no longer fits."""
    photo = read_photo(sample.photo, sample.name)
    try:
        trimap = read_trimap(sample.trimap)
    except OSError as error:
        raise PhotoError("photo_unreadable", name=sample.trimap.name, reason=error.strerror or error) from None
    if photo.size != trimap.shape:
        raise PhotoError("pair_changed", name=sample.name)
    return photo, trimap


Item = TypeVar("Item")


def evenly_spread(items: Sequence[Item], count: int) -> tuple[Item, ...]:
    """``count`` items from all over a sequence, in its order, or all where it has fewer.

    The sequence is cut into ``count`` equal parts, and the middle of each is taken: neighbours are of one breed.
    """
    count = min(count, len(items))
    return tuple(items[(2 * place + 1) * len(items) // (2 * count)] for place in range(count))


def breed_and_species(name: str) -> tuple[str | None, str | None]:
    """``Abyssinian_12`` -> (``Abyssinian``, ``cat``): the dataset writes cats with a capital letter, dogs without.

    Names of another form have neither.
    """
    match = re.fullmatch(r"(.+)_\d+", name)
    if not match:
        return None, None
    return match[1], "cat" if match[1][0].isupper() else "dog"


def official_scheme(names: list[str], test: set[str]) -> dict[str, tuple[str, ...]]:
    """Train, validation and test by the official test list; a name in both lists is a test name."""
    return _with_validation([n for n in names if n not in test], [n for n in names if n in test])


def article_scheme(names: list[str]) -> dict[str, tuple[str, ...]]:
    """The article's: sorted names shuffled with NumPy seed 2020, the first 20 % for test."""
    names = sorted(names)
    shuffled = [names[i] for i in np.random.RandomState(ARTICLE_SEED).permutation(len(names))]
    count = int(len(names) * ARTICLE_TEST_SHARE)
    return _with_validation(shuffled[count:], shuffled[:count])


def _with_validation(trainval: list[str], test: list[str]) -> dict[str, tuple[str, ...]]:
    """Carve validation out of what is not test, by a hash of the name: the same on every machine, and a photo keeps
    its split when others come or go."""

    def place(name: str) -> float:
        return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32

    validation = {n for n in trainval if place(n) < VALIDATION_SHARE}
    if not validation and len(trainval) > 1:
        validation = {min(trainval, key=place)}
    return {
        "train": tuple(sorted(n for n in trainval if n not in validation)),
        "validation": tuple(sorted(validation)),
        "test": tuple(sorted(test)),
    }


def _official_lists(root: Path) -> tuple[set[str], set[str]] | None:
    """The names of trainval.txt and test.txt, or None where one is missing."""
    files = [root / "annotations" / "trainval.txt", root / "annotations" / "test.txt"]
    if not all(file.is_file() for file in files):
        return None
    trainval, test = (
        {
            line.split()[0]
            for line in file.read_text(encoding="utf-8-sig").splitlines()
            if line.strip() and not line.startswith("#")
        }
        for file in files
    )
    return trainval, test


def _list_files(root: Path) -> tuple[dict[str, Path], dict[str, Path], dict[str, list[str]]]:
    """Photos and trimaps by name, and what is neither. Raises DatasetError where there is no trimap folder."""
    candidates = [root / "annotations" / "trimaps", root / "annotations" / "masks", root / "trimaps", root / "masks"]
    trimap_folder = next((folder for folder in candidates if folder.is_dir()), None)
    if trimap_folder is None:
        raise DatasetError("dataset_no_trimaps", folder=root)
    left_out: dict[str, list[str]] = {}

    def listing(folder: Path) -> dict[str, Path]:
        files = {}
        for entry in sorted(os.scandir(folder), key=lambda e: e.name) if folder.is_dir() else ():
            name, suffix = os.path.splitext(entry.name)
            if entry.name.startswith("._"):
                left_out.setdefault(APPLE_DOUBLE, []).append(entry.name)
            elif not entry.is_file() or suffix.lower() not in SUFFIXES:
                left_out.setdefault(NOT_AN_IMAGE, []).append(entry.name)
            elif name in files:
                left_out.setdefault(SAME_NAME, []).append(entry.name)
            else:
                files[name] = Path(entry.path)
        return files

    return listing(root / "images"), listing(trimap_folder), left_out


def _check(
    root: Path,
    photos: dict[str, Path],
    trimaps: dict[str, Path],
    classes: Classes,
    progress: Callable[[int, int], None] | None,
) -> dict[str, dict]:
    """Facts about every trimap and its photo: ``reason`` to leave it out, ``size``, ``counts``; remembered on disk."""
    # The facts depend on the folder and on the values that its classes have, in the order of their labels.
    key = hashlib.sha256(f"{root.resolve()} {classes.values}".encode()).hexdigest()[:16]
    memory = cache_folder() / f"dataset-{CHECK_VERSION}-{key}.json"
    known = _recall(memory)

    def stamp(path: Path | None) -> list[int] | None:
        if path is None:
            return None
        stat = path.stat()
        return [stat.st_size, stat.st_mtime_ns]

    stamps = {name: [stamp(photos.get(name)), stamp(path)] for name, path in trimaps.items()}
    facts = {name: known[name] for name in trimaps if name in known and known[name].get("stamp") == stamps[name]}
    missing = [name for name in trimaps if name not in facts]
    with ThreadPoolExecutor() as pool:  # Pillow's decoders let go of the interpreter
        checks = pool.map(lambda name: _check_pair(photos.get(name), trimaps[name], classes), missing)
        for done, (name, fact) in enumerate(zip(missing, checks, strict=True), 1):
            facts[name] = fact | {"stamp": stamps[name]}
            if progress:
                progress(done, len(missing))
    if missing:
        _remember(memory, facts)
    return {name: facts[name] for name in sorted(facts)}


def _recall(memory: Path) -> dict[str, dict]:
    try:
        known = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) and all(isinstance(fact, dict) for fact in known.values()) else {}


def _remember(memory: Path, facts: dict[str, dict]) -> None:
    partial = memory.with_suffix(f".{os.getpid()}.part")
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(facts))
        os.replace(partial, memory)
    except OSError:
        # A cache that cannot be written costs time at the next start, nothing else.
        with contextlib.suppress(OSError):
            partial.unlink()


def _check_pair(photo: Path | None, trimap: Path, classes: Classes) -> dict:
    try:
        values = read_trimap(trimap)
    except (PhotoError, OSError):
        return {"reason": BAD_TRIMAP}
    histogram = np.bincount(values.ravel(), minlength=256)
    counts = histogram[list(classes.values)]
    if histogram.sum() != counts.sum():
        return {"reason": BAD_VALUES, "values": np.flatnonzero(histogram).tolist()}
    facts = {"size": values.shape, "counts": counts.tolist()}
    if photo is None:
        return facts | {"reason": NO_PHOTO}
    try:
        size = _checked_size(photo)
    except (PhotoError, OSError):
        return facts | {"reason": BAD_PHOTO}
    return facts if size == values.shape else facts | {"reason": BAD_SIZE}


def _checked_size(path: Path) -> tuple[int, int]:
    """Upright height and width of a photo that decodes to its end. Raises PhotoError."""
    image = open_image(path.read_bytes(), path.name)
    check_image(image, path.name)
    width, height = image.size
    try:
        # At an eighth of its size a JPEG is still read to its last byte, but costs a fraction of the arithmetic.
        image.draft(None, (max(1, width // 8), max(1, height // 8)))
        image.load()
        # EXIF orientation: lies on its side. Asked after decoding, as Pillow turns a TIFF itself and PNG may end in it.
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except Exception as error:  # see photo.py: damaged files raise nearly anything
        raise PhotoError("photo_damaged", name=path.name, reason=error) from None
    return (width, height) if turned else (height, width)
