"""A server for the tests of the download, the archives that it serves, and a place for the dataset."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data.served import ANNOTATIONS, IMAGES, Server, Sources, archive


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


@pytest.fixture
def sources(server: Server) -> Sources:
    return archive(server, "annotations.tar.gz", ANNOTATIONS), archive(server, "images.tar.gz", IMAGES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the dataset is to be; its parent is the test's own, so that all that is left can be seen."""
    return tmp_path / "pets"
