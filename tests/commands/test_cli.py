"""Every verb as a script calls it: what stands on standard output, what on standard error, and the exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from seg.commands import cli
from seg.data.no_pets import is_held_back
from seg.photo import PhotoError
from seg.training.recipe import Phase, Recipe
from seg.training.runs import Run, RunError, Status, create_run
from seg.training.train import TrainingError
from tests.conftest import picture_and_trimap
from tests.narrow import environment

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


class Answer(NamedTuple):
    code: int
    output: str
    errors: str

    @property
    def json(self) -> dict:
        """What a script reads: the whole of standard output is one JSON object."""
        return json.loads(self.output, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    def is_refused(self, code: int, words: str) -> bool:
        """Nothing on standard output, one line on standard error."""
        line = self.errors.strip()
        assert (self.code, self.output) == (code, "")
        assert line.startswith("seg: ") and "\n" not in line and words in line, line
        return True


@pytest.fixture
def seg(capsys, monkeypatch) -> Callable[..., Answer]:
    """Calls the command line in this process."""
    monkeypatch.delenv("SEG_ENGINE", raising=False)
    monkeypatch.delenv("SEG_RUNS", raising=False)

    def call(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        code = cli.main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return call


# stats, summary, draw, download, doctor


def test_stats_as_json_has_what_scripts_rely_on(seg, small_dataset):
    root = small_dataset()
    (root / "images" / "notes.txt").write_text("")
    answer = seg("stats", root, "--json")
    assert answer.code == 0 and answer.errors == ""
    told = answer.json
    assert (told["pairs"], told["trimaps"]) == (8, 8)
    assert set(told["trimap_values"]) == {"1", "2", "3"}
    assert sum(told["trimap_values"].values()) == pytest.approx(1)
    assert told["left_out"] == {"not a picture": ["notes.txt"]}
    assert set(told["splits"]) == {"train", "validation", "test"}
    assert (told["splits"]["test"], sum(told["splits"].values())) == (2, 8)


def test_stats_as_text_names_the_values_and_their_meaning(seg, small_dataset):
    answer = seg("stats", small_dataset())
    assert answer.code == 0
    assert "pets: 8 pairs, 8 trimaps\nunique trimap values: 1, 2, 3\n" in answer.output
    assert "1  pet" in answer.output and "the cat or the dog" in answer.output


def test_summary_as_json_has_every_layer_and_the_articles_count_of_parameters(seg, monkeypatch):
    import keras

    from seg.network import fcn

    monkeypatch.setattr(fcn, "layers", keras.layers)
    told = seg("summary", "--json").json
    assert told["parameters"] == 26_369_987 == sum(row["parameters"] for row in told["layers"])
    assert told["macs"] == sum(row["macs"] for row in told["layers"])
    assert told["layers"][-1]["shape"] == [224, 224, 3]
    text = seg("summary", "--size", 64).output
    assert "block5_conv3" in text and "26,369,987" in text and "64 x 64 x 3" in text


def test_a_download_that_fails_is_told_in_one_line(seg, tmp_path, monkeypatch):
    from seg.data import download

    def fails(*_, **__):
        raise download.DownloadError("mirror_unreachable", host="thor")

    monkeypatch.setattr(download, "download_dataset", fails)
    assert seg("download", tmp_path / "pets").is_refused(1, "thor could not be reached")


def test_doctor_as_json_has_what_scripts_rely_on(seg, weights, pets):
    answer = seg("doctor", "--weights", weights, "--data", pets, "--json")
    assert answer.code == 0
    told = answer.json
    assert told["tensorflow"].startswith("2.")
    assert len(told["gpus"]) == len(told["memory_growth"])
    assert told["precision"] in ("float32", "mixed_bfloat16", "mixed_float16")
    assert told["weights"] == {"path": str(weights), "scaling": "imagenet", "mean_iou": 0.125}
    assert told["dataset"] == {"path": str(pets), "title": "pets", "pairs": 12}
    assert told["problems"] == []


def test_doctor_tells_what_is_missing_and_still_all_the_rest(seg, tmp_path, pets):
    nothing = tmp_path / "nothing.safetensors"
    answer = seg("doctor", "--weights", nothing, "--data", pets, "--json")
    assert answer.code == 1
    assert answer.json["weights"] is None and answer.json["dataset"]["pairs"] == 12
    (problem,) = answer.json["problems"]
    assert answer.errors == f"seg: {problem}\n"
    text = seg("doctor", "--weights", nothing, "--data", tmp_path / "nowhere")
    assert text.code == 1
    assert text.output.startswith("TensorFlow 2.")
    assert [line[:5] for line in text.errors.splitlines()] == ["seg: ", "seg: "]


# train and runs


@pytest.fixture(scope="module")
def trained(pets, tmp_path_factory) -> tuple[Path, Run]:
    """The folder of runs that the command line filled, and its one run."""
    folder = tmp_path_factory.mktemp("cli") / "runs"
    code = cli.main(
        f"train --data {pets} --runs {folder} --epochs 2 --steps 2 --batch 2 --size 32 --decoder-rate 0.002 "
        "--encoder none --precision float32 --seed 5 --split article".split()
    )
    assert code == 0
    (own,) = folder.iterdir()
    return folder, Run(own)


def test_train_follows_what_the_command_line_changes(trained):
    _, run = trained
    phase = Phase(epochs=2, steps=2, batch=2, size=32, decoder_learning_rate=0.002)
    changed = {"encoder": "none", "precision": "float32", "seed": 5, "split": "article"}
    assert run.recipe == Recipe("demo", (phase,), validation_photos=48, **changed)
    assert len(run.history()) == 2


def test_one_size_on_the_command_line_takes_the_place_of_mixed_sizes(pets):
    options = cli._parser().parse_args(["train", "--size", "96"])
    changed = Recipe.named("best").override(*cli._overrides(options))
    assert {(phase.size, phase.sizes) for phase in changed.phases} == {(96, ())}


def test_train_as_json_has_what_scripts_rely_on(seg, pets, tmp_path, monkeypatch):
    from seg.training import train

    def short(recipe, dataset, *, no_pets, groups, runs, report):
        """Stands for the training that ``trained`` really does."""
        run = create_run(recipe, dataset.root, dataset.title, runs)
        run.weights.write_bytes(b"")
        run.set_status(Status(state="finished", best_mean_iou=0.5))
        report(run.status())
        return run

    monkeypatch.setattr(train, "train", short)
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
    }


def test_train_as_text_has_a_line_an_epoch(seg, trained, monkeypatch):
    from seg.training import train

    folder, run = trained
    monkeypatch.setattr(train, "train", lambda run, report: run)
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
        (["--resume", "yesterday", "--encoder-rate", "0.1"], "leave --encoder-rate out"),
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
    from seg.training import train

    def fails(*_, **__):
        raise TrainingError("the disk is full:\n free some space.")

    monkeypatch.setattr(train, "train", fails)
    assert seg("train", "--data", pets, "--runs", tmp_path).is_refused(1, "the disk is full: free some space.")


def test_runs_lists_what_was_trained_newest_first(seg, trained):
    folder, run = trained
    told = seg("runs", "--runs", folder, "--json").json["runs"]
    assert [row["run"] for row in told] == [run.id]
    assert {key: told[0][key] for key in ("recipe", "dataset", "state", "epoch", "epochs")} == {
        "recipe": "demo",
        "dataset": "pets",
        "state": "finished",
        "epoch": 2,
        "epochs": 2,
    }
    assert told[0]["best_mean_iou"] == run.status().best_mean_iou
    text = seg("runs", "--runs", folder).output
    assert run.id in text and "finished" in text and "2/2" in text


@pytest.fixture
def waiting(tmp_path) -> Run:
    """A run that is about to be trained."""
    return create_run(Recipe.named("demo"), tmp_path, "pets", tmp_path / "runs")


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


def test_runs_stop_asks_a_run_to_stop_from_its_first_moment_on(seg, waiting):
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


# evaluate


def test_evaluate_as_json_has_what_scripts_rely_on_and_writes_the_same(seg, weights, pets, tmp_path):
    answer = seg("evaluate", "--weights", weights, "--data", pets, "--size", 32, "-o", tmp_path, "--json")
    assert answer.code == 0
    told = answer.json
    assert (told["photos"], told["size"], told["split"]) == (3, 32, "test")
    assert set(told["iou"]) == {"pet", "background", "border"}
    assert told["mean_iou"] == pytest.approx(np.mean(list(told["iou"].values())))
    assert 0 <= told["pixel_accuracy"] <= 1 and 0 <= told["pet_iou_without_border"] <= 1
    assert np.shape(told["confusion"]) == (3, 3) and np.sum(told["confusion"]) == 3 * 32 * 32
    assert json.loads((tmp_path / "report.json").read_text()) == told
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.json",
        "triptychs-worst.png",
        "triptychs-median.png",
        "triptychs-best.png",
    }


def test_evaluate_with_the_mirror_image_says_so_and_counts_other_answers(seg, weights, pets, tmp_path):
    plain, mirrored = (
        seg("evaluate", "--weights", weights, "--data", pets, "--size", 32, "-o", tmp_path, "--json", *more).json
        for more in ([], ["--mirror"])
    )
    assert mirrored["engine"] == f"{plain['engine']}, with the mirror image"
    assert mirrored["confusion"] != plain["confusion"]


def test_evaluate_as_text_has_the_figures_of_a_runs_best_weights_and_its_curves(seg, trained, pets, tmp_path):
    _, run = trained
    answer = seg(
        "evaluate", "--weights", run.folder, "--data", pets, "--split", "validation", "--size", 32, "-o", tmp_path
    )
    assert answer.code == 0
    assert "3 validation photos of pets, 32 px, openvino: mean IoU 0." in answer.output
    assert "at their own size: mean IoU 0." in answer.output
    assert "pet or border IoU 0." in answer.output
    assert "confusion (rows true, columns predicted):" in answer.output
    assert (tmp_path / "curves.png").exists()


def test_evaluate_says_a_dash_where_a_figure_means_nothing(seg, weights, small_dataset, tmp_path):
    root = small_dataset(("pug_1", "pug_2"), trainval=("pug_1",), test=("pug_2",))
    Image.fromarray(np.full((24, 32), 3, np.uint8)).save(root / "annotations" / "trimaps" / "pug_2.png")
    answer = seg("evaluate", "--weights", weights, "--data", root, "--size", 32, "-o", tmp_path / "report")
    assert answer.code == 0
    assert "pet IoU without border -" in answer.output


def test_evaluate_refuses_a_part_without_photos(seg, weights, small_dataset, tmp_path):
    lone = small_dataset(("pug_9", "pug_2"), trainval=("pug_9",), test=("pug_2",))
    answer = seg("evaluate", "--weights", weights, "--data", lone, "--split", "validation", "-o", tmp_path / "report")
    assert answer.is_refused(2, "the part 'validation'")
    assert not (tmp_path / "report").exists()


@pytest.fixture
def no_pets(tmp_path) -> Path:
    folder = tmp_path / "no-pets"
    folder.mkdir()
    for number in range(9):
        Image.fromarray(picture_and_trimap((32, 32), number)[0]).save(folder / f"thing-{number}.png")
    return folder


def test_evaluate_without_pets_as_json_has_what_scripts_rely_on(seg, weights, no_pets):
    told = seg("evaluate", "--weights", weights, "--size", 32, "--no-pets", no_pets, "--json").json
    assert told["photos"] == 9
    assert 0 <= told["mean_pet_share"] <= 1 and 0 <= told["above_2_percent"] <= 1
    assert "small_pets" not in told


def test_evaluate_without_pets_puts_the_pets_of_a_named_dataset_into_them(seg, weights, no_pets, pets):
    arguments = ("evaluate", "--weights", weights, "--size", 32, "--no-pets", no_pets, "--data", pets)
    told = seg(*arguments, "--json").json
    assert told["small_pets"]["photos"] == 3 and set(told["small_pets"]["iou"]) == {"pet", "background", "border"}
    (no_pets / "broken.jpg").write_bytes(b"not a photo")
    answer = seg(*arguments)
    assert answer.code == 1 and "broken.jpg is not a picture" in answer.errors
    assert "photos without a pet: " in answer.output and "3 test pets at 25% of the side in them: IoU" in answer.output


def test_evaluate_without_pets_can_be_kept_to_what_training_leaves_alone(seg, weights, no_pets):
    held_back = [path for path in no_pets.iterdir() if is_held_back(path)]
    told = seg("evaluate", "--weights", weights, "--size", 32, "--no-pets", no_pets, "--held-back", "--json").json
    assert set(told["by_photo"]) == {path.name for path in held_back}


@pytest.mark.parametrize("option", ["--limit", "--output"])
def test_evaluate_without_pets_refuses_what_it_would_not_follow(seg, weights, no_pets, option):
    answer = seg("evaluate", "--weights", weights, "--no-pets", no_pets, option, "3")
    assert answer.is_refused(2, f"leave {option} out")


def test_evaluate_refuses_held_back_photos_of_no_folder(seg, weights):
    assert seg("evaluate", "--weights", weights, "--held-back").is_refused(2, "name it with --no-pets, or with --data")


def test_evaluate_can_be_kept_to_the_photos_of_groups_that_training_leaves_alone(seg, weights, pets, tmp_path):
    held_back = {path.stem for path in (pets / "images").iterdir() if is_held_back(path)}
    answer = seg(
        "evaluate", "--weights", weights, "--size", 64, "--data", pets, "--held-back", "--json", "-o", tmp_path
    )
    assert {photo["name"] for photo in answer.json["by_photo"]} == held_back and len(held_back) < 12


def test_evaluate_refuses_groups_of_which_nothing_is_held_back(seg, weights, small_dataset):
    kept = next(name for name in (f"pug_{number}" for number in range(9)) if not is_held_back(Path(name)))
    lone = small_dataset((kept,), trainval=None)
    assert seg("evaluate", "--weights", weights, "--data", lone, "--held-back").is_refused(2, "leave --held-back out")


# export


def test_export_writes_a_file_and_tells_its_size(seg, weights, tmp_path):
    out = tmp_path / "pets.xml"
    told = seg("export", "--to", "openvino", out, "--weights", weights, "--json").json
    assert told == {"format": "openvino", "path": str(out), "bytes": out.stat().st_size}
    assert seg("export", "--to", "openvino", out, "--weights", weights).is_refused(2, "exists already")
    assert seg("export", "--to", "openvino", out, "--weights", weights, "--overwrite").output.strip() == str(out)


def test_average_writes_weights_that_evaluate_takes(seg, weights, pets, tmp_path):
    out = tmp_path / "mean.safetensors"
    assert seg("average", weights, weights, "-o", out, "--json").json == {"path": str(out), "averaged": 2}
    assert seg("evaluate", "--weights", out, "--data", pets, "--size", 32, "-o", tmp_path / "report").code == 0
    assert seg("average", weights, weights, "-o", out).is_refused(2, "exists already")


# predict


@pytest.fixture
def photos(tmp_path) -> Path:
    """Photos of three sizes: two in a folder, one beside it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in (("cat.png", (40, 60)), ("dog.jpg", (70, 33)), ("../bird.png", (32, 32))):
        Image.fromarray(picture_and_trimap(size, 1)[0]).save(folder / name)
    return folder


def test_predict_writes_trimap_overlay_and_cutout_at_the_photos_size(seg, weights, photos, tmp_path):
    out = tmp_path / "new" / "out"
    answer = seg("predict", photos, photos.parent / "b*.png", "-o", out, "--weights", weights, "--size", 64, "--json")
    assert answer.code == 0 and answer.errors == ""
    told = answer.json
    assert [Path(row["photo"]).name for row in told["photos"]] == ["cat.png", "dog.jpg", "bird.png"]
    assert (told["failed"], told["output"]) == ([], str(out))
    expected = {f"{name}.{kind}.png" for name in ("cat", "dog", "bird") for kind in ("trimap", "overlay", "cutout")}
    assert {path.name for path in out.iterdir()} == expected
    assert {name for row in told["photos"] for name in row["files"]} == expected
    for row, (height, width) in zip(told["photos"], ((40, 60), (70, 33), (32, 32)), strict=True):
        trimap, overlay, cutout = (Image.open(out / name) for name in row["files"])
        assert (trimap.size, overlay.size, cutout.size) == ((width, height),) * 3
        assert (trimap.mode, overlay.mode, cutout.mode) == ("L", "RGB", "RGBA")
        values = np.asarray(trimap)
        assert set(np.unique(values)) <= {1, 2, 3}
        for value, name in ((1, "pet"), (2, "background"), (3, "border")):
            assert row["shares"][name] == pytest.approx((values == value).mean())
        assert sum(row["shares"].values()) == pytest.approx(1)


def test_predict_goes_on_past_bad_files_and_reports_them_at_the_end(seg, weights, photos, tmp_path):
    (photos / "bad.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    missing = tmp_path / "missing.jpg"
    answer = seg("predict", missing, photos, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap")
    assert answer.code == 1
    first, second = answer.errors.splitlines()
    assert first.startswith("seg: missing.jpg does not exist") and second.startswith("seg: bad.jpg is not a picture")
    assert [line.split(":")[0] for line in answer.output.splitlines()] == [
        str(photos / "cat.png"),
        str(photos / "dog.jpg"),
    ]
    assert {path.name for path in out.iterdir()} == {"cat.trimap.png", "dog.trimap.png"}
    again = seg("predict", photos, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap", "--json")
    assert again.code == 1
    assert len(again.json["photos"]) == 2 and "bad.jpg" in again.json["failed"][0]


def test_photos_of_the_same_name_do_not_write_over_one_another(seg, weights, tmp_path):
    sources = [tmp_path / place for place in ("a/cat.png", "b/cat.jpg", "c/cat.png", "d/CAT.png", "e/cat.png.bmp")]
    for number, source in enumerate(sources, 1):
        source.parent.mkdir()
        Image.new("RGB", (32, 10 + number)).save(source)
    out = tmp_path / "out"
    twice = [*sources, sources[0]]  # the same photo given twice is one photo
    told = seg("predict", *twice, "-o", out, "--weights", weights, "--size", 32, "--save", "trimap", "--json").json
    files = [row["files"][0] for row in told["photos"]]
    assert files[:2] == ["cat.trimap.png", "cat.jpg.trimap.png"]
    assert len({name.lower() for name in files}) == len(files) == 5
    for source, name in zip(sources, files, strict=True):
        assert Image.open(out / name).size == Image.open(source).size


def test_predict_saves_probabilities_of_the_photos_size(seg, weights, photos, tmp_path):
    arguments = ["-o", tmp_path / "out", "--weights", weights, "--size", 32, "--save", "probabilities"]
    assert seg("predict", photos / "cat.png", *arguments).code == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "cat.probabilities.npz"
    probabilities = np.load(path)["probabilities"]
    assert (probabilities.dtype, probabilities.shape) == (np.float16, (40, 60, 3))
    np.testing.assert_allclose(probabilities.astype(np.float32).sum(axis=2), 1, atol=2e-3)


@pytest.mark.parametrize("pattern", ["empty", "*.nothing"])
def test_a_folder_or_pattern_without_photos_is_wrong_use(seg, weights, tmp_path, pattern):
    (tmp_path / "empty" / "folder.jpg").mkdir(parents=True)
    answer = seg("predict", tmp_path / pattern, "-o", tmp_path / "out", "--weights", weights)
    assert answer.is_refused(2, "there are no photos in")
    assert not (tmp_path / "out").exists()


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(seg, weights, tmp_path):
    path = tmp_path / "cat[1].png"
    Image.new("RGB", (32, 32)).save(path)
    told = seg("predict", path, "-o", tmp_path / "out", "--weights", weights, "--size", 32, "--json").json
    assert told["photos"][0]["files"][0] == "cat[1].trimap.png"


def test_predict_refuses_wrong_weights_and_sizes(seg, photos, weights, tmp_path):
    arguments = ["predict", photos, "-o", tmp_path / "out"]
    assert seg(*arguments, "--weights", tmp_path / "none").is_refused(2, "no weights at")
    assert seg(*arguments, "--weights", photos / "cat.png").is_refused(2, "is not a safetensors file")
    assert seg(*arguments, "--weights", weights, "--size", "100").is_refused(2, "100 px is not a multiple of 32")


# Errors, whatever the verb


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TrainingError("it failed"), 1),
        (PhotoError("photo_missing", name="a.jpg"), 1),
        (OSError(28, "it failed"), 1),
        (RunError("it failed"), 2),
        (ValueError("it\n  failed"), 2),
    ],
)
def test_an_error_is_one_line_and_its_code_tells_failed_inputs_from_wrong_use(seg, monkeypatch, error, code):
    def fails(options):
        raise error

    monkeypatch.setattr(cli, "_open", fails)
    assert seg("stats").is_refused(code, "it failed")


def test_ctrl_c_ends_with_the_code_that_shells_know(seg, monkeypatch):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_open", interrupted)
    assert seg("stats") == (130, "", "")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["train", "--recipe", "none"], ["predict"], ["evaluate", "--x"]])
def test_a_command_line_that_cannot_be_read_is_wrong_use(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    output, errors = capsys.readouterr()
    assert output == "" and errors.startswith("usage: python -m seg")


def test_the_package_runs_as_a_program_with_one_line_for_an_error(tmp_path):
    command = [sys.executable, "-m", "seg", "stats", str(tmp_path / "nowhere")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"seg: there is no folder {tmp_path / 'nowhere'}: check the path of the dataset.\n"


def test_a_reader_that_has_seen_enough_is_no_error(small_dataset):
    command = [sys.executable, "-u", "-m", "seg", "stats", str(small_dataset())]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()  # as `| head` does
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")
