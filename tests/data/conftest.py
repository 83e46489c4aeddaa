"""Tiny examples; a server for the tests of the download, the archives that it serves, and a place for the dataset."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from seg.data.dataset import Dataset
from seg.data.examples import Examples
from tests.data.arrays import GREEN
from tests.data.served import ANNOTATIONS, IMAGES, Server, Sources, archive


@pytest.fixture
def pets(small_dataset: Callable[..., Path]) -> Path:
    """A small dataset in the official layout."""
    return small_dataset()


@pytest.fixture
def examples(small_dataset: Callable[..., Path]) -> Examples:
    return Examples(Dataset.open(small_dataset()).samples, 40)


@pytest.fixture
def no_pets_folder(tmp_path: Path) -> Path:
    """Nine green photos, and two files that are no photos."""
    folder = tmp_path / "no-pets"
    folder.mkdir()
    for number in range(9):
        Image.new("RGB", (40, 30), GREEN).save(folder / f"thing-{number}.png")
    (folder / "._thing-0.png").write_bytes(b"AppleDouble")
    (folder / "list.txt").write_text("thing-0")
    return folder


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
    """Where the dataset is to be; nothing else is in its parent, so that a test sees all that is left."""
    return tmp_path / "pets"
