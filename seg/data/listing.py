"""The files of a dataset folder: where photos and trimaps are looked for, and what each is called.

Kaggle's archives unpack into ``images/images`` and ``annotations/annotations/trimaps``, some people keep a folder for
each breed, and some name the folder above the dataset: all of these are searched.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seg.names import readable_name
from seg.photo.formats import SUFFIXES, is_picture

# Why a file is left out: codes, whose sentences are the texts `dataset.reason_CODE`.
APPLE_DOUBLE = "apple_double"
NOT_AN_IMAGE = "not_an_image"
SAME_NAME = "same_name"

PHOTO_FOLDER = "images"
TRIMAP_FOLDERS = (
    "annotations/trimaps",
    "annotations/masks",
    "annotations/annotations/trimaps",
    "annotations/annotations/masks",
    "trimaps",
    "masks",
)
LIST_FOLDERS = ("annotations", "annotations/annotations")
LIST_NAMES = ("trainval.txt", "test.txt", "validation.txt")  # the last one says which of the first validate
MOST_DEPTH = 3  # folders within images/ and within the trimaps' folder; links may lead in a circle


@dataclass(frozen=True)
class FolderFiles:
    """The files of a dataset folder: photos and trimaps by name, and what is neither, by reason.

    ``root``: the folder that has the photos' folder and the trimaps'.
    """

    root: Path
    photos: dict[str, Path]
    trimaps: dict[str, Path]
    left_out: dict[str, list[str]]


class Picture(NamedTuple):
    """A file that is a picture by its suffix or its content; ``folders``: those that it lies in, below the one that is
    searched."""

    stem: str
    folders: tuple[str, ...]
    path: Path


def list_files(folder: Path) -> FolderFiles | None:
    """The photos and trimaps of a folder, or of the only folder in it that has trimaps; None where none has.

    A file is called by its name without suffix. Where two in different folders share it, each is called by its folder,
    too: ``beagle/1.jpg`` is ``beagle_1``.
    """
    home = find_home(folder)
    if home is None:
        return None
    left_out: dict[str, list[str]] = defaultdict(list)
    photos = list(pictures_in(home / PHOTO_FOLDER, left_out))
    trimaps = list(pictures_in(_trimap_folder(home), left_out))
    shared = shared_stems(photos) | shared_stems(trimaps)
    return FolderFiles(home, by_name(photos, shared, left_out), by_name(trimaps, shared, left_out), dict(left_out))


def find_home(folder: Path) -> Path | None:
    """The folder itself where it has trimaps, else the only folder in it that does, else None."""
    if _trimap_folder(folder):
        return folder
    homes = [Path(entry.path) for entry in _entries(folder) if entry.is_dir() and _trimap_folder(Path(entry.path))]
    return homes[0] if len(homes) == 1 else None


def stamp_of(folder: Path) -> tuple[object, ...]:
    """What changes when a photo, a trimap or a list is added to a dataset folder, or taken away."""
    home = find_home(folder)
    if home is None:
        return ()
    trimaps = _trimap_folder(home)
    folders = [home, *_folders(home / PHOTO_FOLDER), *(_folders(trimaps) if trimaps else ())]
    lists = [home / folder / name for folder in LIST_FOLDERS for name in ("", *LIST_NAMES)]
    return tuple((str(path), _changed(path)) for path in (*folders, *lists, home / "classes.json"))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _folders(folder: Path, depth: int = MOST_DEPTH) -> Iterator[Path]:
    """The folder and those in it that are searched."""
    yield folder
    for entry in _entries(folder) if depth else ():
        if entry.is_dir() and not _is_hidden(entry.name):
            yield from _folders(Path(entry.path), depth - 1)


def _trimap_folder(home: Path) -> Path | None:
    return next((home / name for name in TRIMAP_FOLDERS if (home / name).is_dir()), None)


def _entries(folder: Path | None) -> list[os.DirEntry[str]]:
    """What a folder holds, by name; nothing for one that is missing or may not be read."""
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name) if folder else []
    except OSError:
        return []


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def pictures_in(
    folder: Path | None, left_out: dict[str, list[str]], folders: tuple[str, ...] = ()
) -> Iterator[Picture]:
    """The pictures of a folder and of those in it, three deep; the names of other files are added to ``left_out``."""
    below = []
    for entry in _entries(folder):
        name = readable_name(entry.name)
        stem, suffix = os.path.splitext(name)
        if name.startswith("._"):
            left_out[APPLE_DOUBLE].append(name)
        elif entry.is_dir():
            below.append(entry)
        elif not entry.is_file() or not (suffix.lower() in SUFFIXES or _is_picture(Path(entry.path))):
            left_out[NOT_AN_IMAGE].append(name)
        else:
            yield Picture(stem, folders, Path(entry.path))
    for entry in below if len(folders) < MOST_DEPTH else ():
        if not _is_hidden(entry.name):
            yield from pictures_in(Path(entry.path), left_out, (*folders, readable_name(entry.name)))


def _is_picture(path: Path) -> bool:
    """Whether a file with a suffix of no picture, or with none, is one."""
    try:
        return is_picture(path)
    except OSError:
        return False


def shared_stems(pictures: Sequence[Picture]) -> set[str]:
    """The stems of pictures that lie in different folders."""
    folders: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for picture in pictures:
        folders[picture.stem].add(picture.folders)
    return {stem for stem, places in folders.items() if len(places) > 1}


def by_name(pictures: Sequence[Picture], shared: set[str], left_out: dict[str, list[str]]) -> dict[str, Path]:
    """Pictures by what they are called: their stem, and their folders before it where it is ``shared``.

    What is called as another picture is added to ``left_out``.
    """
    by_name: dict[str, Path] = {}
    for picture in pictures:
        name = "_".join((*picture.folders, picture.stem)) if picture.stem in shared else picture.stem
        if name in by_name:
            left_out[SAME_NAME].append(readable_name(picture.path.name))
        else:
            by_name[name] = picture.path
    return by_name
