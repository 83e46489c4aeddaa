"""A run is a folder: start, watch, stop, resume, list. The folder is the database.

``recipe.json`` and ``data.json`` say what is trained on what; ``provenance.json`` which code trained it, on which
machine and photos, an entry for each process that did; ``status.json`` where it stands; ``history.csv`` one row
an epoch; ``steps.csv`` one row every few seconds; ``state.safetensors`` what a resumed run goes on from;
``weights.safetensors`` the best network so far; ``triptychs/`` one picture an epoch; ``tensorboard/``; ``log.txt``.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from seg.training.recipe import Recipe

DEFAULT_FOLDER = Path("runs")
ACTIVE = ("starting", "running", "stopping")
LEAVING = 10.0  # seconds that a process may take to end after it has said that its run is stopped


class RunError(ValueError):
    """A run that cannot be found, started or deleted; ``str`` is one sentence for people."""


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    ``state``: starting, running, stopping, stopped, finished, failed, or interrupted (its process died).
    ``epoch`` counts finished epochs over all phases, ``step`` steps within the current one; ``eta`` and ``seconds``
    are seconds to go and seconds trained; ``updated`` is a Unix time.
    """

    state: str = "starting"
    message: str = ""
    phase: int = 1
    phases: int = 1
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    eta: float | None = None
    seconds: float = 0.0
    activity: str = ""
    loss: float | None = None
    photos_per_second: float | None = None
    best_mean_iou: float | None = None
    best_epoch: int | None = None
    updated: float = 0.0

    @property
    def progress(self) -> float:
        """Share of the epochs done, in [0, 1]."""
        if not self.epochs:
            return 0.0
        return min(1.0, (self.epoch + (self.step / self.steps if self.steps else 0)) / self.epochs)


@dataclass(frozen=True)
class Run:
    """One training, as its folder tells it; reading it never needs TensorFlow."""

    folder: Path
    _lock: FileLock = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "_lock", FileLock(self.folder / "lock"))

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def recipe(self) -> Recipe:
        return Recipe.from_json((self.folder / "recipe.json").read_text())

    @property
    def data(self) -> dict[str, Any]:
        """``folder``: the dataset's; ``title``: its name for people; ``no_pets`` and ``groups``: folders of photos
        without pets and of groups of pets, if the run has them."""
        return json.loads((self.folder / "data.json").read_text())

    @property
    def weights(self) -> Path:
        return self.folder / "weights.safetensors"

    @property
    def state_file(self) -> Path:
        return self.folder / "state.safetensors"

    @property
    def last_epochs(self) -> Path:
        """Folder of the weights after each of the last epochs, while a recipe that averages them trains."""
        return self.folder / "last-epochs"

    def provenance(self) -> list[dict[str, Any]]:
        """What ``provenance.py`` says of each process that trained this run, first process first."""
        try:
            return json.loads((self.folder / "provenance.json").read_text())
        except OSError:  # a run of an earlier version
            return []

    def add_provenance(self, facts: dict[str, Any]) -> None:
        """Write down what a process that begins to train knows of itself; the same as before is not repeated."""
        entries = self.provenance()
        if facts not in entries[-1:]:
            write_atomically(self.folder / "provenance.json", json.dumps([*entries, facts], indent=1))

    @property
    def stop_file(self) -> Path:
        return self.folder / "stop"

    def claim(self) -> FileLock:
        """The lock that a training holds; the system lets go of it however the process ends.

        Raises RunError when another process trains this run.
        """
        # Not 0: who asks ``is_alive`` holds the lock for a moment. A process that has said its last word is leaving.
        patience = 1 if self.status().state in ACTIVE else LEAVING
        try:
            self._lock.acquire(timeout=patience)
        except Timeout:
            raise RunError(f"run {self.id} is being trained by another process: wait, or stop it.") from None
        return self._lock

    def is_alive(self) -> bool:
        """Whether a process trains this run now."""
        if self._lock.is_locked:
            return True
        if not self.folder.is_dir():  # deleted; a probe would make it again
            return False
        probe = FileLock(self.folder / "lock")
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return True
        probe.release()
        return False

    def status(self) -> Status:
        try:
            status = Status(**json.loads((self.folder / "status.json").read_text()))
        except (OSError, ValueError, TypeError):
            status = Status()
        if status.state in ACTIVE:
            # A process just started needs a moment to import what it needs before it takes the lock.
            starting = status.state == "starting" and time.time() - status.updated < 60
            if not starting and not self.is_alive():
                return replace(status, state="interrupted", message="its process ended without a word")
            if self.stop_file.exists():
                return replace(status, state="stopping")
        return status

    def set_status(self, status: Status) -> None:
        write_atomically(self.folder / "status.json", _status_text(status))

    def set_failed(self, sentence: str) -> None:
        """Say why a training ended, even where the disk is too full for the second file of an atomic write."""
        failed = replace(self.status(), state="failed", message=sentence, eta=None)
        try:
            self.set_status(failed)
        except OSError:
            with contextlib.suppress(OSError), (self.folder / "status.json").open("r+", encoding="utf-8") as file:
                file.write(_status_text(failed))
                file.truncate()

    def history(self) -> list[dict[str, Any]]:
        """One row an epoch, oldest first; numbers are float, and empty cells None."""
        return _read_csv(self.folder / "history.csv")

    def live(self) -> list[dict[str, Any]]:
        """One row every few seconds of training: epoch (with its fraction), loss, pixel accuracy, mean IoU."""
        return _read_csv(self.folder / "steps.csv")

    def triptychs(self) -> list[Path]:
        """The picture of the three validation photos after each epoch, first epoch first."""
        return sorted((self.folder / "triptychs").glob("epoch-*.png"))

    def request_stop(self) -> None:
        """Ask the training to finish its step, save and end; works from any process and on any system."""
        self.stop_file.touch()


def runs_folder() -> Path:
    """Where runs live: ``SEG_RUNS``, else ``runs/``."""
    return Path(os.environ.get("SEG_RUNS") or DEFAULT_FOLDER)


def create_run(
    recipe: Recipe,
    data: Path,
    title: str,
    folder: Path = DEFAULT_FOLDER,
    no_pets: Path | None = None,
    groups: Path | None = None,
) -> Run:
    """Make the folder of a new run, named by time and recipe; ``no_pets`` and ``groups``: folders of photos without
    pets and of groups of pets, to train on too. Raises RunError where it cannot be written."""
    stem = time.strftime("%Y%m%d-%H%M%S") + "-" + (re.sub(r"[^a-z0-9]+", "-", recipe.name.lower()).strip("-") or "run")
    try:
        run = Run(_new_folder(folder, stem))
        try:
            write_atomically(run.folder / "recipe.json", recipe.to_json())
            about = {"folder": str(Path(data).resolve()), "title": title}
            for key, more in (("no_pets", no_pets), ("groups", groups)):
                if more:
                    about[key] = str(Path(more).resolve())
            write_atomically(run.folder / "data.json", json.dumps(about))
            phases = len(recipe.phases)
            run.set_status(Status(epochs=recipe.epochs, phases=phases, message="waiting to start"))
        except OSError:
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
    except OSError as error:
        raise RunError(f"{folder} cannot be written ({error.strerror}): free space or choose another folder.") from None
    return run


def _new_folder(parent: Path, stem: str) -> Path:
    """Make ``stem`` in ``parent``, or the first of ``stem-2``, ``stem-3``, ... that is free."""
    parent.mkdir(parents=True, exist_ok=True)
    for name in itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2))):
        with contextlib.suppress(FileExistsError):
            (parent / name).mkdir()
            break
    return parent / name


def list_runs(folder: Path = DEFAULT_FOLDER) -> list[Run]:
    """All runs of a folder, newest first."""
    if not folder.is_dir():
        return []
    return [Run(path.parent) for path in sorted(folder.glob("*/recipe.json"), reverse=True)]


def find_run(run_id: str, folder: Path = DEFAULT_FOLDER) -> Run:
    """The run of this name, or of the only one that starts with it. Raises RunError."""
    matches = [run for run in list_runs(folder) if run.id.startswith(run_id)]
    exact = [run for run in matches if run.id == run_id]
    if len(exact or matches) != 1:
        known = ", ".join(run.id for run in list_runs(folder)[:5]) or "none yet"
        raise RunError(f"{'no' if not matches else 'more than one'} run {run_id!r} in {folder} (there: {known}).")
    return (exact or matches)[0]


def active_run(folder: Path = DEFAULT_FOLDER) -> Run | None:
    """The run that is being trained now, or None."""
    return next((run for run in list_runs(folder) if run.status().state in ACTIVE), None)


def start_process(run: Run) -> subprocess.Popen:
    """Train a run, new or stopped, in a process of its own that outlives this one.

    Raises RunError for a run that is being trained or has finished.
    """
    if run.is_alive():
        raise RunError(f"run {run.id} is being trained already.")
    refuse_finished(run)
    run.stop_file.unlink(missing_ok=True)
    run.set_status(replace(run.status(), state="starting", message="loading TensorFlow"))
    command = [sys.executable, "-m", "seg", "train", "--resume", run.id, "--runs", str(run.folder.parent.resolve())]
    package_home = str(Path(__file__).resolve().parents[2])
    paths = [package_home, os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with (run.folder / "output.txt").open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=environment
        )


def note_early_end(run: Run, code: int) -> None:
    """Write down why the process of ``start_process`` ended with ``code`` if it could not do so itself.

    The folder alone cannot tell a process that never came to train from one that still imports TensorFlow.
    """
    if run.status().state in ACTIVE and not run.is_alive():
        why = _last_words(run) or f"exit code {code}"
        run.set_failed(f"its process ended before it could train ({why}): start again, with more memory free.")


def _last_words(run: Run) -> str:
    """The last line that a run's process wrote, at most 300 characters; empty where it wrote nothing."""
    try:
        lines = (run.folder / "output.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def refuse_finished(run: Run) -> None:
    """Raises RunError for a run that has nothing left to train."""
    if run.status().state == "finished":
        raise RunError(
            f"run {run.id} has finished: start another, from its weights if you like (--start {run.folder})."
        )


def delete_run(run: Run) -> None:
    """Remove a run's folder. Raises RunError while it is being trained."""
    if run.is_alive() or run.status().state in ACTIVE:
        raise RunError(f"run {run.id} is being trained: stop it first.")
    shutil.rmtree(run.folder)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; text as UTF-8."""
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _status_text(status: Status) -> str:
    return json.dumps(asdict(replace(status, updated=time.time())), indent=1)


def _read_csv(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        return []
    return [{key: _number(value) for key, value in row.items()} for row in rows if None not in row.values()]


def _number(text: str) -> float | str | None:
    try:
        return float(text) if text else None
    except ValueError:
        return text
