"""What visitors have given lies on disk, bounded, and goes with the visit and with the server."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from seg.errors import SegError
from seg.serve import limits, upload_files
from seg.serve.upload_files import LOCK, PREFIX, UploadFiles, beside


@pytest.fixture
def files() -> UploadFiles:
    return UploadFiles()


def test_the_same_bytes_of_a_visit_are_kept_once_and_each_visit_has_its_own(files):
    path = files.keep("a", "key", b"photo")
    assert files.keep("a", "key", b"photo") == path and path.read_bytes() == b"photo" and files.nbytes == 5
    other = files.keep("b", "key", b"photo")
    assert other != path and files.nbytes == 10
    assert path.parent.stat().st_mode & 0o077 == 0, "for this account alone"
    files.forget("a")
    assert not path.parent.exists() and other.exists() and files.nbytes == 5
    files.forget("b")


def test_files_of_all_visits_are_bounded_by_their_bytes_with_a_sentence(files, monkeypatch):
    monkeypatch.setattr(limits, "GIGA", 10)
    monkeypatch.setattr(limits, "UPLOADS_GIGABYTES", 1)
    files.keep("a", "first", bytes(6))
    with pytest.raises(SegError, match="all visitors together may keep 1 GB"):
        files.keep("b", "second", bytes(5))
    assert files.nbytes == 6
    files.forget("a")
    files.keep("b", "second", bytes(5))
    files.forget("b")


def test_what_is_kept_beside_a_file_goes_with_it_and_with_the_visit(files):
    cat, dog = files.keep("a", "cat", b"photo"), files.keep("a", "dog", b"photo")
    for file in (cat, dog):
        files.keep_beside(file, "answer", b"12")
    assert beside(cat, "answer").read_bytes() == b"12" and files.nbytes == 14
    files.keep_only("a", {"dog"})
    assert not beside(cat, "answer").exists() and beside(dog, "answer").exists() and files.nbytes == 7
    files.keep_beside(cat, "answer", b"12")
    assert not beside(cat, "answer").exists(), "its file is gone"
    files.forget("a")
    files.keep_beside(dog, "answer", b"12")
    assert not dog.parent.exists() and files.nbytes == 0


def test_nothing_is_kept_beside_files_in_the_room_that_visitors_need_for_theirs(files, monkeypatch):
    monkeypatch.setattr(limits, "GIGA", 10)
    monkeypatch.setattr(limits, "UPLOADS_GIGABYTES", 1)
    cat = files.keep("a", "cat", bytes(3))
    files.keep_beside(cat, "large", bytes(3))
    files.keep_beside(cat, "small", bytes(2))
    assert [beside(cat, ending).exists() for ending in ("large", "small")] == [False, True] and files.nbytes == 5
    files.keep("b", "dog", bytes(5))
    files.forget("a")
    files.forget("b")


def test_a_photo_gets_the_room_that_is_taken_beside_files(files, monkeypatch):
    monkeypatch.setattr(limits, "GIGA", 10)
    monkeypatch.setattr(limits, "UPLOADS_GIGABYTES", 1)
    cat = files.keep("a", "cat", bytes(2))
    files.keep_beside(cat, "answer", bytes(3))
    files.keep("b", "dog", bytes(7))
    assert not beside(cat, "answer").exists() and cat.exists() and files.nbytes == 9
    files.forget("a")
    files.forget("b")


def test_a_visit_may_not_fill_the_disk_with_what_is_beside_its_files(files, monkeypatch):
    monkeypatch.setattr(limits, "MEGA", 10)
    monkeypatch.setattr(limits, "VISITOR_MEGABYTES", 1)
    cat = files.keep("a", "cat", bytes(5))
    files.keep_beside(cat, "first", bytes(5))
    files.keep_beside(cat, "second", bytes(1))
    assert [beside(cat, ending).exists() for ending in ("first", "second")] == [True, False]
    files.forget("a")


@pytest.mark.parametrize("end", [lambda files: files.forget("a"), lambda files: files.keep_only("a", ())])
def test_nothing_stays_of_what_was_written_while_its_file_went(files, monkeypatch, end):
    cat, write_file = files.keep("a", "cat", b"photo"), upload_files.write_file

    def write_late(path: Path, data: bytes) -> None:
        end(files)
        path.parent.mkdir(exist_ok=True)  # as where the folder was still being deleted
        write_file(path, data)

    monkeypatch.setattr(upload_files, "write_file", write_late)
    files.keep_beside(cat, "answer", b"12")
    assert not beside(cat, "answer").exists() and files.nbytes == 0
    files.forget("a")
    assert not cat.parent.exists()


def test_what_a_cleaner_has_taken_from_beside_a_file_is_kept_again(files):
    cat = files.keep("a", "cat", b"photo")
    files.keep_beside(cat, "answer", b"12")
    beside(cat, "answer").unlink()
    files.keep_beside(cat, "answer", b"12")
    assert beside(cat, "answer").exists() and files.nbytes == 7
    files.forget("a")


def test_a_disk_that_is_full_costs_what_is_beside_a_file_and_nothing_else(files, monkeypatch):
    cat = files.keep("a", "cat", b"photo")
    monkeypatch.setattr(upload_files, "write_file", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    files.keep_beside(cat, "answer", b"12")
    assert cat.exists() and files.nbytes == 5
    files.forget("a")


def test_a_full_disk_is_told_of_and_what_was_not_written_does_not_count(files, monkeypatch):
    def full(*_) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(upload_files, "write_file", full)
    with pytest.raises(SegError, match="the server's disk is full"):
        files.keep("a", "key", b"photo")
    assert files.nbytes == 0
    files.forget("a")


def test_a_folder_that_the_system_has_cleaned_away_is_made_again(files):
    gone = files.keep("a", "key", b"photo")
    gone.unlink()
    gone.parent.rmdir()
    assert files.keep("a", "key", b"photo").read_bytes() == b"photo" and files.nbytes == 5
    files.forget("a")


def test_a_server_removes_what_a_killed_one_has_left_and_leaves_a_living_ones_alone(tmp_path: Path, monkeypatch):
    killed, living, young = (tmp_path / f"{PREFIX}{name}" for name in ("killed", "living", "young"))
    for folder in (killed, living, young):
        folder.mkdir()
    (killed / LOCK).touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with FileLock(living / LOCK):
        place = upload_files._place.__wrapped__()
        assert sorted(tmp_path.iterdir()) == sorted([living, young, place])
