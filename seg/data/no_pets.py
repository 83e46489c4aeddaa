"""Folders of photos without a pet: a training shows them as background alone, or pastes small pets into them.

Every photo of the official dataset shows one pet, large in the picture. A network trained on these alone takes any
conspicuous thing for a pet, and misses pets that are far away.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from seg.data.dataset import DatasetError
from seg.data.photo_files import photos_in_folder
from seg.names import readable_name
from seg.photo import PhotoError, read_photo

HELD_BACK_EVERY = 3  # one photo of so many is not trained on


def photos_in(folder: str | Path) -> tuple[Path, ...]:
    """The pictures of a folder, by name. Raises DatasetError where there are none."""
    folder = Path(folder)
    photos = tuple(photos_in_folder(folder)) if folder.is_dir() else ()
    if not photos:
        raise DatasetError("no_pets_missing", folder=folder)
    return photos


def is_held_back(photo: Path) -> bool:
    """Whether a photo without a pet, or of a group, is not trained on: by a hash of its name, the same everywhere."""
    return int(hashlib.sha256(readable_name(photo.stem).encode()).hexdigest()[:8], 16) % HELD_BACK_EVERY == 0


def training_photos(folder: str | Path) -> tuple[tuple[Path, ...], dict[str, str]]:
    """The photos of a folder to train on, and by name why others cannot be. Raises DatasetError where there are none.

    Each is decoded once now: otherwise a training would fail at a damaged one, hours later.
    """
    chosen, bad = [], {}
    for photo in photos_in(folder):
        if is_held_back(photo):
            continue
        try:
            read_photo(photo)
            chosen.append(photo)
        except PhotoError as error:
            bad[photo.name] = str(error)
    if not chosen:
        raise DatasetError("no_pets_none_to_train", folder=folder, bad=len(bad))
    return tuple(chosen), bad
