"""The download: who may start it, how far it is, how it ended."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data.archives import DownloadError
from seg.data.dataset import DEFAULT_FOLDER
from seg.data.download_progress import DownloadCancelled, DownloadProgress
from seg.serve import downloads
from seg.texts import en
from tests.ui.dataset.helpers import TEXTS, open_page, words


class FakeDownload:
    """Stands for ``download_dataset``: says how far it is, then waits until it may end, is stopped, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.go = threading.Event()
        self.folders: list[Path] = []

    def __call__(self, folder, progress, cancelled):
        self.folders.append(folder)
        progress(DownloadProgress("download", "images.tar.gz", 200_000_000, 800_000_000, None, 10e6))
        while not self.go.wait(0.01):
            if cancelled():
                raise DownloadCancelled("download_stopped", folder=folder)
        if self.error:
            raise self.error
        (folder / "images").mkdir(parents=True)
        (folder / "annotations" / "trimaps").mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / "images" / "pug_1.jpg")
        Image.fromarray(np.full((8, 8), 2, np.uint8)).save(folder / "annotations" / "trimaps" / "pug_1.png")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDownload:
    """The download without a network, where the server's owner allows it."""
    fake = FakeDownload()
    monkeypatch.setattr("seg.data.download.download_dataset", fake)
    monkeypatch.setenv("SEG_ALLOW_DOWNLOAD", "1")
    return fake


def end_of_download() -> None:
    downloads.downloads.wait(5)
    job = downloads.job(DEFAULT_FOLDER)
    assert job is None or not job.active


def test_a_visitor_from_elsewhere_is_told_that_only_the_owner_may_download(small_dataset, monkeypatch, visitor):
    visitor(ip_address="203.0.113.7", listens_on=None)
    app = open_page(small_dataset(), monkeypatch)
    assert en.TEXTS["errors"]["owner_none"] in words(app)
    assert "download-start" not in [button.key for button in app.main.button]


def test_where_downloads_are_switched_off_the_owner_is_told_by_what(small_dataset, monkeypatch):
    monkeypatch.setenv("SEG_ALLOW_DOWNLOAD", "0")
    app = open_page(small_dataset(), monkeypatch)
    assert en.TEXTS["errors"]["owner_no_downloads"] in words(app)


def test_the_offer_names_size_and_licence(small_dataset, monkeypatch, fake):
    app = open_page(small_dataset(), monkeypatch)
    assert "811 MB" in words(app) and "CC BY-SA 4.0" in words(app)
    assert not fake.folders


def test_a_download_shows_how_far_it_is_and_can_be_cancelled(small_dataset, monkeypatch, fake):
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    app.run()
    assert app.get("progress")[0].proto.value == 25
    assert "200 of 800 MB" in app.get("progress")[0].proto.text
    app.button(key="download-stop").click().run()
    end_of_download()
    assert TEXTS["download_stopped"] in words(app.run())
    assert app.button(key="download-start").label == TEXTS["download_go_on"]


def test_a_download_that_fails_says_why(small_dataset, monkeypatch, fake):
    fake.error = DownloadError("mirror_unreachable", host="thor")
    fake.go.set()
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    end_of_download()
    assert "thor could not be reached" in words(app.run())
    assert not app.exception


def test_an_unforeseen_failure_of_the_download_shows_no_traceback(small_dataset, monkeypatch, fake):
    fake.error = RuntimeError("secret")
    fake.go.set()
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    end_of_download()
    assert en.TEXTS["common"]["unexpected"] in words(app.run())
    assert "secret" not in words(app)


def test_what_was_downloaded_can_be_used_beside_what_the_owner_named(small_dataset, monkeypatch, fake):
    fake.go.set()
    app = open_page(small_dataset(), monkeypatch)
    app.button(key="download-start").click().run()
    end_of_download()
    app.run()
    assert TEXTS["download_done"] in words(app)
    app.button(key="download-use").click().run()
    assert "oxford-iiit-pet" in words(app)
    assert app.selectbox(key="pair").options == ["pug_1"]
    assert TEXTS["download_done"] not in words(app)
