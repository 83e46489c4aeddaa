"""The verb runs."""

from __future__ import annotations

import pytest

from seg.training.recipe import Recipe
from seg.training.runs import Run, Status, create_run


@pytest.fixture
def waiting(tmp_path) -> Run:
    """A run that is about to be trained."""
    return create_run(Recipe.named("demo"), tmp_path, "pets", tmp_path / "runs")


def test_runs_lists_every_run_newest_first(seg, waiting):
    waiting.set_status(Status(state="finished", epoch=2, epochs=2, best_mean_iou=0.5))
    folder = waiting.folder.parent
    second = create_run(Recipe.named("best"), waiting.folder, "cats", folder)
    newest, oldest = seg("runs", "--runs", folder, "--json").json["runs"]
    assert newest["run"] == max(second.id, waiting.id) and oldest["run"] == min(second.id, waiting.id)
    (row,) = (row for row in (newest, oldest) if row["run"] == waiting.id)
    assert {key: row[key] for key in ("recipe", "dataset", "state", "epoch", "epochs", "best_mean_iou")} == {
        "recipe": "demo",
        "dataset": "pets",
        "state": "finished",
        "epoch": 2,
        "epochs": 2,
        "best_mean_iou": 0.5,
    }
    text = seg("runs", "--runs", folder).output
    assert waiting.id in text and "finished" in text and "2/2" in text and "0.500" in text


def test_where_there_are_no_runs_a_sentence_says_so(seg, tmp_path):
    answer = seg("runs", "--runs", tmp_path, "--json")
    assert (answer.code, answer.json) == (0, {"runs": []})
    assert "no runs in" in answer.errors and str(tmp_path) in answer.errors


def test_a_damaged_run_is_listed_so_that_it_can_be_deleted(seg, waiting):
    waiting.set_status(Status(state="finished"))
    (waiting.folder / "recipe.json").write_text("{")
    (waiting.folder / "data.json").unlink()
    folder = waiting.folder.parent
    (row,) = seg("runs", "--runs", folder, "--json").json["runs"]
    assert (row["run"], row["recipe"]) == (waiting.id, "?")
    answer = seg("runs", "delete", waiting.id, "--runs", folder)
    assert (answer.code, answer.output) == (0, f"{waiting.id}: deleted\n")
    assert not waiting.folder.exists()


def test_delete_and_stop_answer_programs_with_json(seg, waiting):
    folder = waiting.folder.parent
    with waiting.claim():
        waiting.set_status(Status(state="running"))
        stopped = seg("runs", "stop", waiting.id, "--runs", folder, "--json")
    assert (stopped.code, stopped.json) == (0, {"run": waiting.id, "state": "stopping"})
    waiting.set_status(Status(state="finished"))
    deleted = seg("runs", "delete", waiting.id, "--runs", folder, "--json")
    assert (deleted.code, deleted.json) == (0, {"run": waiting.id, "state": "deleted"})


def test_runs_stop_asks_a_run_to_stop_from_its_first_moment_on(seg, waiting):
    with waiting.claim():
        waiting.set_status(Status(state="starting"))
        answer = seg("runs", "stop", waiting.id[:8], "--runs", waiting.folder.parent)
        assert (answer.code, answer.output) == (0, f"{waiting.id}: stopping after this step\n")
        assert waiting.status().state == "stopping"
        assert seg("runs", "delete", waiting.id, "--runs", waiting.folder.parent).is_refused(2, "stop it first")


def test_runs_refuses_what_cannot_be_stopped_or_found(seg, waiting):
    folder = waiting.folder.parent
    waiting.set_status(Status(state="stopped"))
    assert seg("runs", "stop", waiting.id, "--runs", folder).is_refused(2, "is not being trained")
    assert seg("runs", "stop", "--runs", folder).is_refused(2, "name the run to stop")
    assert seg("runs", "delete", "yesterday", "--runs", folder).is_refused(2, "no run 'yesterday'")


def test_runs_are_looked_for_where_the_environment_says(seg, waiting, monkeypatch):
    monkeypatch.setenv("SEG_RUNS", str(waiting.folder.parent))
    assert [row["run"] for row in seg("runs", "--json").json["runs"]] == [waiting.id]
