"""Which files of a dataset folder belong together, which of them can be used, and what their trimaps hold.

Every pair is decoded once. The facts are remembered on disk by name, size and time of change, because decoding the
complete dataset takes a minute.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags

from seg.classes import Classes
from seg.data.trimaps import read_trimap
from seg.files import cache_folder, write_file
from seg.photo import SIDEWAYS, PhotoError, check_image, open_image
from seg.photo.formats import SUFFIXES

# Goes up when the check of a file finds other facts than before, so that remembered facts are not used any more.
# Part of the name of the file of facts: another check finds other facts.
CHECK_VERSION = 4

# Why a file is left out: codes, whose sentences are the texts `dataset.reason_CODE`.
APPLE_DOUBLE = "apple_double"
NOT_AN_IMAGE = "not_an_image"
SAME_NAME = "same_name"
NO_TRIMAP = "no_trimap"
NO_PHOTO = "no_photo"
BAD_PHOTO = "bad_photo"
BAD_TRIMAP = "bad_trimap"
BAD_VALUES = "bad_values"
BAD_SIZE = "bad_size"
UNLISTED = "unlisted"

TRIMAP_FOLDERS = ("annotations/trimaps", "annotations/masks", "trimaps", "masks")


@dataclass(frozen=True)
class PairFacts:
    """What is known about a trimap and its photo.

    ``reason``: the code of why the pair is left out, or empty. ``size``: height and width of the trimap in pixels;
    ``counts``: its pixels by label; both are empty for a trimap that cannot be used.
    """

    reason: str = ""
    size: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class FolderFiles:
    """The files of a dataset folder: photos and trimaps by name, and what is neither, by reason."""

    photos: dict[str, Path]
    trimaps: dict[str, Path]
    left_out: dict[str, list[str]]


def list_files(root: Path) -> FolderFiles | None:
    """The files in ``images/`` and in the first trimap folder that exists; None where there is no trimap folder."""
    trimap_folder = next((root / name for name in TRIMAP_FOLDERS if (root / name).is_dir()), None)
    if trimap_folder is None:
        return None
    left_out: dict[str, list[str]] = {}
    return FolderFiles(_pictures(root / "images", left_out), _pictures(trimap_folder, left_out), left_out)


def _pictures(folder: Path, left_out: dict[str, list[str]]) -> dict[str, Path]:
    """The pictures of a folder by name without suffix; the names of other files are added to ``left_out``."""
    pictures: dict[str, Path] = {}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.is_dir() else ():
        name, suffix = os.path.splitext(entry.name)
        if entry.name.startswith("._"):
            left_out.setdefault(APPLE_DOUBLE, []).append(entry.name)
        elif not entry.is_file() or suffix.lower() not in SUFFIXES:
            left_out.setdefault(NOT_AN_IMAGE, []).append(entry.name)
        elif name in pictures:
            left_out.setdefault(SAME_NAME, []).append(entry.name)
        else:
            pictures[name] = Path(entry.path)
    return pictures


def check_pairs(
    root: Path, files: FolderFiles, classes: Classes, progress: Callable[[int, int], None] | None
) -> dict[str, PairFacts]:
    """The facts about every trimap and its photo, sorted by name.

    ``progress`` gets the number of pairs checked and the number to check; pairs whose facts are remembered do not
    count. If it raises, the check ends, and the next one continues from there.
    """
    # The facts depend on the folder and on the values that its classes have, in the order of their labels.
    key = hashlib.sha256(f"{root.resolve()} {classes.values}".encode()).hexdigest()[:16]
    memory = cache_folder() / f"dataset-{CHECK_VERSION}-{key}.json"
    remembered = _recall(memory)
    stamps = {name: [_stamp(files.photos.get(name)), _stamp(trimap)] for name, trimap in files.trimaps.items()}
    facts = {name: fact for name, (stamp, fact) in remembered.items() if stamps.get(name) == stamp}
    unknown = [name for name in files.trimaps if name not in facts]
    pool = ThreadPoolExecutor()  # Pillow's decoders release the interpreter's lock
    try:
        checks = pool.map(lambda name: _check_pair(files.photos.get(name), files.trimaps[name], classes), unknown)
        for done, (name, fact) in enumerate(zip(unknown, checks, strict=True), 1):
            facts[name] = fact
            if progress:
                progress(done, len(unknown))
    finally:
        # A `with` block would first check all other pairs after Ctrl-C, and then forget the facts.
        pool.shutdown(cancel_futures=True)
        if unknown:
            _remember(memory, {name: {"stamp": stamps[name], **asdict(fact)} for name, fact in facts.items()})
    return dict(sorted(facts.items()))


def _stamp(path: Path | None) -> list[int] | None:
    """What changes when a file changes: its size in bytes and its time of change."""
    if path is None:
        return None
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _recall(memory: Path) -> dict[str, tuple[Any, PairFacts]]:
    """Stamps and facts by name; nothing where they cannot be read."""
    try:
        return {
            name: (row["stamp"], PairFacts(str(row["reason"]), tuple(row["size"]), tuple(row["counts"])))
            for name, row in json.loads(memory.read_bytes()).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _remember(memory: Path, rows: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time at the next start, nothing else
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_file(memory, json.dumps(rows))


def _check_pair(photo: Path | None, trimap: Path, classes: Classes) -> PairFacts:
    try:
        values = read_trimap(trimap)
    except (PhotoError, OSError):
        return PairFacts(BAD_TRIMAP)
    histogram = np.bincount(values.ravel(), minlength=256)
    counts = histogram[list(classes.values)]
    if counts.sum() != values.size:
        return PairFacts(BAD_VALUES)
    return PairFacts(_photo_problem(photo, values.shape), values.shape, tuple(counts.tolist()))


def _photo_problem(photo: Path | None, size: tuple[int, ...]) -> str:
    """Why a photo does not go with a trimap of this size, or nothing."""
    if photo is None:
        return NO_PHOTO
    try:
        return "" if _size_of(photo) == size else BAD_SIZE
    except (PhotoError, OSError):
        return BAD_PHOTO


def _size_of(path: Path) -> tuple[int, int]:
    """Upright height and width of a photo that can be decoded to its end. Raises OSError, PhotoError."""
    image = open_image(path.read_bytes(), path.name)
    check_image(image, path.name)
    width, height = image.size
    try:
        # At an eighth of its size a JPEG is still read to its last byte, but needs a fraction of the arithmetic.
        image.draft(None, (max(1, width // 8), max(1, height // 8)))
        image.load()
        # Read after decoding: Pillow turns a TIFF itself, and a PNG may have its EXIF at the end.
        is_sideways = image.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS
    except Exception as error:  # damaged files make Pillow's decoders raise nearly anything
        raise PhotoError("photo_damaged", name=path.name, reason=error) from None
    return (width, height) if is_sideways else (height, width)
