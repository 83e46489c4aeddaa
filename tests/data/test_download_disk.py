"""What goes wrong on the disk that the dataset is downloaded to."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seg.data.archives import DownloadError, dataset_is_there
from seg.data.download import download_dataset
from tests.data.served import IMAGES, PHOTO, QUICK, Server, Sources, file_of, files_in, left_beside, sentence


def disk_with(free: int) -> Callable[[Path], Any]:
    return lambda path: SimpleNamespace(free=free)


def test_too_little_space_is_said_before_anything_is_fetched(
    folder: Path, server: Server, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = sum(source.size + source.unpacked_size for source in sources)
    monkeypatch.setattr(shutil, "disk_usage", disk_with(needed - 5_000))
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=sources, patience=QUICK)
    assert str(folder) in sentence(error)
    assert "needs 2 MB" in sentence(error) and "5 kB of that are missing" in sentence(error)
    assert server.asked == [] and left_beside(folder) == []


def test_what_has_come_needs_no_space_again(folder: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(IMAGES[:100_000])
    needed = sum(source.size + source.unpacked_size for source in sources)
    monkeypatch.setattr(shutil, "disk_usage", disk_with(needed - 100_000))
    download_dataset(folder, sources=sources, patience=QUICK)
    assert dataset_is_there(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 400 kB: what a full disk does is the kernel's to say."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"FULL DISK NOT TESTED: no mount command here ({error})")
    if mounted.returncode:
        pytest.skip(f"FULL DISK NOT TESTED: cannot mount a tmpfs here ({mounted.stderr.strip()})")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def grow(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)


def test_a_disk_that_fills_up_while_fetching_keeps_what_has_come(
    small_disk: Path, server: Server, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_disk / "pets"
    (small_disk / "other people's").write_bytes(bytes(200_000))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", disk_with(10**9))
        with pytest.raises(DownloadError) as error:
            download_dataset(folder, sources=sources, patience=QUICK)
    assert f"The disk of {folder} is full" in sentence(error)
    assert not folder.exists()
    kept = file_of(folder).stat().st_size
    assert 0 < kept < len(IMAGES)

    grow(small_disk)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[-1].range == f"bytes={kept}-"
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_disk_that_fills_up_while_unpacking_keeps_the_archives_only(
    small_disk: Path, server: Server, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_disk / "pets"
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", disk_with(10**9))
        with pytest.raises(DownloadError) as error:
            download_dataset(folder, sources=sources, patience=QUICK)
    assert f"The disk of {folder} is full" in sentence(error)
    assert not folder.exists() and not (file_of(folder).parent / "unpacked").exists()

    grow(small_disk)
    fetched = len(server.asked)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert len(server.asked) == fetched
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_mount_point_is_refused_as_nothing_can_be_renamed_onto_it(small_disk: Path, sources: Sources) -> None:
    with pytest.raises(DownloadError) as error:
        download_dataset(small_disk, sources=sources)
    assert "mount point" in sentence(error)


def test_a_folder_with_other_files_is_refused_and_untouched(folder: Path, sources: Sources) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=sources)
    assert str(folder) in sentence(error)
    assert files_in(folder) == ["thesis.txt"] and left_beside(folder) == ["pets"]


def test_a_file_in_the_folders_place_is_refused(folder: Path, sources: Sources) -> None:
    folder.write_text("mine")
    with pytest.raises(DownloadError, match="is a file"):
        download_dataset(folder, sources=sources)


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(folder: Path, sources: Sources) -> None:
    folder.write_text("a file")
    with pytest.raises(DownloadError) as error:
        download_dataset(folder / "below", sources=sources)
    assert "cannot be read or written" in sentence(error)


def test_a_python_that_cannot_unpack_safely_is_told_so(
    folder: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tarfile, "data_filter")
    with pytest.raises(DownloadError, match=r"3\.11\.4"):
        download_dataset(folder, sources=sources)
