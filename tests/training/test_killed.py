"""A training that is killed, or whose disk is full, at any file that it writes: it keeps what it saved and goes on."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seg import files
from seg.network.weights import WeightsError, read_info, read_tensors
from seg.training.errors import TrainingError
from seg.training.runs import Run
from seg.training.train import train
from tests.narrow import tiny_phase, tiny_recipe
from tests.narrow_trainings import Watched, leftovers, new_run

pytestmark = pytest.mark.slow

EPOCHS = 3
RECIPE = tiny_recipe(tiny_phase(epochs=EPOCHS), average_last=2)
# What a training writes, and which of its writings is cut off: the second epoch has begun by then.
FILES = {
    "status.json": 12,
    "steps.csv": 4,
    "state.safetensors": 2,
    "weights.safetensors": 1,
    "history.csv": 2,
    "epoch-002.png": 1,
    "epoch-002.safetensors": 1,
}


@contextmanager
def at_file(name: str, number: int, strike: Callable[[Path, Path], None]) -> Iterator[None]:
    """Within the block ``strike`` happens just before the ``number``-th file of this name is complete."""
    replace, count = os.replace, 0

    def counting(source: Path, target: Path) -> None:
        nonlocal count
        if Path(target).name == name:
            count += 1
            if count == number:
                strike(Path(source), Path(target))
        replace(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.os, "replace", counting)
        yield


@pytest.fixture(scope="module")
def killed(pets, in_session, tmp_path_factory) -> dict[str, Run]:
    """By the name of a file, the run as a process has left it that was killed while it wrote the file.

    One training is enough for all: a killed process does nothing more, so that its folder is a copy of that moment.
    """
    folder = tmp_path_factory.mktemp("killed")
    watched = new_run(RECIPE, pets, folder)
    runs = {name: Run(folder / f"at-{name}" / watched.run.id) for name in FILES}

    def keep(name: str) -> Callable[[Path, Path], None]:
        def strike(source: Path, target: Path) -> None:
            shutil.copytree(watched.run.folder, runs[name].folder)
            left = runs[name].folder / source.relative_to(watched.run.folder)
            left.rename(left.with_name(f"{left.name[:-5]}-killed.part"))  # of a process that is no more

        return strike

    with in_session(), contextlib.ExitStack() as stack:
        for name, number in FILES.items():
            stack.enter_context(at_file(name, number, keep(name)))
        watched.train()
    return runs


def fill_disk(source: Path, target: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))


def assert_all_epochs_are_there(run: Run, at_least: int) -> None:
    """What a page shows of a run that has ended early: its finished epochs, and weights that can be loaded."""
    history = run.history()
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1)) and len(history) >= at_least
    assert read_info(run.weights).metadata["epoch"] >= 1
    assert read_tensors(run.weights)
    assert not run.is_alive()


def assert_it_goes_on_to_its_end(run: Run) -> None:
    train(run=run)
    assert run.status().state == "finished"
    assert [row["epoch"] for row in run.history()] == list(range(1, EPOCHS + 1))
    live = [row["epoch"] for row in run.live()]
    assert live == sorted(set(live))
    assert leftovers(run.folder) == []


@pytest.mark.parametrize("name", FILES)
def test_a_training_killed_while_it_writes_a_file_goes_on_from_what_was_complete(killed, name):
    run = killed[name]
    if name != "weights.safetensors":  # killed in its first epoch
        assert_all_epochs_are_there(run, at_least=1)
    assert run.status().state == "interrupted"
    assert "it can go on" in run.status().sentence("en") and "可以继续" in run.status().sentence("zh")
    assert leftovers(run.folder)
    assert_it_goes_on_to_its_end(run)


@pytest.mark.parametrize("name", ["state.safetensors", "history.csv", "steps.csv", "epoch-002.png"])
def test_a_disk_that_is_full_when_a_file_is_written_ends_the_training_in_one_sentence(pets, tmp_path, name):
    watched = new_run(RECIPE, pets, tmp_path)
    with at_file(name, FILES[name], fill_disk), pytest.raises(TrainingError) as caught:
        watched.train()
    run = watched.run
    assert str(caught.value).startswith("The disk is full")
    assert (run.status().state, run.status().message) == ("failed", str(caught.value))
    assert_all_epochs_are_there(run, at_least=1)
    assert leftovers(run.folder) == []
    assert_it_goes_on_to_its_end(run)


def test_two_trainings_at_once_do_not_touch_each_other(pets, tmp_path):
    outer, inner = new_run(RECIPE, pets, tmp_path), new_run(tiny_recipe(), pets, tmp_path)

    def train_the_other(status) -> None:
        if status.epoch == 1 and not inner.statuses:
            inner.train()

    outer.train(train_the_other)
    for watched, epochs in ((outer, EPOCHS), (inner, 1)):
        assert watched.run.status().state == "finished"
        assert len(watched.run.history()) == epochs
    assert outer.run.weights.read_bytes() != inner.run.weights.read_bytes()


@pytest.fixture(scope="module")
def stopped_once(pets, in_session, tmp_path_factory) -> tuple[Run, Path]:
    folder = tmp_path_factory.mktemp("stopped")
    copy = shutil.copytree(pets, folder / "pets")
    with in_session():
        return new_run(RECIPE, copy, folder / "runs").stopping_after(2, 1).run, copy


@pytest.fixture
def stopped(stopped_once, tmp_path) -> Iterator[tuple[Watched, Path]]:
    """A run that was stopped in its second epoch, and the folder of its photos; a test may change both."""
    run, photos = stopped_once
    kept = shutil.copytree(photos, tmp_path / "kept")
    yield Watched(Run(shutil.copytree(run.folder, tmp_path / "runs" / run.id))), photos
    shutil.rmtree(photos)
    shutil.copytree(kept, photos)


def change_list(pets: Path, old: str, new: str) -> None:
    file = pets / "annotations" / "trainval.txt"
    file.write_text(file.read_text().replace(old, new))


def test_photos_that_changed_while_a_run_stood_still_begin_its_epoch_anew_and_it_says_so(stopped):
    watched, photos = stopped
    run = watched.run
    assert run.status().step == 2
    change_list(photos, "samoyed_8 1 1 1\n", "")
    steps: list[int] = []
    watched.train(lambda status: steps.append(status.step) if status.activity == "training" else None)
    assert steps[0] == 0, "the epoch was begun anew"
    assert run.status().state == "finished" and len(run.history()) == EPOCHS
    (note,) = run.status().note_sentences("en")
    assert note.endswith("was stopped (6 to train before, 5 now): epoch 2 was begun anew.")
    assert run.status().note_sentences("zh") != [note]
    assert "The photos have changed" in (run.folder / "log.txt").read_text()


def test_photos_that_stayed_the_same_do_not_cost_a_step(stopped):
    watched, _ = stopped
    steps: list[int] = []
    watched.train(lambda status: steps.append(status.step) if status.activity == "training" else None)
    assert steps[0] == 2
    assert watched.run.status().note_sentences("en") == []


def test_a_dataset_that_has_other_classes_now_is_refused_in_one_sentence(stopped):
    run, photos = stopped[0].run, stopped[1]
    (photos / "classes.json").write_text(
        '[{"name": "animal", "value": 1, "colour": [1, 2, 3], "role": "subject"},'
        ' {"name": "other", "value": 2, "colour": [4, 5, 6]}, {"name": "edge", "value": 3, "colour": [7, 8, 9]}]'
    )
    with pytest.raises(TrainingError, match="other classes than when the run began"):
        train(run=run)
    assert run.status().state == "failed" and len(run.history()) == 1
    (photos / "classes.json").unlink()
    assert_it_goes_on_to_its_end(run)


def test_a_state_that_was_cut_is_refused_in_one_sentence_and_the_weights_are_still_there(stopped):
    run = stopped[0].run
    data = run.state_file.read_bytes()
    run.state_file.write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match=r"state\.safetensors is not a safetensors file, or is damaged"):
        train(run=run)
    assert run.status().state == "failed"
    assert_all_epochs_are_there(run, at_least=1)
    run.state_file.write_bytes(data)
    assert_it_goes_on_to_its_end(run)


def test_a_state_of_another_network_is_refused_in_one_sentence(stopped):
    run = stopped[0].run
    shutil.copy(run.weights, run.state_file)  # weights in place of the state
    with pytest.raises(TrainingError, match=r"state\.safetensors is no state of a training"):
        train(run=run)
    assert run.status().state == "failed"
