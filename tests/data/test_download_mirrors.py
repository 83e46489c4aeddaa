"""What goes wrong at a server: it is asked again, or the next mirror is, or one sentence says why not."""

from __future__ import annotations

from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from seg.data.archives import DownloadError, dataset_is_there
from seg.data.download import download_dataset
from seg.data.download_progress import DownloadProgress
from tests.data.served import IMAGES, PHOTO, QUICK, Handler, Server, Sources, archive, file_of, left_beside, sentence


@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"statuses": [404]}, id="404"),
        pytest.param({"statuses": [503, 503, 503]}, id="503 again and again"),
        pytest.param({"data": IMAGES[:-1] + b"?"}, id="wrong bytes"),
        pytest.param({"data": b"<html>", "headers": {"Content-Type": "text/html"}}, id="a web page"),
        pytest.param({"data": IMAGES[:-1]}, id="another size"),
        pytest.param({"data": IMAGES + b"x", "headers": {"Content-Length": ""}}, id="too long, not stated"),
        pytest.param({"data": IMAGES[:-1], "headers": {"Content-Length": ""}}, id="too short, not stated"),
    ],
)
def test_the_second_mirror_is_used_when_the_first_has_no_such_file(
    folder: Path, server: Server, sources: Sources, first: dict[str, Any]
) -> None:
    server.serve("/first", **({"data": IMAGES} | first))
    server.serve("/second", IMAGES)
    images = archive(server, "images.tar.gz", IMAGES, "/first", "/second")
    download_dataset(folder, sources=(sources[0], images), patience=QUICK)
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_the_second_mirror_is_used_when_the_first_cannot_be_reached(
    folder: Path, server: Server, sources: Sources
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
        nobody = f"http://127.0.0.1:{closed.server_port}/images.tar.gz"
    images = replace(sources[1], urls=(nobody, *sources[1].urls))
    download_dataset(folder, sources=(sources[0], images), patience=QUICK)
    assert dataset_is_there(folder)


def test_a_web_page_or_another_file_does_not_cost_what_has_come(folder: Path, server: Server, sources: Sources) -> None:
    file_of(folder).parent.mkdir()
    file_of(folder).write_bytes(IMAGES[:100_000])
    page = {"Content-Type": "text/html", "Content-Length": ""}
    server.serve("/page", b"<html>", knows_ranges=False, headers=page)
    server.serve("/shorter", IMAGES[:50_000])
    server.serve("/longer", IMAGES + IMAGES)
    images = archive(server, "images.tar.gz", IMAGES, "/page", "/shorter", "/longer", "/images.tar.gz")
    download_dataset(folder, sources=(sources[0], images), patience=QUICK)
    assert server.requests_for("/images.tar.gz")[0].range == "bytes=100000-"


def test_when_no_mirror_has_the_file_one_sentence_says_what_each_answered(
    folder: Path, server: Server, sources: Sources
) -> None:
    server.serve("/first", IMAGES, statuses=[404])
    server.serve("/second", IMAGES, statuses=[503] * QUICK.tries)
    images = archive(server, "images.tar.gz", IMAGES, "/first", "/second")
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=(images, sources[0]), patience=QUICK)
    assert sentence(error) == (
        "images.tar.gz could not be downloaded, as 127.0.0.1 answered 404 Not Found, and 127.0.0.1 answered "
        "503 Service Unavailable: check the connection and start again."
    )
    assert left_beside(folder) == []


def test_a_passing_error_is_waited_out_longer_each_time(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, statuses=[503, 500, 503])
    slept: list[float] = []
    reports: list[DownloadProgress] = []
    patience = replace(QUICK, tries=4, backoff_s=1.0, sleep=slept.append)
    download_dataset(folder, sources=sources, patience=patience, progress=reports.append)
    assert sum(slept) == pytest.approx(0 + 2 + 4)
    notes = [p.note for p in reports if p.step == "wait"]
    assert str(notes[0]) == "127.0.0.1 answered 503 Service Unavailable: asked again after 0 s"


def test_wrong_bytes_are_thrown_away_with_a_sentence(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", bytes(len(IMAGES)))
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=sources, patience=QUICK)
    assert "images.tar.gz" in sentence(error) and "other bytes" in sentence(error)
    assert not file_of(folder).exists() and not folder.exists()


def test_a_server_that_sends_without_end_is_not_listened_to(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES * 10, headers={"Content-Length": ""})
    reports: list[DownloadProgress] = []
    with pytest.raises(DownloadError, match="sends more than the official file"):
        download_dataset(folder, sources=sources, patience=QUICK, progress=reports.append)
    assert len(server.requests_for("/images.tar.gz")) == 1
    assert max(p.fraction for p in reports) <= 1.0


def test_a_server_that_falls_silent_is_not_waited_for_forever(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000], hangs=True)
    download_dataset(folder, sources=sources, patience=replace(QUICK, read_s=0.1))
    assert len(server.requests_for("/images.tar.gz")) == 2
