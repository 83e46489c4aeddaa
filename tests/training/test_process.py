"""The process of a training is seen from its first moment, and why it ended early is written down."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from seg.training import __main__, process
from seg.training.process import start_process
from seg.training.recipe import Phase, Recipe
from seg.training.runs import Run, RunError, create_run
from seg.training.status import Status

RECIPE = Recipe("demo", (Phase(epochs=5),))
# A Python that claims the run as a training does, says which command it was given, and waits to be killed.
CLAIMING_PYTHON = """#!{python}
import os, sys, time
from pathlib import Path
from seg.training.runs import Run
from seg.training.status import Status
run = Run(Path(sys.argv[3]))
with run.claim():
    print(os.getpid(), *sys.argv[1:], flush=True)
    run.set_status(Status(state="starting", epoch=2, epochs=5))
    time.sleep(600)
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(RECIPE, tmp_path, "pets", tmp_path / "runs")


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a script the Python that ``start_process`` starts."""

    def install(script: str) -> None:
        path = tmp_path / "python"
        path.write_text(script)
        path.chmod(0o755)
        monkeypatch.setattr(process.sys, "executable", str(path))

    return install


def test_a_process_has_claimed_its_run_when_it_counts_as_started(run, python):
    python(CLAIMING_PYTHON.format(python=sys.executable))
    run.request_stop()  # meant for an earlier process
    start_process(run)
    pid, *command = run.last_words().split()
    try:
        assert command == ["-m", "seg.training", str(run.folder.resolve())]
        assert os.getsid(int(pid)) == int(pid)  # the terminal's Ctrl-C and the page's end do not reach it
        status = run.status()
        assert (status.state, status.epoch, status.epochs) == ("starting", 2, 5)
        with pytest.raises(RunError, match="being trained already"):
            start_process(run)
        run.request_stop()
        with pytest.raises(RunError, match="being trained already"):
            start_process(run)
        assert run.status().state == "stopping"  # the request to stop still stands
    finally:
        os.kill(int(pid), 9)


def test_a_run_that_has_stopped_goes_on_while_its_last_process_is_still_leaving(run, python):
    python(CLAIMING_PYTHON.format(python=sys.executable))
    run.set_status(replace(run.status(), state="stopped"))
    leaving = FileLock(run.folder / "lock", thread_local=False)
    leaving.acquire()
    threading.Timer(0.5, leaving.release).start()
    start_process(run)
    pid = int(run.last_words().split()[0])
    try:
        assert run.status().state == "starting"
        assert run.is_alive()
    finally:
        os.kill(pid, 9)


def test_a_process_that_ends_before_it_claims_its_run_is_written_down_with_its_last_words(run, python):
    python("#!/bin/sh\necho something\necho 'ImportError: no numpy here' >&2\nexit 1\n")
    with pytest.raises(RunError, match=r"ended before it could train .*ImportError: no numpy here"):
        start_process(run)
    assert run.status().state == "failed"
    assert "ImportError: no numpy here" in run.status().sentence("zh")


def test_a_process_that_ends_without_a_word_is_written_down_with_its_exit_code(run, python):
    python("#!/bin/sh\nexit 3\n")
    with pytest.raises(RunError, match="exit code 3"):
        start_process(run)


def test_a_process_that_cannot_be_started_is_written_down(run, tmp_path, monkeypatch):
    monkeypatch.setattr(process.sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(RunError, match="could not be started"):
        start_process(run)
    assert run.status().state == "failed"


def test_a_folder_that_is_no_run_is_refused_in_one_sentence_and_stays_as_it_was(tmp_path, capsys):
    folder = tmp_path / "photos"
    assert __main__.main(str(folder)) == 1
    folder.mkdir()
    assert __main__.main(str(folder)) == 1
    assert capsys.readouterr().err.count("photos is not the folder of a run") == 2
    with pytest.raises(RunError, match="is not the folder of a run"):
        start_process(Run(tmp_path / "deleted"))
    assert not list(folder.iterdir()) and not (tmp_path / "deleted").exists()


def test_a_finished_run_is_not_started_again(run):
    run.set_status(Status(state="finished"))
    with pytest.raises(RunError, match="has finished: start another"):
        start_process(run)
    assert run.status().state == "finished"
