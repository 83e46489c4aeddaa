"""A run is a folder that page, command line and a crashed process's successor all read alike; no TensorFlow here."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from seg.training import runs
from seg.training.recipe import Phase, Recipe
from seg.training.runs import Run, RunError, active_run, create_run, delete_run, find_run, list_runs
from seg.training.status import Status
from tests.narrow import environment

RECIPE = Recipe("My recipe!", (Phase(epochs=2), Phase(epochs=3)))
# Holds a run's lock as a training does, until it is killed.
HOLDER = """
import sys, time
from pathlib import Path
from seg.training.runs import Run
with Run(Path(sys.argv[1])).claim():
    print(1, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(RECIPE, tmp_path, "pets", tmp_path / "runs")


@pytest.fixture
def held(run: Run):
    """The process that trains ``run``."""
    command = [sys.executable, "-c", HOLDER, str(run.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout and process.stdout.readline() == b"1\n"
        yield process
        process.kill()


def named(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "recipe.json").write_text(RECIPE.to_json())


# Made


def test_a_new_run_knows_its_recipe_its_data_and_that_it_waits(run, tmp_path):
    assert run.recipe == RECIPE
    assert run.data == {"folder": str(tmp_path.resolve()), "title": "pets"}
    status = run.status()
    assert (status.state, status.message, status.epochs, status.phases, status.epoch) == (
        "stopped",
        "waiting to start",
        5,
        2,
        0,
    )
    assert run.id.endswith("-my-recipe")
    assert time.strftime("%Y%m%d") in run.id


def test_two_runs_of_the_same_second_have_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(runs.time, "strftime", lambda form: "20260101-000000")
    ids = [create_run(RECIPE, tmp_path, "pets", tmp_path / "runs").id for _ in range(3)]
    assert ids == ["20260101-000000-my-recipe", "20260101-000000-my-recipe-2", "20260101-000000-my-recipe-3"]


def test_a_recipe_whose_name_has_no_letters_still_names_a_folder(tmp_path):
    assert create_run(replace(RECIPE, name="../宠物"), tmp_path, "pets", tmp_path / "runs").id.endswith("-run")


def test_where_no_folder_can_be_made_one_sentence_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    said = r"file cannot be written \(.+\): make room there, allow writing, or name another folder in SEG_RUNS\."
    with pytest.raises(RunError, match=said):
        create_run(RECIPE, tmp_path, "pets", tmp_path / "file")


def test_a_run_that_cannot_be_written_completely_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(path, content):
        if path.name == "data.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        path.write_text(content)

    monkeypatch.setattr(runs, "write_file", full)
    with pytest.raises(RunError):
        create_run(RECIPE, tmp_path, "pets", tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_runs_live_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.delenv("SEG_RUNS", raising=False)
    assert runs.runs_folder() == Path("runs")
    monkeypatch.setenv("SEG_RUNS", str(tmp_path))
    assert runs.runs_folder() == tmp_path


# Written and read


def test_who_reads_while_the_status_is_written_never_sees_half_of_it(run):
    messages = ["short", "long " * 20_000]
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            seen.add(run.status().message)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        run.set_status(Status(state="stopped", message=messages[number % 2]))
    done.set()
    reader.join()
    assert seen <= {*messages, "waiting to start"}


def test_a_failure_is_written_even_where_no_second_file_fits_on_the_disk(run, monkeypatch):
    run.set_status(Status(state="running", epoch=1, message="x" * 500))

    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(runs, "write_file", full)
    run.set_failed(RunError("training_disk_full"))
    written = json.loads((run.folder / "status.json").read_text())
    assert (written["state"], written["code"], written["epoch"]) == ("failed", "errors.training_disk_full", 1)
    assert written["message"].startswith("The disk is full")


def test_the_history_is_read_as_numbers_with_none_for_what_is_empty(run):
    (run.folder / "history.csv").write_text("epoch,loss,val_loss\n1,0.5,\n2,nan,0.25\n3,0.1")
    first, second = run.history()
    assert first == {"epoch": 1.0, "loss": 0.5, "val_loss": None}
    assert second["epoch"] == 2.0 and second["loss"] != second["loss"]


def test_a_run_without_history_pictures_or_live_metrics_has_empty_lists(run):
    assert (run.history(), run.live(), run.triptychs()) == ([], [], [])


# Alive or not


def test_a_run_is_alive_while_its_process_is_and_interrupted_after_kill_9(run, held):
    run.set_status(Status(state="running", message="training", epochs=5))
    assert run.is_alive()
    assert (run.status().state, run.status().message) == ("running", "training")
    assert active_run(run.folder.parent) == run
    held.kill()
    held.wait()
    assert not run.is_alive()
    assert run.status().state == "interrupted"
    assert run.status().epochs == 5
    assert active_run(run.folder.parent) is None


def test_a_second_process_cannot_claim_a_run(run, held):
    with pytest.raises(RunError, match="being trained by another process"), run.claim():
        pass


def test_a_run_whose_process_has_stopped_it_and_is_leaving_can_be_claimed(run, held):
    run.set_status(replace(run.status(), state="stopped"))
    leaving = threading.Timer(1.5, held.kill)  # longer than a probe's moment
    leaving.start()
    with run.claim():
        leaving.join()


def test_asking_whether_a_run_is_alive_does_not_keep_it_from_being_claimed(run):
    done = threading.Event()

    def ask():
        while not done.is_set():
            Run(run.folder).is_alive()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(20):
            with run.claim():
                pass
    finally:
        done.set()
        asking.join()


def test_a_run_claimed_in_this_process_is_alive_for_every_thread_and_object(run):
    answers = []
    other = threading.Thread(target=lambda: answers.append((run.is_alive(), Run(run.folder).is_alive())))
    with run.claim():
        other.start()
        other.join()
    assert answers == [(True, True)]
    assert not run.is_alive()


def test_a_stop_asked_for_before_a_process_claims_the_run_is_withdrawn(run):
    run.request_stop()
    with run.claim():
        assert not run.stop_request.is_made()
        run.set_status(Status(state="running"))
        run.request_stop()
        assert run.status().state == "stopping"
    assert not run.stop_request.is_made()


@pytest.mark.parametrize("state", ["stopped", "finished", "failed"])
def test_a_run_that_has_ended_stays_what_it_was(run, state):
    run.set_status(Status(state=state, message="why"))
    run.request_stop()
    assert (run.status().state, run.status().message) == (state, "why")


def test_a_run_asked_to_stop_says_that_it_is_stopping(run, held):
    run.set_status(Status(state="running"))
    run.request_stop()
    assert run.status().state == "stopping"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"unheard_of": 1}', b"\xff\xfe", b"3"])
def test_a_damaged_status_is_harmless(run, content):
    (run.folder / "status.json").write_bytes(content)
    assert run.status().state == "interrupted"
    assert list_runs(run.folder.parent) == [run]
    assert active_run(run.folder.parent) is None
    delete_run(run)


def test_looking_at_a_deleted_run_does_not_make_its_folder_again(run):
    run.set_status(Status(state="finished"))
    delete_run(run)
    assert run.status().state == "interrupted"
    assert not run.is_alive()
    assert not run.folder.exists()


# Listed and looked up


def test_runs_are_listed_newest_first_and_other_folders_are_not(tmp_path):
    named(tmp_path, "20260102-000000-demo", "20260103-000000-article", "20260101-235959-zebra")
    (tmp_path / "notes").mkdir()
    (tmp_path / "file.txt").write_text("")
    assert [run.id[:8] for run in list_runs(tmp_path)] == ["20260103", "20260102", "20260101"]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_is_found_by_its_name_or_the_beginning_of_it(tmp_path):
    named(tmp_path, "20260102-000000-demo", "20260102-000000-demo-2", "20260103-000000-demo")
    assert find_run("20260103", tmp_path).id == "20260103-000000-demo"
    assert find_run("20260102-000000-demo", tmp_path).id == "20260102-000000-demo"
    with pytest.raises(RunError, match=r"more than one run '20260102' in .*20260102-000000-demo-2"):
        find_run("20260102", tmp_path)
    with pytest.raises(RunError, match="no run 'yesterday'"):
        find_run("yesterday", tmp_path)
    with pytest.raises(RunError, match="there are: -"):
        find_run("x", tmp_path / "nowhere")


# Deleted


def test_a_run_is_deleted_with_all_its_files(run):
    run.set_status(Status(state="finished"))
    (run.folder / "triptychs").mkdir()
    (run.folder / "triptychs" / "epoch-001.png").write_bytes(b"")
    delete_run(run)
    assert not run.folder.exists()
    delete_run(run)  # as a second visitor may, who still sees it
    assert not run.folder.exists()


def test_a_run_is_not_deleted_while_it_is_trained(run, held):
    run.set_status(Status(state="stopped"))  # its process has said so but still holds the lock
    with pytest.raises(RunError, match="stop it first"):
        delete_run(run)
    held.kill()
    held.wait()
    delete_run(run)
    assert not run.folder.exists()


@pytest.mark.parametrize(
    "content",
    [b"\x80poch,loss\n1,0.5\n", b"loss\n1,0.5\n2\n", b'epoch,loss\n"', b"\0\0", b"a" * 200_000],
    ids=["not UTF-8", "more cells than the head", "an open quote", "zeros", "a field that is too long"],
)
def test_a_damaged_history_has_the_rows_that_can_be_read(tmp_path, content):
    run = Run(tmp_path)
    (tmp_path / "history.csv").write_bytes(content)
    assert all(isinstance(value, float | str | None) for row in run.history() for value in row.values())


@pytest.mark.parametrize("content", ["{]", "5", "[1]", "[" * 100_000])
def test_a_damaged_provenance_is_none_and_a_damaged_name_is_one_line(tmp_path, content):
    run = Run(tmp_path)
    (tmp_path / "provenance.json").write_text(content)
    (tmp_path / "name.txt").write_text("one\ntwo\r\n three ")
    assert run.provenance() == [] and run.title == "one two three"
