"""The download of the dataset as it should go: both archives become the official layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seg.data.archives import OFFICIAL_ARCHIVES, dataset_is_there
from seg.data.download import download_dataset
from seg.data.download_progress import DownloadProgress
from tests.data.served import ANNOTATIONS, IMAGES, PHOTO, QUICK, Server, Sources, archive, files_in, left_beside, tar_of


def test_both_archives_become_the_official_layout_and_nothing_else_is_left(folder: Path, sources: Sources) -> None:
    assert download_dataset(folder, sources=sources, patience=QUICK) == folder
    assert files_in(folder) == [
        "annotations/README",
        "annotations/list.txt",
        "annotations/trimaps/Bengal_1.png",
        "images/Bengal_1.jpg",
        "images/Bengal_1.mat",
    ]
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO
    assert left_beside(folder) == ["pets"]


def test_apple_double_files_are_not_unpacked(folder: Path, sources: Sources) -> None:
    download_dataset(folder, sources=sources, patience=QUICK)
    assert not list(folder.rglob("._*"))


def test_an_empty_folder_is_filled(folder: Path, sources: Sources) -> None:
    folder.mkdir()
    download_dataset(folder, sources=sources, patience=QUICK)
    assert dataset_is_there(folder)


def test_missing_parent_folders_are_made(folder: Path, sources: Sources) -> None:
    download_dataset(folder / "deep" / "down", sources=sources, patience=QUICK)
    assert dataset_is_there(folder / "deep" / "down")


def test_archives_are_kept_on_request(folder: Path, sources: Sources) -> None:
    download_dataset(folder, sources=sources, patience=QUICK, keep_archives=True)
    assert (folder / "images.tar.gz").read_bytes() == IMAGES
    assert (folder / "annotations.tar.gz").read_bytes() == ANNOTATIONS
    assert left_beside(folder) == ["pets"]


def test_a_plain_tar_named_tar_gz_is_unpacked(folder: Path, server: Server, sources: Sources) -> None:
    plain = tar_of({"./images/Bengal_1.jpg": PHOTO}, mode="w")
    server.serve("/plain.tar.gz", plain)
    download_dataset(folder, sources=(sources[0], archive(server, "plain.tar.gz", plain)), patience=QUICK)
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_server_that_calls_the_gzip_an_encoding_gives_the_same_file(
    folder: Path, server: Server, sources: Sources
) -> None:
    server.serve("/images.tar.gz", IMAGES, headers={"Content-Encoding": "gzip", "Content-Type": "application/x-tar"})
    download_dataset(folder, sources=sources, patience=QUICK)
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO
    assert server.requests_for("/images.tar.gz")[0].accept_encoding == "identity"


@pytest.mark.parametrize("wrong", [{"sha256": "0"}, {"md5": "0"}], ids=["no SHA-256", "no MD5"])
def test_either_sum_is_enough(folder: Path, sources: Sources, wrong: dict[str, Any]) -> None:
    download_dataset(folder, sources=[replace(source, **wrong) for source in sources], patience=QUICK)
    assert dataset_is_there(folder)


def test_progress_rises_to_the_whole_in_each_step(folder: Path, sources: Sources) -> None:
    reports: list[DownloadProgress] = []
    download_dataset(folder, sources=sources, patience=QUICK, progress=reports.append)
    for step in ("download", "unpack"):
        for source in sources:
            done = [p.done for p in reports if (p.step, p.archive) == (step, source.name)]
            assert done == sorted(done) and done[-1] == source.size
    assert {p.total for p in reports if p.archive == "images.tar.gz"} == {len(IMAGES)}
    assert reports[-1].fraction == 1.0


def test_progress_tells_speed_and_time_left() -> None:
    halfway = DownloadProgress("download", "a", done=50, total=100, note=None, bytes_per_second=10.0)
    assert (halfway.fraction, halfway.seconds_left) == (0.5, 5.0)
    assert replace(halfway, bytes_per_second=0.0).seconds_left is None


def test_an_existing_dataset_is_untouched_and_no_server_asked(folder: Path, server: Server, sources: Sources) -> None:
    for name in ("images/mine_1.jpg", "annotations/trimaps/mine_1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"mine")
    reports: list[DownloadProgress] = []
    assert download_dataset(folder, sources=sources, progress=reports.append) == folder
    assert files_in(folder) == ["annotations/trimaps/mine_1.png", "images/mine_1.jpg"]
    assert [p.step for p in reports] == ["present"]
    assert server.asked == [] and left_beside(folder) == ["pets"]


def test_the_official_archives_are_those_of_the_two_loaders() -> None:
    annotations, images = OFFICIAL_ARCHIVES
    assert (annotations.size, images.size) == (19_173_078, 791_918_971)
    for source in (annotations, images):
        assert [url.split("/")[2] for url in source.urls] == ["thor.robots.ox.ac.uk", "www.robots.ox.ac.uk"]
        assert all(url.startswith("https://") and url.endswith(f"/{source.name}") for url in source.urls)
        assert len(source.sha256) == 64 and len(source.md5) == 32
