"""Photos without a pet: what to answer with background alone, and what to put a small pet into.

Every photo of the dataset shows one pet, and large. A network that has seen nothing else takes any striking thing for
a pet, and misses pets that are far away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from seg.classes import PETS, Classes
from seg.data.dataset import DatasetError
from seg.photo import SUFFIXES, PhotoError, read_photo

HELD_BACK_SHARE = 3  # one of so many
KEPT_BYTES = 500_000_000  # of decoded photos


def photos_in(folder: str | Path) -> tuple[Path, ...]:
    """The pictures of a folder, by name. Raises DatasetError where there are none."""
    folder = Path(folder)
    found = [p for p in folder.iterdir() if not p.name.startswith(".")] if folder.is_dir() else []
    photos = tuple(sorted(p for p in found if p.suffix.lower() in SUFFIXES and p.is_file()))
    if not photos:
        raise DatasetError(f"there are no photos in {folder}: name a folder of photos without pets.")
    return photos


def is_held_back(photo: Path) -> bool:
    """Whether a photo without a pet, or of a group, is kept from training: by a hash of its name, so on every machine
    the same."""
    return int(hashlib.sha256(photo.stem.encode()).hexdigest()[:8], 16) % HELD_BACK_SHARE == 0


def training_photos(folder: str | Path) -> tuple[tuple[Path, ...], dict[str, str]]:
    """The photos of a folder to train on, and by name why others are left out. Raises DatasetError for none.

    Each is decoded once: a training would else end at a bad one, hours later.
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
        raise DatasetError(f"no photo of {folder} can be trained on: a third is held back, {len(bad)} cannot be read.")
    return tuple(chosen), bad


class Surroundings:
    """Photos without a pet at one size, each decoded once and kept while ``cache_bytes`` (default ``KEPT_BYTES``)
    allow; safe to call from threads."""

    def __init__(self, photos: Sequence[Path], size: int, cache_bytes: int | None = None):
        self.photos = photos
        self.size = size
        self._room = (KEPT_BYTES if cache_bytes is None else cache_bytes) // (size * size * 3)
        self._kept: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, index: int) -> np.ndarray:
        """Uint8 ``(size, size, 3)``. Raises PhotoError."""
        if index in self._kept:
            return self._kept[index]
        image = Image.fromarray(read_photo(self.photos[index]).pixels)
        pixels = np.asarray(image.resize((self.size, self.size), Image.Resampling.BILINEAR))
        if len(self._kept) < self._room:
            self._kept[index] = pixels
        return pixels


def paste_pet(
    image: np.ndarray,
    labels: np.ndarray,
    surround: np.ndarray,
    side: float,
    place: tuple[float, float],
    classes: Classes = PETS,
) -> tuple[np.ndarray, np.ndarray]:
    """The pet of one picture, cut out by its labels and made ``side`` times as large, in another picture.

    ``image``: uint8 ``(H, W, 3)``; ``labels``: uint8 ``(H, W)``; ``surround``: uint8 ``(H', W', 3)``. ``side``, in
    (0, 1], is the height and width of the whole pasted picture as a share of the surround's; ``place`` its top and left
    as a share of what room there is. Returns the new picture and its labels, of the surround's size.
    """
    background = classes["background"].label
    height, width = (max(1, round(n * side)) for n in surround.shape[:2])
    top, left = (round(p * (n - m)) for p, n, m in zip(place, surround.shape, (height, width), strict=False))
    # Antialiased: a hard edge would tell the network where the pet was pasted.
    own = _own_pixels(labels, background).resize((width, height), Image.Resampling.BILINEAR)
    alpha = np.asarray(own)[..., None] / 255
    small = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
    mixed, mixed_labels = surround.copy(), np.full(surround.shape[:2], background, np.uint8)
    window = np.s_[top : top + height, left : left + width]
    mixed[window] = np.round(alpha * small + (1 - alpha) * mixed[window])
    mixed_labels[window] = np.asarray(Image.fromarray(labels).resize((width, height), Image.Resampling.NEAREST))
    return mixed, mixed_labels


def cover_pet(image: np.ndarray, labels: np.ndarray, cover: np.ndarray, classes: Classes = PETS) -> np.ndarray:
    """The picture of a pet with another picture where the pet was, in its shape: what looks like a pet and is none.

    ``image`` and ``cover``: uint8 ``(H, W, 3)``; ``labels``: uint8 ``(H, W)``. Returns uint8 ``(H, W, 3)``, on which
    nothing of the pet or its border is left.
    """
    own = _own_pixels(labels, classes["background"].label)
    # Wider, so that a soft edge leaves nothing of the pet; soft, for a hard one would tell where it was covered.
    alpha = np.asarray(own.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.BoxBlur(1)))[..., None] / 255
    return np.round(alpha * cover + (1 - alpha) * image).astype(np.uint8)


def _own_pixels(labels: np.ndarray, background: int) -> Image.Image:
    """White where the pet or its border is, black elsewhere."""
    return Image.fromarray(np.where(labels == background, 0, 255).astype(np.uint8))
