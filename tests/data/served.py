"""A server on this machine that fails in the ways in which real ones do, and the small archives that it serves."""

from __future__ import annotations

import hashlib
import io
import random
import re
import tarfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from seg.data.archives import Archive
from seg.data.fetching import Patience

QUICK = Patience(connect_s=5.0, read_s=5.0, tries=3, backoff_s=0.1, sleep=lambda seconds: None)
"""No waits: how long the waits are is checked, but not waited for."""

PHOTO = random.Random(1).randbytes(300_000)
"""As a JPEG, it does not shrink in gzip, so that an archive can be cut where a test wants it."""

Sources = tuple[Archive, Archive]
"""The annotations and the images, as OFFICIAL_ARCHIVES."""


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
    accept_encoding: str | None
    sent: int = 0


@dataclass
class Resource:
    """A file at the server, and how the server treats it."""

    data: bytes
    knows_ranges: bool = True
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
        asked = Asked(self.path, self.headers.get("Range"), self.headers.get("Accept-Encoding"))
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
        headers = {"Content-Type": "application/x-gzip"}
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
        """Where the answer begins; None for the complete file."""
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.range or "")
        return int(wanted[1]) if wanted and resource.knows_ranges else None

    def log_message(self, format: str, *args: object) -> None:
        """Silent: pytest would show it beside each failure."""


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


def file_of(folder: Path) -> Path:
    """What has come of the images."""
    return folder.parent / "pets.download" / "images.tar.gz"


def left_beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def sentence(error: pytest.ExceptionInfo[Exception]) -> str:
    """The error's text, held to what every one has to be: a single sentence."""
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text and ". " not in text, text
    return text
