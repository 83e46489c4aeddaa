"""``seg app`` starts Streamlit with this project's front door, and says what is wrong before it does."""

from __future__ import annotations

import os
import sys

import pytest

from seg.commands import app as app_command
from seg.serve.app_file import app_file
from tests.conftest import ROOT


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """The commands that would run in place of this process."""
    commands: list[list[str]] = []
    monkeypatch.setattr(app_command, "_run", lambda command: commands.append(command) or 0)
    for name in ("SEG_DATA", "SEG_WEIGHTS", "SEG_RUNS"):
        monkeypatch.setenv(name, "as before")
    return commands


def test_the_front_door_of_the_project_is_opened(seg, started):
    assert seg("app").code == 0
    assert started == [[sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py")]]
    assert (app_file().parent / ".streamlit" / "config.toml").is_file()


def test_paths_become_settings_and_streamlits_options_are_passed_on(seg, started, small_dataset, tmp_path):
    data = small_dataset()
    given = ("--data", data, "--runs", tmp_path / "my-runs", "--address", "0.0.0.0", "--port", 80)
    assert seg("app", *given, "--server.baseUrlPath", "pets", "--server.headless=true").code == 0
    assert (os.environ["SEG_DATA"], os.environ["SEG_RUNS"]) == (str(data), str(tmp_path / "my-runs"))
    options = "--server.address 0.0.0.0 --server.port 80 --server.baseUrlPath pets --server.headless=true"
    assert started[0][5:] == options.split()


def test_a_wrong_path_is_one_sentence_and_nothing_starts(seg, started, tmp_path):
    assert seg("app", "--weights", tmp_path / "nowhere.safetensors").is_refused(2, "There are no weights at")
    assert seg("app", "--data", tmp_path / "nowhere").is_refused(2, "There is no folder")
    assert started == []
