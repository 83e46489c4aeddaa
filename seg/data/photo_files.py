"""Photos on disk by path, folder or pattern."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from seg.errors import SegError
from seg.photo.formats import SUFFIXES


class NoPhotosError(SegError):
    """A folder or pattern without photos."""


def photos_in_folder(folder: Path) -> list[Path]:
    """The files of a folder that are called as photos are, by name; hidden ones are left out. Raises OSError."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in files if path.suffix.lower() in SUFFIXES)


def find_photos(patterns: Sequence[str]) -> list[Path]:
    """Files, the photos of folders, and globs such as ``photos/**/*.jpg``, in their order, each once.

    A name that is neither a folder nor a glob is taken for a file, whether it exists or not. Raises NoPhotosError.
    """
    photos: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            matches = photos_in_folder(path)
        elif path.exists() or not glob.has_magic(pattern):
            matches = [path]
        else:
            matches = sorted(Path(match) for match in glob.glob(pattern, recursive=True) if Path(match).is_file())
        if not matches:
            raise NoPhotosError("no_photos", pattern=pattern)
        photos |= dict.fromkeys(matches)
    return list(photos)
