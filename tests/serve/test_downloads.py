"""The server's download of the dataset: one at a time, and who may start it."""

from __future__ import annotations

import threading

import pytest

from seg.serve import downloads

DIRECT = {"Host": "localhost:8501"}
PROXIED = {"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.7"}


def test_a_second_press_does_not_start_a_second_download(monkeypatch, tmp_path):
    folders, may_end = [], threading.Event()

    def download(folder, progress, cancelled):
        folders.append(folder)
        assert may_end.wait(20)

    monkeypatch.setattr("seg.data.download.download_dataset", download)
    for _ in range(3):
        downloads.start(tmp_path)
    may_end.set()
    downloads.downloads.wait(20)
    assert folders == [tmp_path]
    assert downloads.job(tmp_path).state == "done"


@pytest.mark.parametrize(
    ("address", "url", "headers", "local"),
    [
        (None, "http://localhost:8501/dataset", DIRECT, True),
        (None, "http://127.0.0.1:8501/", {"Host": "127.0.0.1:8501"}, True),
        ("203.0.113.7", "http://localhost:8501/", DIRECT, False),
        (None, "https://pets.example.org/", DIRECT, False),
        (None, "http://localhost:8501/", {"Host": "pets.example.org"}, False),
        (None, "http://localhost:8501/", PROXIED, False),
        (None, None, {}, False),
    ],
)
def test_a_visitor_may_download_on_the_servers_machine_only(monkeypatch, address, url, headers, local):
    monkeypatch.delenv("SEG_ALLOW_DOWNLOAD", raising=False)
    assert downloads.allowed(address, url, headers) is local


@pytest.mark.parametrize(("setting", "allowed"), [("1", True), ("0", False)])
def test_the_servers_owner_decides_for_every_visitor(monkeypatch, setting, allowed):
    monkeypatch.setenv("SEG_ALLOW_DOWNLOAD", setting)
    assert downloads.allowed(None, "http://localhost:8501/", DIRECT) is allowed
    assert downloads.allowed("203.0.113.7", "https://pets.example.org/", {}) is allowed
