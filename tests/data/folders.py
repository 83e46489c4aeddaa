"""What the tests of dataset folders share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from seg.data.dataset import Dataset


def names_of(dataset: Dataset) -> list[str]:
    return [sample.name for sample in dataset]


def put(path: Path, picture: Image.Image | np.ndarray, format: str | None = None, **options) -> None:
    """Write a picture in a format that need not be the one its name promises."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, format, **options)


def photo_of(root: Path, name: str) -> Path:
    return root / "images" / f"{name}.jpg"


def trimap_of(root: Path, name: str) -> Path:
    return root / "annotations" / "trimaps" / f"{name}.png"


def assert_no_name_stands_twice(splits: dict[str, tuple[str, ...]], names: list[str]) -> None:
    placed = [name for part in ("train", "validation", "test") for name in splits[part]]
    assert sorted(placed) == sorted(names)
