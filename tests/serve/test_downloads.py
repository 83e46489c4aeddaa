"""The server's download of the dataset: one at a time, and who may start it."""

from __future__ import annotations

import threading

import pytest

from seg.serve import downloads
from seg.serve.owner import NotOwnerError
from tests.owners import OWNER, STRANGER


def test_a_second_press_does_not_start_a_second_download(monkeypatch, tmp_path):
    folders, may_end = [], threading.Event()

    def download(folder, progress, cancelled):
        folders.append(folder)
        assert may_end.wait(20)

    monkeypatch.setattr("seg.data.download.download_dataset", download)
    for _ in range(3):
        downloads.start(OWNER, tmp_path)
    may_end.set()
    downloads.downloads.wait(20)
    assert folders == [tmp_path]
    assert downloads.job(tmp_path).state == "done"


def test_a_stranger_can_neither_start_nor_stop_a_download(monkeypatch, tmp_path):
    monkeypatch.delenv("SEG_ALLOW_DOWNLOAD", raising=False)
    with pytest.raises(NotOwnerError):
        downloads.start(STRANGER, tmp_path)
    with pytest.raises(NotOwnerError):
        downloads.stop(STRANGER, tmp_path)
    assert downloads.job(tmp_path) is None


@pytest.mark.parametrize(("setting", "allowed"), [("1", True), ("0", False)])
def test_the_servers_owner_decides_for_every_visitor(monkeypatch, tmp_path, setting, allowed):
    monkeypatch.setenv("SEG_ALLOW_DOWNLOAD", setting)
    assert [downloads.allowed(visitor) for visitor in (OWNER, STRANGER)] == [allowed] * 2
    if not allowed:
        with pytest.raises(NotOwnerError, match="SEG_ALLOW_DOWNLOAD"):
            downloads.start(OWNER, tmp_path)
