"""A run is a folder, and the folder is the database: make, watch, stop, list, delete.

``recipe.json`` and ``data.json`` say what is trained on what; ``name.txt``, where somebody has named the run, what
people call it; ``provenance.json`` which code trained it, on which machine and photos, an entry for each process that
did; ``private``, where it is, that the run is for the server's owner alone; ``status.json`` where it stands;
``history.csv`` one row an epoch; ``steps.csv`` one row every few seconds; ``state.safetensors`` what a resumed run goes
on from; ``weights.safetensors`` the best network so far; where the run learns from corrections, ``start.safetensors``
the network before it learned, and ``learned.safetensors`` and ``blends.json`` what ``blend.py`` keeps; ``triptychs/``
one picture an epoch; ``film/`` what the network sees in its first steps and after each epoch; ``tensorboard/``;
``log.txt``; ``output.txt`` what its process wrote to its output. The process that trains a run holds the lock on
``lock``; a file ``stop`` asks it to stop.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from seg.data.kept_pairs import PRIVATE, is_private
from seg.errors import SegError
from seg.files import UNFINISHED, complete_file, make_free_folder, write_file
from seg.network.weights import RUN_WEIGHTS
from seg.training.film import Film
from seg.training.folders import Folders
from seg.training.recipe import Recipe
from seg.training.status import ACTIVE, Status
from seg.training.stop import StopRequest

DEFAULT_FOLDER = Path("runs")
PROBING = 1.0  # seconds for which other processes may hold the lock to see whether a run is alive
MOST_OF_NAME = 60  # characters
LEAVING = 10.0  # seconds that a process may take to end after it has said that its run is stopped


class RunError(SegError):
    """A run that does not exist, or that cannot be made, started or deleted."""


@dataclass(frozen=True)
class Run:
    """One training, as its folder describes it; reading it never needs TensorFlow.

    >>> from seg import Dataset, Recipe
    >>> from seg.training.runs import create_run
    >>> run = create_run(Recipe.named("demo"), Dataset.open().root, "sample")
    >>> run.id.split("-")[-1], run.recipe.epochs, run.data["title"]
    ('demo', 8, 'sample')
    >>> run.rename("the first try")
    >>> run.title, run.status().state, run.is_alive()
    ('the first try', 'stopped', False)
    >>> run.history(), run.live(), run.triptychs(), run.provenance()  # nothing was trained yet
    ([], [], [], [])
    >>> run.weights.is_file()
    False
    >>> run.request_stop()  # from any process; a training that runs ends its step, saves and ends
    """

    folder: Path
    _lock: FileLock = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "_lock", FileLock(self.folder / "lock"))

    @property
    def id(self) -> str:
        """The name of its folder: when it was made, and of which recipe."""
        return self.folder.name

    @property
    def name(self) -> str:
        """The name that somebody has given the run; empty for none."""
        try:
            return " ".join((self.folder / "name.txt").read_text(encoding="utf-8", errors="replace").split())
        except OSError:
            return ""

    @property
    def title(self) -> str:
        """What people call the run: its name, or its id where nobody has named it."""
        return self.name or self.id

    def copied_to(self, folder: Path) -> Run:
        """A copy in ``folder`` of what a training needs that goes on with this run. Raises RunError."""
        copy = Run(folder / self.id)
        try:
            copy.folder.mkdir()
            for path in self.folder.iterdir():
                if path.suffix in (".json", ".csv", ".safetensors"):
                    shutil.copy(path, copy.folder)
        except OSError as error:
            raise RunError("run_folder", folder=self.folder, reason=error.strerror) from None
        return copy

    def rename(self, name: str) -> None:
        """Name the run, in one line of at most MOST_OF_NAME characters; an empty name takes the name away.

        Raises RunError where the folder cannot be written.
        """
        try:
            write_file(self.folder / "name.txt", " ".join(name.split())[:MOST_OF_NAME])
        except OSError as error:
            raise RunError("run_folder", folder=self.folder, reason=error.strerror) from None

    @property
    def recipe(self) -> Recipe:
        """What it trains. Raises OSError, RecipeError."""
        return Recipe.from_json((self.folder / "recipe.json").read_text(encoding="utf-8"))

    @property
    def data(self) -> dict[str, Any]:
        """``folder``: the dataset's; ``title``: its name for people; those of ``Folders``, if the run has them."""
        return json.loads((self.folder / "data.json").read_text(encoding="utf-8"))

    @property
    def is_private(self) -> bool:
        """Whether the run is for the server's owner alone: it shows photos of theirs."""
        return is_private(self.folder)

    @property
    def weights(self) -> Path:
        """The file of its best weights, which is there once an epoch was trained."""
        return self.folder / RUN_WEIGHTS

    @property
    def start_weights(self) -> Path:
        """The network before it learned, of a run that learns from corrections."""
        return self.folder / "start.safetensors"

    def keep_start(self, weights: Path) -> None:
        """Copy the weights that the run starts from: their own file may be replaced or deleted."""
        with complete_file(self.start_weights) as unfinished:
            shutil.copyfile(weights, unfinished)

    @property
    def state_file(self) -> Path:
        return self.folder / "state.safetensors"

    @property
    def last_epochs(self) -> Path:
        """Folder of the weights after each of the last epochs, while a recipe that averages them trains."""
        return self.folder / "last-epochs"

    # Who trains it, and where it stands

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Within the block this process, and no other, trains the run; the system ends the claim with the process.

        A request to stop that was made before is withdrawn. Raises RunError when another process trains the run.
        """
        patience = PROBING if self.status().state in ACTIVE else LEAVING
        try:
            self._lock.acquire(timeout=patience)
        except Timeout:
            raise RunError("run_busy", run=self.id) from None
        try:
            self.stop_request.withdraw()
            yield
        finally:
            self.stop_request.withdraw()
            self._lock.release()

    def remove_unfinished(self) -> None:
        """Remove files that a killed process had not finished; for the process that has claimed the run.

        What pages may be writing now stays: the run's name and its report.
        """
        for path in self.folder.rglob(f".*{UNFINISHED}"):
            if not path.name.startswith((".name.txt.", ".report.json.")):
                path.unlink(missing_ok=True)

    def is_alive(self, patience: float = 0.0) -> bool:
        """Whether a process trains this run now, and still does ``patience`` seconds later."""
        if self._lock.is_locked:
            return True
        if not self.folder.is_dir():  # deleted; a probe would make it again
            return False
        probe = FileLock(self.folder / "lock")
        try:
            probe.acquire(timeout=patience)
        except Timeout:
            return True
        except OSError:  # a folder that is read-only here: whoever trains in it can write, and says so
            return self._written_status().state in ACTIVE
        probe.release()
        return False

    def status(self) -> Status:
        """Where the run stands: what its process wrote last, unless that process has died or was asked to stop."""
        status = self._written_status()
        if status.state not in ACTIVE:
            return status
        if not self.is_alive():
            return replace(status, state="interrupted").with_message("run.interrupted")
        if self.stop_request.is_made():
            return replace(status, state="stopping")
        return status

    def is_busy(self) -> bool:
        """Whether a process trains this run; one that has said that its run is stopped gets time to leave."""
        return self.is_alive(0.0 if self.status().state in ACTIVE else LEAVING)

    def _written_status(self) -> Status:
        """What ``status.json`` has; a missing or damaged file reads as that of a run that is starting."""
        try:
            return Status.read(json.loads((self.folder / "status.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, OverflowError, RecursionError):
            return Status()

    def set_status(self, status: Status) -> None:
        write_file(self.folder / "status.json", _status_text(status))

    def set_failed(self, error: SegError) -> None:
        """Say why a training ended, even where the disk is too full for the temporary file of ``write_file``."""
        failed = self.status().failed(error)
        try:
            self.set_status(failed)
        except OSError:
            with contextlib.suppress(OSError), (self.folder / "status.json").open("r+", encoding="utf-8") as file:
                file.write(_status_text(failed))
                file.truncate()

    @property
    def stop_request(self) -> StopRequest:
        return StopRequest(self.folder)

    def request_stop(self) -> None:
        """Ask the training to finish its step, save and end; works from every process and on every system."""
        self.stop_request.make()

    # What it has measured

    def history(self) -> list[dict[str, Any]]:
        """One row an epoch, oldest first; numbers are float, and empty cells None."""
        return _read_csv(self.folder / "history.csv")

    def live(self) -> list[dict[str, Any]]:
        """One row every few seconds of training: epoch (with its fraction), loss, pixel accuracy, IoU, mean IoU."""
        return _read_csv(self.folder / "steps.csv")

    def triptychs(self) -> list[Path]:
        """The picture of the three validation photos after each epoch, first epoch first."""
        return sorted((self.folder / "triptychs").glob("epoch-*.png"))

    @property
    def film(self) -> Film:
        return Film(self.folder / "film")

    def provenance(self) -> list[dict[str, Any]]:
        """The code, the machine and the photos of each process that trained this run, first process first."""
        try:
            entries = json.loads((self.folder / "provenance.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):  # a run of an earlier version, or a damaged file
            return []
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    def add_provenance(self, facts: dict[str, Any]) -> None:
        """Write down what a process that begins to train knows of itself; the same as before is not repeated."""
        entries = self.provenance()
        if facts not in entries[-1:]:
            write_file(self.folder / "provenance.json", json.dumps([*entries, facts], indent=1))

    def last_words(self) -> str:
        """The last line that the run's process wrote to its output, at most 300 characters; empty for none."""
        try:
            lines = (self.folder / "output.txt").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def runs_folder() -> Path:
    """Where runs live: ``SEG_RUNS``, else ``runs/``.

    >>> from seg.training.runs import runs_folder
    >>> runs_folder().name
    'runs'
    """
    return Path(os.environ.get("SEG_RUNS") or DEFAULT_FOLDER)


def create_run(
    recipe: Recipe, data: Path, title: str, folder: Path = DEFAULT_FOLDER, folders: Folders | None = None
) -> Run:
    """Make the folder of a new run, named by time and recipe, which waits for a process to train it.

    One that learns from corrections, or from a private dataset, is private. Raises RunError where the folder cannot be
    written.

    >>> from seg import Dataset, Recipe
    >>> from seg.training.runs import create_run
    >>> run = create_run(Recipe.named("demo"), Dataset.open().root, "sample")
    >>> run.status().state, sorted(path.name for path in run.folder.glob("*.json"))
    ('stopped', ['data.json', 'recipe.json', 'status.json'])
    """
    folders = folders or Folders()
    stem = time.strftime("%Y%m%d-%H%M%S") + "-" + (re.sub(r"[^a-z0-9]+", "-", recipe.name.lower()).strip("-") or "run")
    try:
        run = Run(make_free_folder(folder, stem))
        try:
            # First: before anybody can see the run by its recipe.
            if folders.corrections or is_private(Path(data)):
                write_file(run.folder / PRIVATE, "")
            write_file(run.folder / "recipe.json", recipe.to_json())
            facts = {"folder": str(Path(data).resolve()), "title": title, **folders.as_dict()}
            write_file(run.folder / "data.json", json.dumps(facts))
            status = Status(state="stopped", epochs=recipe.epochs, phases=len(recipe.phases))
            run.set_status(status.with_message("run.waiting"))
        except OSError:
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
    except OSError as error:
        raise RunError("run_folder", folder=folder, reason=error.strerror) from None
    return run


def list_runs(folder: Path = DEFAULT_FOLDER) -> list[Run]:
    """All runs of a folder, newest first.

    >>> from seg import Dataset, Recipe
    >>> from seg.training.runs import create_run, list_runs
    >>> first, second = (create_run(Recipe.named(name), Dataset.open().root, "sample") for name in ("demo", "best"))
    >>> {run.id for run in list_runs()} == {first.id, second.id}
    True
    """
    if not folder.is_dir():
        return []
    return [Run(path.parent) for path in sorted(folder.glob("*/recipe.json"), reverse=True)]


def find_run(run_id: str, folder: Path = DEFAULT_FOLDER) -> Run:
    """The run of this name, or the only one whose name starts with it. Raises RunError.

    >>> from pathlib import Path
    >>> from seg import Dataset, Recipe
    >>> from seg.training.runs import create_run, find_run
    >>> run = create_run(Recipe.named("demo"), Dataset.open().root, "sample")
    >>> find_run(run.id[:8]) == run  # the beginning is enough where no other run begins so
    True
    >>> find_run("yesterday", Path("elsewhere"))
    Traceback (most recent call last):
        ...
    seg.training.runs.RunError: There is no run 'yesterday' in elsewhere (there are: -).
    """
    runs = list_runs(folder)
    matches = [run for run in runs if run.id == run_id] or [run for run in runs if run.id.startswith(run_id)]
    if len(matches) == 1:
        return matches[0]
    known = [run.id for run in (matches or runs)[:5]] or "-"
    raise RunError("run_ambiguous" if matches else "run_unknown", run=run_id, folder=folder, known=known)


def active_run(folder: Path = DEFAULT_FOLDER) -> Run | None:
    """The run that is being trained now, or None.

    >>> from seg import Dataset, Recipe
    >>> from seg.training.runs import active_run, create_run
    >>> run = create_run(Recipe.named("demo"), Dataset.open().root, "sample")
    >>> active_run() is None  # it waits for a process to train it
    True
    >>> with run.claim():
    ...     print(run.is_alive())
    True
    """
    return next((run for run in list_runs(folder) if run.status().state in ACTIVE), None)


def check_trainable(run: Run) -> None:
    """Raises RunError for a folder that is no run, and for a run that has nothing left to train."""
    if not (run.folder / "recipe.json").is_file():
        raise RunError("run_none", folder=run.folder)
    if run.status().state == "finished":
        raise RunError("run_finished", run=run.id, folder=run.folder)


def delete_run(run: Run) -> None:
    """Remove a run's folder, if it is still there.

    Raises RunError while the run is being trained, and where the folder is read-only.

    >>> from seg import Dataset, Recipe
    >>> from seg.training.runs import create_run, delete_run, list_runs
    >>> run = create_run(Recipe.named("demo"), Dataset.open().root, "sample")
    >>> delete_run(run)
    >>> list_runs()
    []
    """
    if run.is_busy():
        raise RunError("run_not_deleted", run=run.id)
    with contextlib.suppress(FileNotFoundError):  # another visitor has deleted it
        try:
            shutil.rmtree(run.folder)
        except PermissionError as error:
            raise RunError("run_folder", folder=run.folder, reason=error.strerror) from None


def _status_text(status: Status) -> str:
    return json.dumps(status.as_dict(), indent=1)


def _read_csv(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            rows = list(csv.DictReader(file))
    except (OSError, csv.Error):
        return []
    # A row that is still being written lacks its last cells; in a damaged file one may have more than the head.
    complete = [row for row in rows if None not in row.values() and None not in row]
    return [{name: _number(cell) for name, cell in row.items()} for row in complete]


def _number(text: str) -> float | str | None:
    try:
        return float(text) if text else None
    except ValueError:
        return text
