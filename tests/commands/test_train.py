"""The verb train."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.commands.main import main
from seg.training.errors import TrainingError
from seg.training.recipe import Phase, Recipe
from seg.training.runs import Run, Status, create_run

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


@pytest.fixture(scope="module")
def trained(pets, tmp_path_factory) -> tuple[Path, Run]:
    """The folder of runs that the command line filled, and its one run."""
    folder = tmp_path_factory.mktemp("cli") / "runs"
    code = main(
        f"train --data {pets} --runs {folder} --epochs 2 --steps 2 --batch 2 --size 32 --decoder-learning-rate 0.002 "
        "--encoder none --precision float32 --seed 5 --split-scheme article".split()
    )
    assert code == 0
    (made,) = folder.iterdir()
    return folder, Run(made)


def test_train_follows_what_the_command_line_changes(trained):
    _, run = trained
    phase = Phase(epochs=2, steps=2, batch=2, size=32, decoder_learning_rate=0.002)
    changed = {"encoder": "none", "precision": "float32", "seed": 5, "split_scheme": "article", "ema_decay": 0.95}
    assert run.recipe == Recipe("demo", (phase,), validation_photos=48, **changed)
    assert len(run.history()) == 2


def test_one_size_on_the_command_line_takes_the_place_of_mixed_sizes(seg, pets, tmp_path, monkeypatch):
    recipes = []

    def taken(recipe, dataset, *, runs, report, **folders):
        recipes.append(recipe)
        return create_run(recipe, dataset.root, dataset.title, runs)

    monkeypatch.setattr("seg.training.train.train", taken)
    assert seg("train", "--recipe", "best", "--size", 96, "--data", pets, "--runs", tmp_path).code == 0
    assert {(phase.size, phase.sizes) for phase in recipes[0].phases} == {(96, ())}


def test_train_as_json_has_what_scripts_rely_on(seg, pets, tmp_path, monkeypatch):
    def short(recipe, dataset, *, runs, report, **folders):
        """Stands for the training that ``trained`` really does."""
        run = create_run(recipe, dataset.root, dataset.title, runs)
        run.weights.write_bytes(b"")
        run.set_status(Status(state="finished", best_mean_iou=0.5))
        report(run.status())
        return run

    monkeypatch.setattr("seg.training.train.train", short)
    answer = seg("train", "--data", pets, "--runs", tmp_path, "--json")
    (folder,) = tmp_path.iterdir()
    weights = str(folder / "weights.safetensors")
    assert answer.code == 0 and answer.errors == ""
    assert answer.json == {
        "run": folder.name,
        "state": "finished",
        "message": "",
        "best_mean_iou": 0.5,
        "weights": weights,
        "notes": [],
    }


def test_train_as_text_has_a_line_an_epoch(seg, trained, monkeypatch):
    folder, run = trained
    monkeypatch.setattr("seg.training.train.train", lambda run, report: run)
    first, second, state, where = seg("train", "--resume", run.id[:10], "--runs", folder).output.splitlines()
    assert first.startswith("epoch 1: loss ") and second.startswith("epoch 2: loss ")
    assert "validation loss" in first and "photos/s" in first
    assert (state, where) == (f"{run.id}: finished", f"weights: {run.weights}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--size", "100"], "100 px is not a multiple of 32"),
        (["--epochs", "0"], "at least one epoch"),
        (["--frozen-blocks", "2"], "its learning rate is zero"),
        (["--data", "nowhere"], "no folder nowhere"),
        (["--no-pets", "nowhere"], "shows no photos without pets"),
        (["--recipe", "best", "--no-pets", "nowhere"], "no photos in nowhere"),
        (["--resume", "yesterday", "--no-pets", "nowhere"], "leave --no-pets out"),
        (["--resume", "yesterday", "--groups", "nowhere"], "leave --groups out"),
        (["--resume", "yesterday"], "no run 'yesterday'"),
        (["--resume", "yesterday", "--epochs", "9"], "leave --epochs out"),
        (["--resume", "yesterday", "--recipe", "demo"], "leave --recipe out"),
        (["--resume", "yesterday", "--encoder-learning-rate", "0.1"], "leave --encoder-learning-rate out"),
    ],
)
def test_train_refuses_what_makes_no_sense_and_makes_no_run(seg, pets, tmp_path, arguments, words):
    data = [] if "--data" in arguments or "--resume" in arguments else ["--data", pets]
    assert seg("train", *data, *arguments, "--runs", tmp_path / "runs").is_refused(2, words)
    assert not (tmp_path / "runs").exists()


def test_train_refuses_to_go_on_with_a_finished_run(seg, trained):
    folder, run = trained
    assert seg("train", "--resume", run.id, "--runs", folder).is_refused(2, "has finished: start another")


def test_a_training_that_fails_ends_with_code_1_and_one_line(seg, pets, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise TrainingError("training_disk_full")

    monkeypatch.setattr("seg.training.train.train", fails)
    assert seg("train", "--data", pets, "--runs", tmp_path).is_refused(1, "The disk is full: free some space")


def test_evaluate_as_text_has_the_figures_of_a_runs_best_weights_and_its_curves(seg, trained, pets, tmp_path):
    _, run = trained
    answer = seg(
        "evaluate", "--weights", run.folder, "--data", pets, "--split", "validation", "--size", 32, "-o", tmp_path
    )
    assert answer.code == 0
    assert "3 validation photos of pets, 32 px, detail fast, openvino: mean IoU 0." in answer.output
    assert "at their own size: mean IoU 0." in answer.output
    assert "pet or border IoU 0." in answer.output
    assert "confusion (rows true, columns predicted):" in answer.output
    assert (tmp_path / "curves.png").exists()
