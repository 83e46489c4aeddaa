"""Photos on disk by path, folder or pattern; the content of a file says whether it is one."""

from __future__ import annotations

import contextlib
import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seg.errors import SegError
from seg.photo.formats import SUFFIXES, is_picture


class NoPhotosError(SegError):
    """A folder or pattern without photos."""


# What `predict` calls its results: segmented once more, they would be results of results.
RESULT = re.compile(
    r".+\.(trimap|overlay|cutout)\.png|.+\.cutout\.(webp|jpg|gif|apng|webm)|.+\.probabilities\.npz", re.IGNORECASE
)


@dataclass(frozen=True)
class PhotoFiles:
    """``photos``: files that are pictures, or are called as pictures are; ``results``: what an earlier segmentation has
    written; ``others``: what is neither.

    >>> from pathlib import Path
    >>> from seg.data.photo_files import find_photos
    >>> for name in ("cat.jpg", "cat.trimap.png", "notes.txt"):
    ...     Path(name).touch()
    >>> found = find_photos(["."])
    >>> found.photos[0].name, found.results[0].name, found.others[0].name
    ('cat.jpg', 'cat.trimap.png', 'notes.txt')
    """

    photos: list[Path]
    others: list[Path]
    results: list[Path] = field(default_factory=list)


def photos_in_folder(folder: Path) -> list[Path]:
    """The photos of a folder by name; hidden ones are left out. Raises OSError.

    >>> from seg.data.dataset import SAMPLE_FOLDER
    >>> from seg.data.photo_files import photos_in_folder
    >>> photos = photos_in_folder(SAMPLE_FOLDER / "images")
    >>> len(photos), photos[0].name
    (148, 'Abyssinian_137.jpg')
    """
    return _sorted_out(folder.iterdir()).photos


def find_photos(patterns: Sequence[str]) -> PhotoFiles:
    """Files, the photos of folders, and globs such as ``photos/**/*.jpg``, in their order, each once.

    A name that is neither a folder nor a glob is taken for a photo, whether it exists or not, and so is a result of an
    earlier segmentation. Raises NoPhotosError.

    >>> from seg.data.dataset import SAMPLE_FOLDER
    >>> from seg.data.photo_files import find_photos
    >>> found = find_photos([f"{SAMPLE_FOLDER}/images/pug_*.jpg", "cat.jpg"])
    >>> [photo.name for photo in found.photos]  # a name is taken at its word: segmenting it says that it is missing
    ['pug_100.jpg', 'pug_16.jpg', 'pug_181.jpg', 'pug_73.jpg', 'cat.jpg']
    """
    photos: dict[Path, None] = {}
    others: dict[Path, None] = {}
    results: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            found = _sorted_out(path.iterdir())
        elif path.exists() or not glob.has_magic(pattern):
            found = PhotoFiles([path], [])
        else:
            matches = map(Path, glob.glob(pattern, recursive=True))
            found = _sorted_out(match for match in matches if not match.is_dir())
        if not found.photos:
            raise NoPhotosError("no_photos", pattern=pattern)
        photos |= dict.fromkeys(found.photos)
        others |= dict.fromkeys(found.others)
        results |= dict.fromkeys(found.results)
    return PhotoFiles(list(photos), list(others), [path for path in results if path not in photos])


def _sorted_out(paths: Iterable[Path]) -> PhotoFiles:
    """Which of some files and folders are photos, each by name; hidden ones are left out.

    A damaged file that is called as photos are stays among the photos: its reader says what is wrong with it.
    """
    found = PhotoFiles([], [])
    for path in sorted(path for path in paths if not path.name.startswith(".")):
        if RESULT.fullmatch(path.name):
            found.results.append(path)
        elif path.is_file() and (path.suffix.lower() in SUFFIXES or _begins_as_one(path)):
            found.photos.append(path)
        else:
            found.others.append(path)
    return found


def _begins_as_one(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return is_picture(path)
    return False
