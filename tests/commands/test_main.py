"""What all verbs have in common: errors, exit codes, help, and a command line that cannot be read."""

from __future__ import annotations

import io
import subprocess
import sys

import click
import pytest

from seg.commands.main import VERBS, main, verbs
from seg.commands.predict import predict
from seg.commands.train import train
from seg.data.photo_files import NoPhotosError
from seg.photo import PhotoError
from seg.training.errors import TrainingError
from seg.training.runs import RunError
from tests.narrow import environment


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (TrainingError("training_file", name="a", reason="it\n  failed"), 1, "it failed"),
        (PhotoError("photo_missing", name="a.jpg"), 1, "a.jpg does not exist"),
        (OSError(28, "it failed"), 1, "it failed"),
        (RunError("run_busy", run="a"), 2, "is being trained"),
        (NoPhotosError("no_photos", pattern="a/*"), 2, "There are no photos in a/*"),
    ],
)
def test_an_error_is_one_line_and_its_code_tells_failed_inputs_from_wrong_use(seg, monkeypatch, error, code, words):
    def fails(folder):
        raise error

    monkeypatch.setattr("seg.commands.stats.open_dataset", fails)
    assert seg("stats").is_refused(code, words)


def test_a_mistake_in_the_program_leaves_its_traceback(seg, monkeypatch):
    def fails(folder):
        raise ValueError("no number")

    monkeypatch.setattr("seg.commands.stats.open_dataset", fails)
    answer = seg("stats")
    assert (answer.code, answer.output) == (70, "")
    assert answer.errors.startswith("Traceback") and answer.errors.endswith("ValueError: no number\n")


def test_ctrl_c_ends_with_the_code_that_shells_know(seg, monkeypatch):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr("seg.commands.stats.open_dataset", interrupted)
    assert seg("stats") == (130, "", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing command"),
        (["--fast"], "No such option '--fast'. See `python -m seg --help`"),
        (["fly"], "No such command 'fly'"),
        (["predict"], "Give PHOTO... or --watch FOLDER"),
        (["evaluate", "--x"], "No such option '--x'. See `python -m seg evaluate --help`"),
        (["train", "--recipe", "none"], "'none' is not one of 'article', 'demo', 'best'"),
        (["train", "--epochs", "two"], "'two' is not a valid integer"),
        (["export", "out"], "Choose from: keras, savedmodel"),
        (["benchmark", "--engines", "keras", "torch"], "torch"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_wrong_use(seg, arguments, words):
    assert seg(*arguments).is_refused(2, words)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_a_sentence_for_each_option(seg, verb):
    command = verbs.get_command(click.Context(verbs), verb)
    assert command and all(option.help for option in command.params if isinstance(option, click.Option))
    answer = seg(verb, "--help")
    assert (answer.code, answer.errors) == (0, "")
    assert answer.output.startswith(f"Usage: python -m seg {verb}") and VERBS[verb][:40] in answer.output


def test_help_names_the_verbs_and_loads_none_of_them():
    code = (
        "import sys; from seg.commands.main import main; assert main(['--help']) == 0\n"
        "print(*[name for name in ('numpy', 'rich', 'seg.commands.train') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "\n")
    assert [line.split()[0] for line in done.stdout.split("Verbs:\n")[1].splitlines() if line[2] != " "] == list(VERBS)


def test_old_spellings_of_options_are_still_understood():
    spelled = ["--decoder-rate", "0.1", "--encoder-rate", "0.2", "--average", "0.9", "--lists", "article"]
    context = train.make_context("train", spelled)
    names = ("decoder_learning_rate", "encoder_learning_rate", "ema_decay", "split_scheme")
    assert [context.params[name] for name in names] == [0.1, 0.2, 0.9, "article"]


@pytest.mark.parametrize(
    ("arguments", "photos", "save"),
    [
        (["a", "--save", "trimap", "overlay"], ("a",), ("trimap", "overlay")),
        (["--save", "trimap", "overlay", "a", "cutout"], ("a", "cutout"), ("trimap", "overlay")),
        (
            ["a", "--save", "trimap", "-o", "out", "--save", "cutout", "overlay"],
            ("a",),
            ("trimap", "cutout", "overlay"),
        ),
        (["a", "--save=trimap", "overlay"], ("a", "overlay"), ("trimap",)),
        (["a"], ("a",), ()),
    ],
)
def test_an_option_takes_several_values(arguments, photos, save):
    params = predict.make_context("predict", arguments).params
    assert (params["photos"], params["save"]) == (photos, save)


def test_the_package_runs_as_a_program_with_one_line_for_an_error(tmp_path):
    command = [sys.executable, "-m", "seg", "stats", str(tmp_path / "nowhere")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"seg: There is no folder {tmp_path / 'nowhere'}: check the path of the dataset.\n"


def test_a_reader_that_has_seen_enough_is_no_error(small_dataset):
    command = [sys.executable, "-u", "-m", "seg", "stats", str(small_dataset())]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()  # as `| head` does
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")


def test_a_terminal_without_the_letters_of_a_name_shows_the_line_all_the_same(monkeypatch, tmp_path):
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="latin-1") for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    assert main(["runs", "--runs", str(tmp_path / "猫é")]) == 0
    streams["stderr"].flush()
    assert b"\\u732b\xe9 yet" in streams["stderr"].buffer.getvalue()
