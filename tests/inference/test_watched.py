"""A folder whose photos are segmented as they come."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from seg.inference.watched import RECORD, WatchedFolder


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    """The folder that is watched, with one photo, and that of the results."""
    watched, results = tmp_path / "watched", tmp_path / "results"
    watched.mkdir()
    results.mkdir()
    Image.new("RGB", (32, 32)).save(watched / "cat.png")
    return watched, results


def finish(folder: WatchedFolder, results: Path) -> list[str]:
    """The stems of the photos that are complete, whose results are then there."""
    stems = []
    for path, stem in folder.look():
        (results / f"{stem}.trimap.png").touch()
        folder.note(path, [results / f"{stem}.trimap.png"])
        stems.append(stem)
    return stems


def test_a_photo_waits_until_two_looks_find_the_same_and_comes_once(folders):
    folder = WatchedFolder(*folders)
    assert finish(folder, folders[1]) == []
    (folders[0] / "dog.jpg").write_bytes(b"begun")
    assert finish(folder, folders[1]) == ["cat"]
    (folders[0] / "dog.jpg").write_bytes(b"begun, and more")
    assert finish(folder, folders[1]) == []
    assert finish(folder, folders[1]) == ["dog"]
    assert finish(folder, folders[1]) == []


def test_another_start_skips_what_is_done_but_not_what_was_replaced_or_lost_its_results(folders):
    watched, results = folders
    for name in ("dog.png", "cat.bmp"):
        Image.new("RGB", (32, 32)).save(watched / name)
    folder = WatchedFolder(watched, results)
    folder.look()
    assert finish(folder, results) == ["cat", "cat-2", "dog"]
    with (results / RECORD).open("a") as record:
        record.write('{"photo": "cut o')
    again = WatchedFolder(watched, results)
    again.look()
    assert finish(again, results) == []
    Image.new("RGB", (64, 64)).save(watched / "cat.png")
    (results / "dog.trimap.png").unlink()
    third = WatchedFolder(watched, results)
    third.look()
    assert finish(third, results) == ["cat-2", "dog"]


def test_a_photo_that_failed_comes_again_when_it_is_changed_or_at_the_next_start(folders):
    watched, results = folders
    folder = WatchedFolder(watched, results)
    folder.look()
    ((path, _),) = folder.look()
    folder.note(path, None)
    assert folder.look() == []
    again = WatchedFolder(watched, results)
    again.look()
    assert [photo for photo, _ in again.look()] == [path]
