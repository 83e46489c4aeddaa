"""Folders of photos without a pet, and which of them are held back from training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seg.data.dataset import DatasetError
from seg.data.no_pets import is_held_back, photos_in

Maker = Callable[..., Path]


def test_the_pictures_of_a_folder_are_found_by_name(no_pets_folder: Path):
    assert [path.name for path in photos_in(no_pets_folder)] == [f"thing-{number}.png" for number in range(9)]


def test_a_folder_without_photos_is_named(tmp_path: Path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DatasetError, match="There are no photos in"):
            photos_in(place)


def test_one_photo_of_three_is_held_back_whatever_stands_beside_it_and_where(tmp_path: Path):
    names = [f"photo-{number}.jpg" for number in range(3000)]
    held = [name for name in names if is_held_back(tmp_path / name)]
    assert 900 < len(held) < 1100
    assert held == [name for name in names if is_held_back(Path("elsewhere") / name.replace(".jpg", ".png"))]
