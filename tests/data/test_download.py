"""The download, from a server on this machine that can be told to fail in the ways in which real ones do."""

import hashlib
import io
import random
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seg.data import download
from seg.data.download import Archive, DownloadCancelled, DownloadError, DownloadProgress, Patience, download_dataset

QUICK = Patience(connect_s=5.0, read_s=5.0, tries=3, first_wait_s=0.1, sleep=lambda seconds: None)
"""No waits: the back-off's length is looked at, not sat through."""

PHOTO = random.Random(1).randbytes(300_000)
"""As a JPEG, it does not shrink in gzip, so that an archive can be cut where a test wants it."""


Sources = tuple[Archive, Archive]
"""The annotations and the images, as OFFICIAL_ARCHIVES."""


# What is served ---------------------------------------------------------------------------------------------


def tar_of(
    files: dict[str, bytes], mode: str = "w:gz", extra: Callable[[tarfile.TarFile], None] | None = None
) -> bytes:
    """An archive with `files`, and then what `extra` adds."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        if extra:
            extra(tar)
    return buffer.getvalue()


IMAGES = tar_of({"images/Bengal_1.jpg": PHOTO, "images/Bengal_1.mat": b"no image"})
ANNOTATIONS = tar_of(
    {
        "annotations/README": b"read me",
        "annotations/trimaps/Bengal_1.png": b"a trimap",
        "annotations/trimaps/._Bengal_1.png": b"not a trimap",
        "annotations/list.txt": b"Bengal_1 6 1 2\n",
    }
)


@dataclass
class Asked:
    """One request, and how many bytes of body it was answered with."""

    path: str
    range: str | None
    if_range: str | None
    accept_encoding: str | None
    sent: int = 0


@dataclass
class Resource:
    """A file at the server, and how the server treats it."""

    data: bytes
    etag: str = '"version-1"'
    knows_ranges: bool = True
    knows_if_range: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """Answered to the first requests, one each."""
    cuts: list[int] = field(default_factory=list)
    """The connection of each of the first requests is cut after so many bytes of body."""
    hangs: bool = False
    """After a cut the connection is not closed, it falls silent."""


class Server(ThreadingHTTPServer):
    """Serves `resources` by path and keeps what it was asked in `asked`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.resources: dict[str, Resource] = {}
        self.asked: list[Asked] = []
        self.woken = threading.Event()

    def serve(self, path: str, data: bytes, **how: Any) -> Resource:
        self.resources[path] = Resource(data, **how)
        return self.resources[path]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def requests_for(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = Asked(
            self.path, self.headers.get("Range"), self.headers.get("If-Range"), self.headers.get("Accept-Encoding")
        )
        self.server.asked.append(asked)
        resource = self.server.resources.get(self.path)
        if resource is None:
            self.send_error(404)
        elif resource.statuses:
            self.send_error(resource.statuses.pop(0))
        else:
            self.answer(resource, asked)

    def answer(self, resource: Resource, asked: Asked) -> None:
        start = self.start_of(resource, asked)
        total = len(resource.data)
        headers = {"Content-Type": "application/x-gzip", "ETag": resource.etag}
        if start is None:
            self.send_response(200)
            headers["Content-Length"] = str(total)
        elif start < total:
            self.send_response(206)
            headers["Content-Length"] = str(total - start)
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        else:
            self.send_response(416)
            headers["Content-Range"] = f"bytes */{total}"
        for name, value in (headers | resource.headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.send(resource, asked, resource.data[start or 0 :])

    def send(self, resource: Resource, asked: Asked, body: bytes) -> None:
        cut = resource.cuts.pop(0) if resource.cuts else None
        try:
            self.wfile.write(body[:cut])
            asked.sent = len(body[:cut])
        except OSError:
            return  # the client has hung up, which some tests mean it to
        if cut is not None and resource.hangs:
            self.server.woken.wait(10)

    def start_of(self, resource: Resource, asked: Asked) -> int | None:
        """Where the answer begins; None for the whole file."""
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.range or "")
        changed = resource.knows_if_range and asked.if_range not in (None, resource.etag)
        return int(wanted[1]) if wanted and resource.knows_ranges and not changed else None

    def log_message(self, format: str, *args: object) -> None:
        """Silent: pytest would show it beside each failure."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # a proxy of the machine would be asked for it otherwise
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        server.serve("/images.tar.gz", IMAGES)
        server.serve("/annotations.tar.gz", ANNOTATIONS)
        yield server
        server.woken.set()
        server.shutdown()
        thread.join()


def archive(server: Server, name: str, data: bytes, *paths: str) -> Archive:
    """`data`, as a caller names it; the server has it under each of `paths`, or else under its name."""
    return Archive(
        name=name,
        urls=tuple(server.url(path) for path in paths or (f"/{name}",)),
        size=len(data),
        unpacked_size=1_000_000,
        sha256=hashlib.sha256(data).hexdigest(),
        md5=hashlib.md5(data).hexdigest(),
    )


@pytest.fixture
def sources(server: Server) -> Sources:
    return archive(server, "annotations.tar.gz", ANNOTATIONS), archive(server, "images.tar.gz", IMAGES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the dataset is to be; its parent is the test's own, so that all that is left can be seen."""
    return tmp_path / "pets"


def split_of(folder: Path) -> Path:
    return folder.parent / "pets.download" / "images.tar.gz.part"


def left_beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def sentence(error: pytest.ExceptionInfo[Exception]) -> str:
    """The error's text, held to what every one has to be: a single sentence."""
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text and ". " not in text, text
    return text


# The way it should go ---------------------------------------------------------------------------------------


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
    assert download.dataset_is_there(folder)


def test_missing_parent_folders_are_made(folder: Path, sources: Sources) -> None:
    download_dataset(folder / "deep" / "down", sources=sources, patience=QUICK)
    assert download.dataset_is_there(folder / "deep" / "down")


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
    assert download.dataset_is_there(folder)


def test_progress_rises_to_the_whole_in_each_step(folder: Path, sources: Sources) -> None:
    told: list[DownloadProgress] = []
    download_dataset(folder, sources=sources, patience=QUICK, progress=told.append)
    for step in ("download", "unpack"):
        for source in sources:
            done = [p.done for p in told if (p.step, p.archive) == (step, source.name)]
            assert done == sorted(done) and done[-1] == source.size
    assert {p.total for p in told if p.archive == "images.tar.gz"} == {len(IMAGES)}
    assert told[-1].fraction == 1.0


def test_progress_tells_speed_and_time_left() -> None:
    halfway = DownloadProgress("download", "a", done=50, total=100, note="", bytes_per_second=10.0)
    assert (halfway.fraction, halfway.seconds_left) == (0.5, 5.0)
    assert replace(halfway, bytes_per_second=0.0).seconds_left is None


def test_an_existing_dataset_is_untouched_and_no_server_asked(folder: Path, server: Server, sources: Sources) -> None:
    for name in ("images/mine_1.jpg", "annotations/trimaps/mine_1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"mine")
    told: list[DownloadProgress] = []
    assert download_dataset(folder, sources=sources, progress=told.append) == folder
    assert files_in(folder) == ["annotations/trimaps/mine_1.png", "images/mine_1.jpg"]
    assert [p.step for p in told] == ["present"]
    assert server.asked == [] and left_beside(folder) == ["pets"]


def test_the_official_archives_are_those_of_the_two_loaders() -> None:
    annotations, images = download.OFFICIAL_ARCHIVES
    assert (annotations.size, images.size) == (19_173_078, 791_918_971)
    for source in (annotations, images):
        assert [url.split("/")[2] for url in source.urls] == ["thor.robots.ox.ac.uk", "www.robots.ox.ac.uk"]
        assert all(url.startswith("https://") and url.endswith(f"/{source.name}") for url in source.urls)
        assert len(source.sha256) == 64 and len(source.md5) == 32


# Going on from where it was ---------------------------------------------------------------------------------


def test_after_a_cut_only_the_rest_is_fetched(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000])
    download_dataset(folder, sources=sources, patience=QUICK)
    first, second = server.requests_for("/images.tar.gz")
    assert first.range is None
    assert (second.range, second.if_range) == ("bytes=100000-", '"version-1"')
    assert first.sent + second.sent == len(IMAGES)


def test_the_next_start_goes_on_from_what_the_last_one_kept(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000])
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=sources, patience=replace(QUICK, tries=1))
    assert "images.tar.gz" in sentence(error) and "100 kB have come and are kept" in sentence(error)
    assert split_of(folder).stat().st_size == 100_000 and not folder.exists()

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


@pytest.mark.parametrize("knows_if_range", [True, False], ids=["heeds If-Range", "ignores If-Range"])
def test_a_file_that_changed_at_the_server_is_read_from_the_start_again(
    folder: Path, server: Server, sources: Sources, knows_if_range: bool
) -> None:
    old = bytes(len(IMAGES))
    server.serve("/images.tar.gz", old, etag='"version-0"', cuts=[100_000])
    with pytest.raises(DownloadError):
        download_dataset(folder, sources=sources, patience=replace(QUICK, tries=1))
    server.serve("/images.tar.gz", IMAGES, etag='"version-1"', knows_if_range=knows_if_range)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[1].if_range == '"version-0"'
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_the_second_mirror_goes_on_from_what_the_first_brought(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/first", IMAGES, cuts=[100_000, 0, 0])
    server.serve("/second", IMAGES, etag='"another name"')
    images = archive(server, "images.tar.gz", IMAGES, "/first", "/second")
    download_dataset(folder, sources=(sources[0], images), patience=QUICK)
    (request,) = server.requests_for("/second")
    assert (request.range, request.if_range) == ("bytes=100000-", None)
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_server_that_sends_another_range_than_asked_is_read_from_the_start_again(
    folder: Path, server: Server, sources: Sources
) -> None:
    split_of(folder).parent.mkdir()
    split_of(folder).write_bytes(IMAGES[:100_000])
    server.serve("/images.tar.gz", IMAGES, headers={"Content-Range": f"bytes 0-99/{len(IMAGES)}"})
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == ["bytes=100000-", None]


def test_a_part_longer_than_the_file_is_thrown_away(folder: Path, server: Server, sources: Sources) -> None:
    split_of(folder).parent.mkdir()
    split_of(folder).write_bytes(IMAGES + b"x")
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == [None]


def test_a_part_damaged_on_disk_is_found_out_and_the_next_start_is_fresh(
    folder: Path, server: Server, sources: Sources
) -> None:
    split_of(folder).parent.mkdir()
    split_of(folder).write_bytes(bytes(100_000))
    with pytest.raises(DownloadError, match="other bytes"):
        download_dataset(folder, sources=sources, patience=QUICK)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[-1].range is None


def test_an_archive_put_there_by_hand_is_taken(folder: Path, server: Server, sources: Sources) -> None:
    split_of(folder).parent.mkdir()
    split_of(folder).with_suffix("").write_bytes(IMAGES)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz") == []


# What goes wrong at the server ------------------------------------------------------------------------------


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
    assert download.dataset_is_there(folder)


def test_a_web_page_or_another_file_does_not_cost_what_has_come(folder: Path, server: Server, sources: Sources) -> None:
    split_of(folder).parent.mkdir()
    split_of(folder).write_bytes(IMAGES[:100_000])
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
    server.serve("/images.tar.gz", IMAGES, statuses=[503, 500])
    slept: list[float] = []
    told: list[DownloadProgress] = []
    patience = replace(QUICK, first_wait_s=1.0, sleep=slept.append)
    download_dataset(folder, sources=sources, patience=patience, progress=told.append)
    assert sum(slept) == pytest.approx(1.0 + 2.0)
    notes = [p.note for p in told if p.step == "wait"]
    assert notes[0] == "127.0.0.1 answered 503 Service Unavailable: asked again after 1 s"


def test_wrong_bytes_are_thrown_away_with_a_sentence(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", bytes(len(IMAGES)))
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=sources, patience=QUICK)
    assert "images.tar.gz" in sentence(error) and "other bytes" in sentence(error)
    assert split_of(folder).stat().st_size == 0 and not folder.exists()


def test_a_server_that_sends_without_end_is_not_listened_to(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES * 10, headers={"Content-Length": ""})
    told: list[DownloadProgress] = []
    with pytest.raises(DownloadError, match="sends more than the official file"):
        download_dataset(folder, sources=sources, patience=QUICK, progress=told.append)
    assert len(server.requests_for("/images.tar.gz")) == 1
    assert max(p.fraction for p in told) <= 1.0


def test_a_server_that_falls_silent_is_not_waited_for_forever(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, cuts=[100_000], hangs=True)
    download_dataset(folder, sources=sources, patience=replace(QUICK, read_s=0.1))
    assert len(server.requests_for("/images.tar.gz")) == 2


# What goes wrong on the disk --------------------------------------------------------------------------------


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
    split_of(folder).parent.mkdir()
    split_of(folder).write_bytes(IMAGES[:100_000])
    needed = sum(source.size + source.unpacked_size for source in sources)
    monkeypatch.setattr(shutil, "disk_usage", disk_with(needed - 100_000))
    download_dataset(folder, sources=sources, patience=QUICK)
    assert download.dataset_is_there(folder)


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
    kept = split_of(folder).stat().st_size
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
    assert not folder.exists() and not (split_of(folder).parent / "unpacked").exists()

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
    with pytest.raises(DownloadError, match=r"3\.10\.12"):
        download_dataset(folder, sources=sources)


# Archives that mean harm ------------------------------------------------------------------------------------


def member(name: str, **attributes: object) -> Callable[[tarfile.TarFile], None]:
    """Adds one entry without content."""

    def add(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        for attribute, value in attributes.items():
            setattr(info, attribute, value)
        tar.addfile(info)

    return add


def bomb(tar: tarfile.TarFile) -> None:
    """3 MB of zeros in 3 kB of gzip, which is more than twice the 1 MB that the test's archives state."""
    info = tarfile.TarInfo("images/bomb.jpg")
    info.size = 3_000_000
    tar.addfile(info, io.BytesIO(bytes(info.size)))


def crowd(tar: tarfile.TarFile) -> None:
    """More entries than there may be; AppleDouble files, which are not unpacked, count too."""
    for number in range(200):
        tar.addfile(tarfile.TarInfo(f"images/._{number}.jpg"))


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        pytest.param(member("/tmp/seg-escaped"), "outside", id="absolute path"),
        pytest.param(member("images/../../../escaped"), "outside", id="dots"),
        pytest.param(member("images/a", type=tarfile.SYMTYPE, linkname="../../.."), "link", id="symlink out"),
        pytest.param(member("images/a", type=tarfile.SYMTYPE, linkname="b"), "link", id="symlink within"),
        pytest.param(member("images/a", type=tarfile.LNKTYPE, linkname="/etc/passwd"), "link", id="hard link"),
        pytest.param(member("images/a", type=tarfile.CHRTYPE, devmajor=1, devminor=3), "device", id="device"),
        pytest.param(member("images/fifo", type=tarfile.FIFOTYPE), "device", id="pipe"),
        pytest.param(member("scripts/run.py"), "more than images", id="another folder"),
        pytest.param(member("setup.py"), "more than images", id="a file at the top"),
        pytest.param(member("images/a", pax_headers={"path": "images/a\0b"}), "cannot", id="zero byte"),
        pytest.param(bomb, "far more", id="bomb by size"),
        pytest.param(crowd, "far more", id="bomb by number"),
    ],
)
def test_an_archive_that_means_harm_is_refused_and_nothing_is_left(
    folder: Path,
    server: Server,
    sources: Sources,
    monkeypatch: pytest.MonkeyPatch,
    extra: Callable[[tarfile.TarFile], None],
    reason: str,
) -> None:
    monkeypatch.setattr(download, "MOST_MEMBERS", 100)
    bad = tar_of({"images/Bengal_1.jpg": PHOTO}, extra=extra)
    server.serve("/images.tar.gz", bad)
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=(sources[0], archive(server, "images.tar.gz", bad)), patience=QUICK)
    assert "images.tar.gz" in sentence(error) and reason in sentence(error)
    assert left_beside(folder) == [] and not Path("/tmp/seg-escaped").exists()


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"no archive at all", id="no archive"),
        pytest.param(IMAGES[: len(IMAGES) // 2], id="cut short"),
        pytest.param(IMAGES[:20] + b"\xff" * 1000 + IMAGES[1020:], id="damaged"),
        pytest.param(tar_of({"images/only.txt": b"no photo"}), id="no photo"),
    ],
)
def test_an_archive_that_holds_no_dataset_is_refused_and_nothing_is_left(
    folder: Path, server: Server, sources: Sources, bad: bytes
) -> None:
    server.serve("/images.tar.gz", bad)
    with pytest.raises(DownloadError) as error:
        download_dataset(folder, sources=(sources[0], archive(server, "images.tar.gz", bad)), patience=QUICK)
    assert "images.tar.gz" in sentence(error)
    assert left_beside(folder) == []


# Being stopped, and being two -------------------------------------------------------------------------------


def test_a_stop_while_fetching_keeps_the_part_and_the_next_start_goes_on(
    folder: Path, server: Server, sources: Sources
) -> None:
    def enough() -> bool:
        return split_of(folder).exists() and split_of(folder).stat().st_size >= 100_000

    with pytest.raises(DownloadCancelled) as error:
        download_dataset(folder, sources=sources, patience=QUICK, cancelled=enough)
    assert str(folder) in sentence(error)
    kept = split_of(folder).stat().st_size
    assert 100_000 <= kept < len(IMAGES) and not folder.exists()

    download_dataset(folder, sources=sources, patience=QUICK)
    assert server.requests_for("/images.tar.gz")[-1].range == f"bytes={kept}-"
    assert (folder / "images/Bengal_1.jpg").read_bytes() == PHOTO


def test_a_stop_while_waiting_is_heard_at_once(folder: Path, server: Server, sources: Sources) -> None:
    server.serve("/images.tar.gz", IMAGES, statuses=[503])
    slept: list[float] = []
    with pytest.raises(DownloadCancelled):
        download_dataset(
            folder,
            sources=sources,
            patience=replace(QUICK, first_wait_s=60.0, sleep=slept.append),
            cancelled=lambda: len(slept) == 3,
        )
    assert len(slept) == 3


def test_a_stop_while_unpacking_keeps_the_archives_only(folder: Path, server: Server, sources: Sources) -> None:
    unpacked = split_of(folder).parent / "unpacked"
    with pytest.raises(DownloadCancelled):
        download_dataset(folder, sources=sources, patience=QUICK, cancelled=(unpacked / "images").exists)
    assert not unpacked.exists() and not folder.exists()
    fetched = len(server.asked)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert len(server.asked) == fetched


@pytest.mark.parametrize(("step", "ranges"), [("download", [f"bytes={download.CHUNK}-"]), ("unpack", [])])
def test_what_progress_raises_reaches_the_caller_and_costs_nothing(
    folder: Path, server: Server, sources: Sources, step: str, ranges: list[str]
) -> None:
    def broken(progress: DownloadProgress) -> None:
        if (progress.step, progress.archive) == (step, "images.tar.gz"):
            raise ValueError("the page is gone")

    with pytest.raises(ValueError, match="the page is gone"):
        download_dataset(folder, sources=sources, patience=QUICK, progress=broken)
    download_dataset(folder, sources=sources, patience=QUICK)
    assert [asked.range for asked in server.requests_for("/images.tar.gz")] == [None, *ranges]


def test_a_second_download_into_the_same_folder_is_refused(folder: Path, sources: Sources) -> None:
    refused: list[str] = []

    def start_another(progress: DownloadProgress) -> None:
        if not refused:
            with pytest.raises(DownloadError) as error:
                download_dataset(folder, sources=sources, patience=QUICK)
            refused.append(sentence(error))

    download_dataset(folder, sources=sources, patience=QUICK, progress=start_another)
    assert refused == [f"Another download is filling {folder}: wait for its end, or name another folder."]
    assert download.dataset_is_there(folder)


def test_a_dataset_that_another_process_finished_meanwhile_is_taken_as_it_is(
    folder: Path, server: Server, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish(descriptor: int) -> None:
        for name in ("images/mine_1.jpg", "annotations/trimaps/mine_1.png"):
            (folder / name).parent.mkdir(parents=True)
            (folder / name).write_bytes(b"mine")

    monkeypatch.setattr(download, "_lock", finish)
    assert download_dataset(folder, sources=sources, patience=QUICK) == folder
    assert server.asked == [] and left_beside(folder) == ["pets"]


def test_the_lock_of_a_download_that_ended_meanwhile_does_not_count(
    folder: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_lock", lambda descriptor: shutil.rmtree(split_of(folder).parent))
    with pytest.raises(DownloadError, match="Another download"):
        download_dataset(folder, sources=sources, patience=QUICK)


HOLD = """
import sys
from pathlib import Path
from seg.data.download import _only_one

folder = Path(sys.argv[1])
with _only_one(folder, folder.with_name("pets.download")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_holds_the_folder_until_it_is_killed(folder: Path, sources: Sources) -> None:
    root = Path(download.__file__).parents[2]
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout and other.stdout.readline() == b"held\n"
            with pytest.raises(DownloadError, match="Another download"):
                download_dataset(folder, sources=sources, patience=QUICK)
        finally:
            other.kill()
    download_dataset(folder, sources=sources, patience=QUICK)
    assert left_beside(folder) == ["pets"]


def test_what_a_killed_process_had_half_unpacked_is_not_mixed_in(folder: Path, sources: Sources) -> None:
    half = split_of(folder).parent / "unpacked" / "images"
    half.mkdir(parents=True)
    (half / "half_1.jpg").write_bytes(b"half")
    download_dataset(folder, sources=sources, patience=QUICK)
    assert not (folder / "images/half_1.jpg").exists()
