"""A server for the tests of the Dataset page: without runs, and without the folder of the official dataset."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("SEG_ALLOW_DOWNLOAD", raising=False)
