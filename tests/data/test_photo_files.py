"""Photos are named by path, by folder or by pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.data.photo_files import NoPhotosError, find_photos, photos_in_folder


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.jpg", "inner/c.webp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.jpg").mkdir()
    return tmp_path


def names(photos: list[Path]) -> list[str]:
    return [photo.name for photo in photos]


def test_the_photos_of_a_folder_come_by_name_without_hidden_and_other_files(folder):
    assert names(photos_in_folder(folder)) == ["a.png", "b.JPG"]


def test_files_folders_and_patterns_keep_their_order_and_each_photo_comes_once(folder):
    patterns = [str(folder / "inner" / "*.webp"), str(folder / "b.JPG"), str(folder)]
    assert names(find_photos(patterns)) == ["c.webp", "b.JPG", "a.png"]
    assert names(find_photos([str(folder / "**" / "*.webp")])) == ["c.webp"]


def test_a_file_that_does_not_exist_is_named_so_that_its_reader_can_say_so(folder):
    assert names(find_photos([str(folder / "missing.jpg")])) == ["missing.jpg"]


@pytest.mark.parametrize("pattern", ["folder.jpg", "*.nothing"])
def test_a_folder_or_pattern_without_photos_is_refused(folder, pattern):
    with pytest.raises(NoPhotosError, match="There are no photos in"):
        find_photos([str(folder / pattern)])
