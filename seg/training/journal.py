"""What a run writes down while it trains: status, history, steps, TensorBoard, triptychs, log, the best weights."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from seg.classes import Classes
from seg.files import write_file
from seg.pictures import save_picture, triptych_grid
from seg.training.checkpoint import Progress
from seg.training.model import Model, start_weights
from seg.training.photos import RunPhotos
from seg.training.provenance import photos_facts, provenance
from seg.training.runs import Run, runs_folder
from seg.training.status import Status
from seg.training.watched import Look, WatchedPhotos

TRIPTYCH_SIZE = 224  # pixels of a picture's side

Report = Callable[[Status], None]


class Journal:
    """The files of a run that people read, and what they have so far."""

    def __init__(self, run: Run, log: logging.Logger, report: Report | None):
        recipe = run.recipe
        self.run, self.log, self._report = run, log, report
        # A resumed run shows how far it is while its network is loaded.
        before = run.status() if run.state_file.exists() else Status(phases=len(recipe.phases), epochs=recipe.epochs)
        self.status = replace(before, state="starting", eta=None)
        self.steps: list[dict[str, Any]] = []
        self._summaries: Any = None

    def resume(self, progress: Progress, photos: RunPhotos) -> None:
        """Go on where the process before has ended: with its numbers, and without the rows that it did not save.

        Where the photos are others now, the order in which an epoch shows them is another: the epoch begins anew.
        """
        self._note_changed_photos(progress, photos)
        self.status = replace(
            self.status,
            best_mean_iou=progress.best_mean_iou,
            best_epoch=progress.best_epoch,
            epoch=len(progress.history),
            seconds=progress.seconds,
        )
        self.steps = self.run.live()
        write_file(self.run.folder / "history.csv", _csv_text(progress.history))
        self.log.info("going on after epoch %d, step %d", len(progress.history), progress.step)

    def _note_changed_photos(self, progress: Progress, photos: RunPhotos) -> None:
        before, now = self.run.provenance()[-1:], photos_facts(photos.names())
        known = before[0].get("photos", {}) if before else {}
        if not known or all(known.get(kind, facts) == facts for kind, facts in now.items()):
            return
        progress.begin_epoch_anew()
        counts = {"before": known.get("train", {}).get("count", "?"), "now": now["train"]["count"]}
        self.status = self.status.with_note("run.photos_changed", epoch=len(progress.history) + 1, **counts)
        self.log.warning("%s", self.status.note_sentences()[-1])

    def write_beginning(self, photos: RunPhotos, precision: str) -> None:
        """Write down what is trained on what, and which code on which machine does it."""
        recipe = self.run.recipe
        starts = bool(recipe.start) and not self.run.state_file.exists()
        facts = provenance(precision, photos.names(), start_weights(recipe) if starts else None)
        self.run.add_provenance(facts)
        self.log.info(
            "%s on %s: %d photos to train, %d to validate, %d without pets, %d of groups, %s, TensorFlow %s",
            self.run.recipe.name,
            photos.dataset.root,
            len(photos.of_dataset),
            len(photos.validation),
            len(photos.without_pets),
            len(photos.groups),
            precision,
            facts["tensorflow"],
        )

    # Status

    def note(self, activity: str, **changes: Any) -> None:
        """Write the status with what the training does now, and report it."""
        self._set(replace(self.status, activity=activity, message=activity, code="", values={}, **changes))

    def note_stopped(self, code: str, **values: Any) -> None:
        """Write that the run has stopped, where, and how to go on with it."""
        folder = self.run.folder.parent
        runs = "" if folder.resolve() == runs_folder().resolve() else f" --runs {folder}"
        command = f"python -m seg train --resume {self.run.id}{runs}"
        status = replace(self.status, state="stopped", activity="")
        self._set(status.with_message(code, command=command, **values))
        self.log.info("%s", self.status.message)

    def note_finished(self) -> None:
        self._set(replace(self.status, state="finished", activity="", message="", code="", values={}, eta=None, step=0))
        self.log.info("finished: best mean IoU %s after epoch %s", self.status.best_mean_iou, self.status.best_epoch)

    def _set(self, status: Status) -> None:
        self.status = status
        self.run.set_status(status)
        if self._report:
            self._report(status)

    # Numbers

    def begin_epoch(self, epochs_done: float) -> None:
        """Drop the rows of steps that the process before did not save: they come again.

        ``epochs_done``: finished epochs and the share of this one, as in the rows.
        """
        self.steps = [row for row in self.steps if row["epoch"] < epochs_done]

    def write_step(self, epochs_done: float, row: dict[str, float]) -> None:
        """Add a row to ``steps.csv``: the metrics of the epoch's steps so far."""
        self.steps.append({"epoch": round(epochs_done, 4), **row})
        write_file(self.run.folder / "steps.csv", _csv_text(self.steps))

    def write_epoch(self, history: list[dict[str, Any]]) -> None:
        """Write ``history.csv``, and the last row to TensorBoard and the log."""
        import tensorflow as tf

        row = history[-1]
        write_file(self.run.folder / "history.csv", _csv_text(history))
        if self._summaries is None:
            self._summaries = tf.summary.create_file_writer(str(self.run.folder / "tensorboard"))
        with self._summaries.as_default(step=row["epoch"]):
            for name, value in row.items():
                if isinstance(value, float):
                    tf.summary.scalar(name.replace("val_", "validation/", 1), value)
        self._summaries.flush()
        self.log.info("epoch %d: %s", row["epoch"], _rounded(row))

    def close(self) -> None:
        if self._summaries is not None:
            self._summaries.close()

    # Pictures and weights

    def draw_triptychs(self, epoch: int, watched: WatchedPhotos, look: Look, classes: Classes) -> None:
        """The picture of an epoch: photo, trimap and prediction of the same few photos each time."""
        rows = list(zip(watched.images, watched.labels, look.labels, strict=True))
        folder = self.run.folder / "triptychs"
        folder.mkdir(exist_ok=True)
        # Without words: the page that shows the picture has them in the visitor's language.
        picture = triptych_grid(rows, size=TRIPTYCH_SIZE, classes=classes, with_words=False)
        save_picture(picture, folder / f"epoch-{epoch:03d}.png")

    def save_weights(self, model: Model, size: int, classes: Classes, facts: dict[str, Any]) -> None:
        """Write the best weights so far, with what made them and what they measure."""
        from seg.network.weights import save_network

        metadata = {
            **facts,
            "recipe": self.run.recipe.for_others(),
            "provenance": self.run.provenance(),
            "run": self.run.id,
        }
        save_network(model.network, self.run.weights, metadata, classes, size)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}


def _csv_text(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    buffer = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
