"""What the check has found is remembered until a file changes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data import checking, trimaps
from seg.data.checking import BAD_VALUES, NO_PHOTO
from seg.data.dataset import Dataset
from tests.data.folders import photo_of, put, trimap_of

Maker = Callable[..., Path]


class Openings(list):
    """The files whose pictures are opened, in order."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Openings:
    names = Openings()
    real = checking.open_image

    def counting(data: bytes, name: str):
        names.append(name)
        return real(data, name)

    for module in (checking, trimaps):
        monkeypatch.setattr(module, "open_image", counting)
    return names


def cache_file() -> Path:
    (file,) = Path(os.environ["SEG_CACHE"]).glob("*.json")
    return file


def test_a_second_opening_reads_no_picture_and_finds_the_same(pets: Path, opened: Openings):
    trimap_of(pets, "pug_1").write_bytes(b"damaged")
    photo_of(pets, "pug_9").unlink()
    first = Dataset.open(pets)
    assert len(opened) == 14  # 8 trimaps, 6 photos: the damaged trimap's photo need not be looked at
    opened.clear()
    assert Dataset.open(pets) == first
    assert opened == []


def test_a_check_that_is_interrupted_ends_soon_and_continues_from_there(pets: Path, monkeypatch: pytest.MonkeyPatch):
    check, checked = checking._check_pair, []

    def check_slowly(*pair):
        checked.append(pair)
        time.sleep(0.1)
        return check(*pair)

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checking, "ThreadPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    monkeypatch.setattr(checking, "_check_pair", check_slowly)
    with pytest.raises(KeyboardInterrupt):
        Dataset.open(pets, progress=interrupt)
    assert len(checked) < 8
    progress: list[tuple[int, int]] = []
    Dataset.open(pets, progress=lambda done, total: progress.append((done, total)))
    assert progress[-1] == (6, 6)


def test_a_file_that_changed_is_checked_again_and_no_other(pets: Path, opened: Openings):
    Dataset.open(pets)
    opened.clear()
    path = trimap_of(pets, "pug_1")
    values = np.asarray(Image.open(path)).copy()
    values[0, 0] = 9
    put(path, values)
    os.utime(path, ns=(1, 1))
    assert Dataset.open(pets).left_out == {BAD_VALUES: ("pug_1",)}
    assert set(opened) == {"pug_1.png"}


def test_a_file_of_the_same_size_and_another_time_is_checked_again(pets: Path, opened: Openings):
    Dataset.open(pets)
    opened.clear()
    os.utime(photo_of(pets, "pug_1"), ns=(1, 1))
    Dataset.open(pets)
    assert set(opened) == {"pug_1.png", "pug_1.jpg"}


def test_a_photo_that_arrives_or_goes_is_noticed(pets: Path):
    photo = photo_of(pets, "pug_1")
    data = photo.read_bytes()
    photo.unlink()
    assert Dataset.open(pets).left_out == {NO_PHOTO: ("pug_1",)}
    photo.write_bytes(data)
    assert Dataset.open(pets).left_out == {}
    photo.unlink()
    assert Dataset.open(pets).left_out == {NO_PHOTO: ("pug_1",)}


def test_two_folders_do_not_mix_or_forget_their_facts(small_dataset: Maker, opened: Openings):
    one, other = small_dataset(folder="one"), small_dataset(folder="other", size=(10, 12))
    assert {sample.size for sample in Dataset.open(one)} == {(24, 32)}
    assert {sample.size for sample in Dataset.open(other)} == {(10, 12)}
    opened.clear()
    assert {sample.size for sample in Dataset.open(one)} == {(24, 32)}
    assert opened == []


@pytest.mark.parametrize("below", ["", "deep/er"], ids=["is a file", "lies below a file"])
def test_a_cache_that_cannot_be_written_is_harmless(pets: Path, tmp_path: Path, monkeypatch, below: str):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SEG_CACHE", str(tmp_path / "file" / below))
    assert len(Dataset.open(pets)) == 8
    assert len(Dataset.open(pets)) == 8


def test_a_full_disk_leaves_no_half_cache(pets: Path, monkeypatch: pytest.MonkeyPatch):
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        real(self, data[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert len(Dataset.open(pets)) == 8
    assert list(Path(os.environ["SEG_CACHE"]).iterdir()) == []


@pytest.mark.parametrize(
    "text", [b"", b"{", b"null", b"[]", b"7", b'{"pug_1": 3}', b'{"pug_1": {}}', b'{"pug_1": null}', b"\xff\xfe\0{"]
)
def test_a_corrupt_cache_is_harmless_and_mended(pets: Path, opened: Openings, text: bytes):
    first = Dataset.open(pets)
    cache_file().write_bytes(text)
    assert Dataset.open(pets) == first
    opened.clear()
    assert Dataset.open(pets) == first
    assert opened == []
    assert isinstance(json.loads(cache_file().read_text()), dict)


def test_the_cache_leaves_no_partial_files(pets: Path):
    Dataset.open(pets)
    assert [path.suffix for path in Path(os.environ["SEG_CACHE"]).iterdir()] == [".json"]


def test_progress_is_reported_for_what_is_checked_and_not_for_what_is_known(pets: Path):
    reports: list[tuple[int, int]] = []
    Dataset.open(pets, progress=lambda done, of: reports.append((done, of)))
    assert reports == [(done, 8) for done in range(1, 9)]
    reports.clear()
    Dataset.open(pets, progress=lambda done, of: reports.append((done, of)))
    assert reports == []
