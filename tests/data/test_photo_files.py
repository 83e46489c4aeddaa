"""Photos are named by path, by folder or by pattern."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.data.photo_files import NoPhotosError, find_photos, photos_in_folder
from tests.encoded import colourful, encoded


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
    assert names(find_photos(patterns).photos) == ["c.webp", "b.JPG", "a.png"]
    assert names(find_photos([str(folder / "**" / "*.webp")]).photos) == ["c.webp"]


def test_a_file_that_does_not_exist_is_named_so_that_its_reader_can_say_so(folder):
    assert names(find_photos([str(folder / "missing.jpg")]).photos) == ["missing.jpg"]


@pytest.mark.parametrize("pattern", ["folder.jpg", "*.nothing"])
def test_a_folder_or_pattern_without_photos_is_refused(folder, pattern):
    with pytest.raises(NoPhotosError, match="There are no photos in"):
        find_photos([str(folder / pattern)])


@pytest.mark.parametrize("name", ["noending", "f.jpg_large", "c.jfif", "d.JPE", "e.HEIC", "g.txt"])
def test_the_content_decides_what_is_a_photo(tmp_path, name):
    (tmp_path / name).write_bytes(encoded(colourful(), "JPEG"))
    assert names(photos_in_folder(tmp_path)) == [name]
    assert names(find_photos([str(tmp_path / "*")]).photos) == [name]


def test_what_is_no_photo_is_named(folder):
    assert names(find_photos([str(folder)]).others) == ["folder.jpg", "inner", "notes.txt"]
    assert names(find_photos([str(folder / "*")]).others) == ["notes.txt"]
    assert names(find_photos([str(folder / "notes.txt")]).photos) == ["notes.txt"], "its reader says what is wrong"


def test_a_file_that_may_not_be_read_is_no_photo_unless_its_name_says_so(tmp_path, monkeypatch):
    for name in ("a.png", "b"):
        (tmp_path / name).write_bytes(encoded(colourful()))

    def refuses(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("seg.data.photo_files.is_picture", refuses)
    found = find_photos([str(tmp_path)])
    assert (names(found.photos), names(found.others)) == (["a.png"], ["b"])


def test_results_of_an_earlier_segmentation_are_no_photos_unless_they_are_named(tmp_path):
    results = [f"a.{part}.png" for part in ("cutout", "overlay", "trimap")] + ["a.probabilities.npz"]
    for name in ("a.jpg", "trimap.png", *results):
        (tmp_path / name).write_bytes(encoded(colourful()))
    assert names(photos_in_folder(tmp_path)) == ["a.jpg", "trimap.png"]
    for pattern in (tmp_path, tmp_path / "*"):
        found = find_photos([str(pattern)])
        assert (names(found.photos), found.others) == (["a.jpg", "trimap.png"], [])
        assert sorted(names(found.results)) == sorted(results)
    named = find_photos([str(tmp_path), str(tmp_path / "a.cutout.png")])
    assert "a.cutout.png" in names(named.photos) and "a.cutout.png" not in names(named.results)
