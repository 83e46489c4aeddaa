"""Files and folders appear complete or not at all, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seg import files
from seg.files import (
    cache_folder,
    complete_file,
    complete_files,
    complete_folder,
    free_name,
    make_free_folder,
    why_unwritable,
    write_file,
)
from tests.conftest import ROOT


def test_a_file_is_replaced_by_the_new_content(tmp_path: Path):
    path = tmp_path / "a.txt"
    write_file(path, "old")
    write_file(path, "new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_file_stays_as_it_was_when_writing_fails(tmp_path: Path):
    path = tmp_path / "a.txt"
    write_file(path, "old")
    with pytest.raises(ZeroDivisionError), complete_file(path) as unfinished:
        unfinished.write_text("half of")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_two_threads_that_write_one_file_never_mix(tmp_path: Path):
    path = tmp_path / "a.txt"
    contents = [str(number) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_file(path, content), contents))
    assert path.read_text() in contents
    assert os.listdir(tmp_path) == ["a.txt"]


def test_files_that_belong_together_appear_together(tmp_path: Path):
    path = tmp_path / "deep" / "net.xml"
    with complete_files(path) as unfinished:
        assert unfinished.name == "net.xml"
        unfinished.write_text("graph")
        unfinished.with_suffix(".bin").write_text("weights")
        assert [name for name in os.listdir(path.parent) if not name.startswith(".")] == []
    assert path.read_text() == "graph" and path.with_suffix(".bin").read_text() == "weights"
    with pytest.raises(ZeroDivisionError), complete_files(path) as unfinished:
        unfinished.write_text("half of")
        raise ZeroDivisionError
    assert path.read_text() == "graph"
    assert sorted(os.listdir(path.parent)) == ["net.bin", "net.xml"]


def test_a_folder_appears_when_all_of_it_is_written(tmp_path: Path):
    path = tmp_path / "deep" / "folder"
    with complete_folder(path) as unfinished:
        (unfinished / "a").write_text("1")
        assert not path.exists()
    assert (path / "a").read_text() == "1"
    assert os.listdir(path.parent) == ["folder"]


def test_a_folder_that_holds_something_is_replaced_only_when_asked(tmp_path: Path):
    path = tmp_path / "folder"
    with complete_folder(path) as unfinished:
        (unfinished / "a").write_text("1")
    with pytest.raises(FileExistsError), complete_folder(path) as unfinished:
        (unfinished / "b").write_text("2")
    assert os.listdir(path) == ["a"]
    with complete_folder(path, overwrite=True) as unfinished:
        (unfinished / "b").write_text("2")
    assert os.listdir(path) == ["b"]
    assert os.listdir(tmp_path) == ["folder"]


def test_a_folder_that_fails_leaves_the_old_one_and_nothing_else(tmp_path: Path):
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(ZeroDivisionError), complete_folder(path) as unfinished:
        (unfinished / "a").write_text("1")
        raise ZeroDivisionError
    assert os.listdir(path) == []
    assert os.listdir(tmp_path) == ["folder"]


def test_names_that_differ_in_case_alone_are_not_both_free():
    taken: set[str] = set()
    assert [free_name(name, taken) for name in ("Tom", "tom", "TOM", "tom-2")] == ["Tom", "tom-2", "TOM-3", "tom-2-2"]


def test_a_free_folder_is_made_beside_those_that_exist(tmp_path: Path):
    assert [make_free_folder(tmp_path / "runs", "run").name for _ in range(3)] == ["run", "run-2", "run-3"]


def raise_as_platformdirs_does(*_, **__) -> Path:
    raise RuntimeError("could not determine the home directory for '~/.cache'")


@pytest.mark.parametrize(
    "where", [raise_as_platformdirs_does, lambda *_, **__: Path("~/.cache/seg")], ids=["now", "before"]
)
def test_a_user_without_a_home_has_a_cache_that_goes_with_the_process(monkeypatch, where):
    monkeypatch.delenv("SEG_CACHE", raising=False)
    monkeypatch.setattr(files, "user_cache_path", where)
    files._temporary_cache.cache_clear()
    folder = cache_folder()
    try:
        assert folder.is_absolute() and folder.is_dir() and cache_folder() == folder
        if os.name == "posix":
            assert folder.stat().st_mode & 0o077 == 0, "others could fill it"
    finally:
        folder.rmdir()
        files._temporary_cache.cache_clear()


DRAWN = "from seg.pictures import curves; curves({'demo': [{'epoch': 1, 'loss': 0.5, 'mean_iou': 0.5}]})"


@pytest.mark.parametrize("cache", ["cache", "file/cache"], ids=["a cache", "no cache either"])
def test_matplotlib_says_nothing_of_a_home_that_cannot_be_written(tmp_path, cache):
    (tmp_path / "file").write_text("nothing can be made below a file")
    home = str(tmp_path / "file" / "home")
    settings = os.environ | {"HOME": home, "USERPROFILE": home, "SEG_CACHE": str(tmp_path / cache)}
    settings.pop("MPLCONFIGDIR", None)
    done = subprocess.run([sys.executable, "-c", DRAWN], cwd=ROOT, env=settings, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "cache" / "matplotlib").exists() == (cache == "cache")


def test_a_folder_that_can_be_made_can_be_written_and_stays_unmade(tmp_path):
    assert why_unwritable(tmp_path / "a" / "b") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_says_why_in_the_systems_words(tmp_path):
    (tmp_path / "file").write_text("")
    assert why_unwritable(tmp_path / "file" / "b")


def test_names_that_differ_in_unicodes_form_alone_are_not_both_free():
    taken: set[str] = set()
    names = [unicodedata.normalize(form, "Caf\u00e9") for form in ("NFC", "NFD")]
    assert free_name(names[0], taken) == names[0]
    assert free_name(names[1], taken) == f"{names[1]}-2"


@pytest.mark.parametrize("name", ["n" * 255, "猫" * 85, "é" * 127])
def test_a_file_of_the_longest_name_is_written(tmp_path: Path, name: str):
    write_file(tmp_path / name, "x")
    assert os.listdir(tmp_path) == [name]


KILLED = """
import os, sys
from pathlib import Path
from seg import files
with getattr(files, sys.argv[1])(Path(sys.argv[2])) as unfinished:
    (unfinished / "a" if sys.argv[1] == "complete_folder" else unfinished).write_text("half")
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
@pytest.mark.parametrize("writer", ["complete_file", "complete_files", "complete_folder"])
def test_what_a_killed_writer_leaves_is_no_result_and_is_removed_by_a_writer_of_another_day(tmp_path, writer):
    path = tmp_path / "out" / "pets.xml"
    path.parent.mkdir()
    done = subprocess.run([sys.executable, "-c", KILLED, writer, str(path)], cwd=ROOT)
    assert done.returncode == -9
    (left,) = path.parent.iterdir()
    assert not path.exists() and left.name.startswith(".pets.xml.") and left.suffix == files.UNFINISHED

    def write() -> None:
        with getattr(files, writer)(path) as unfinished:
            (unfinished / "a" if writer == "complete_folder" else unfinished).write_text("all")

    write()
    assert path.exists() and left.exists(), "another process may still be writing it"
    if writer == "complete_file":
        return
    os.utime(left, (1, 1))
    if path.is_dir():
        shutil.rmtree(path)
    write()
    assert list(path.parent.iterdir()) == [path]
