"""A download continues where it was cut, whoever cut it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seg.data.archives import DownloadError
from seg.data.download import download_dataset
from tests.data.served import IMAGES, PHOTO, QUICK, Server, Sources, archive, file_of, sentence


def test_after_a_cut_only_the_rest_is_fetched(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000])
    download_dataset(folder, sources=sources, patience=QUICK)
    first, second = server.requests_for("/images.tar.gz")
    assert first.range is None
    assert second.range == "bytes=100000-"
    assert first.sent + second.sent == len(IMAGES)


def test_the_next_start_goes_on_from_what_the_last_one_kept(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000])
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=sources, patience=replace(QUICK, tries=1))
    assert "images.tar.gz" in sentence(error) and "100 kB are downloaded and kept" in sentence(error)
    assert file_of(folder).stat().st_size == 100_000 and not folder.exists()

    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[1].range == "bytes=100000-"
    assert len(server.requests_for("/annotations.tar.gz")) == 1
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_many_cuts_are_survived_as_long_as_each_request_brings_more(
    folder: Path, server: Server, sources: Sources
) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[30_000] * 8)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert len(server.requests_for("/images.tar.gz")) == 9 > QUICK.tries


def test_a_server_without_ranges_is_read_from_the_start_again(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000], knows_ranges=False)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[1].sent == len(IMAGES)
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_server_without_ranges_that_always_cuts_is_given_up(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000] * 99, knows_ranges=False)
    with pytest.raises(DownloadError, match="cut the connection"):
        download_dataset(folder, sources=sources, patience=QUICK)
    assert len(server.requests_for("/images.tar.gz")) == QUICK.tries


def test_a_file_that_changed_at_the_server_is_read_from_the_start_again(
    folder: Path, server: Server, sources: Sources
) -> None:
    server.serve("/images.tar.gz", bytes(len(IMAGES)), cuts=[100_000])
    with pytest.raises(DownloadError):
        download_dataset(folder, sources=sources, patience=replace(QUICK, tries=1))
    server.serve("/images.tar.gz", IMAGES)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == [None, "bytes=100000-", None]
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_the_second_mirror_goes_on_from_what_the_first_brought(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/first", IMAGES, cuts=[100_000, 0, 0])
    server.serve("/second", IMAGES)
    images = archive(server, "images.tar.gz", IMAGES, "/first", "/second")
    download_dataset(folder, sources=(sources[0], images), patience=QUICK)
    (request,) = server.requests_for("/second")
    assert request.range == "bytes=100000-"
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_server_that_sends_another_range_than_asked_is_read_from_the_start_again(
    folder: Path, server: Server, sources: Sources
) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(IMAGES[:100_000])
    server.serve("/images.tar.gz", IMAGES, headers={"Content-Range": f"bytes 0-99/{len(IMAGES)}"})
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == ["bytes=100000-", None]


def test_a_part_longer_than_the_file_is_thrown_away(folder: Path, server: Server, sources: Sources) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(IMAGES + b"x")
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == [None]


def test_a_part_damaged_on_disk_is_noticed_and_read_from_the_start_again(
    folder: Path, server: Server, sources: Sources
) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(bytes(100_000))
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == ["bytes=100000-", None]
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_many_cuts_are_survived_after_damaged_bytes_were_thrown_away(
    folder: Path, server: Server, sources: Sources
) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(bytes(100_000))
    server.serve("/images.tar.gz", IMAGES, cuts=[len(IMAGES), *[30_000] * 8])
    download_dataset(folder, sources=sources, patience=QUICK)
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_an_archive_put_there_by_hand_is_taken(folder: Path, server: Server, sources: Sources) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(IMAGES)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz") == []
