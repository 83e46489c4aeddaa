"""A run's training, top to bottom: phase after phase, epoch after epoch, step after step.

Not ``model.fit``: a run stops after any step and goes on in the middle of an epoch, the size of the images changes from
step to step, and a frozen encoder runs once for each photo and not once in each epoch. As callbacks of Keras these
would be five classes that reach into one another.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from seg import memory, metrics
from seg.data.dataset import Dataset
from seg.training.checkpoint import EpochSums, Progress, read_checkpoint, restore_optimizers, write_checkpoint
from seg.training.distribution import Cluster, Distribution
from seg.training.epoch import Epoch, PhaseFeatures, PhasePhotos
from seg.training.errors import TrainingError
from seg.training.features import EncodedExamples, FeatureStore
from seg.training.film import Moment, is_kept
from seg.training.journal import Journal, Report
from seg.training.last_epochs import LastEpochs
from seg.training.model import Model, start_weights
from seg.training.pace import Pace
from seg.training.photos import RunPhotos
from seg.training.recipe import Phase
from seg.training.runs import Run
from seg.training.step import TrainingStep
from seg.training.validation import Validation, ValidationStopped
from seg.training.watched import Look, WatchedPhotos

# Seconds between two checkpoints: what a killed run loses at most, with its last step and the validation after it.
SAVE_EVERY = 150.0
REPORT_EVERY = 2.0  # seconds between two lines of status


class _Stopped(Exception):
    """The training was asked to stop, and has saved its state."""


class Training:
    """Everything that a training holds between its first step and its last."""

    def __init__(self, run: Run, dataset: Dataset, log: logging.Logger, report: Report | None, cluster: Cluster):
        self.run, self.recipe, self.classes, self.cluster = run, run.recipe, dataset.classes, cluster
        self.photos = RunPhotos(run, dataset, log)
        self.size = self.recipe.validation_size or self.recipe.phases[-1].size
        self.journal = Journal(run, log, report)
        self.last_epochs = LastEpochs(run.last_epochs, self.recipe)
        self.stop = run.stop_request

    def train(self) -> None:
        """Train every phase from where the process before has left off, and finish or stop the run."""
        with self.stop.catching_signals(), contextlib.closing(self.journal):
            try:
                self._prepare()
                for phase in self.recipe.phases[self.progress.phase :]:
                    self._train_phase(phase)
                self._try_mean_of_last_epochs()
            except _Stopped:
                return
        self.journal.note_finished()
        self.run.state_file.unlink(missing_ok=True)  # a finished run never goes on
        self.last_epochs.remove()

    def _prepare(self) -> None:
        """Build the network, with the weights to start from or the state that the process before has saved."""
        from seg.network.device import prepare_device

        self.journal.note("loading the network")
        memory.return_freed_memory()
        device = prepare_device()

        import keras

        self.has_gpu = bool(device.gpus)
        self.precision = device.precision if self.recipe.precision == "auto" else self.recipe.precision
        keras.utils.set_random_seed(self.recipe.seed)
        self.distribution = Distribution(self.cluster, len(device.gpus))
        with self.distribution.scope():
            self.model = Model(self.recipe, self.classes, self.precision)
        resumed = self.run.state_file.exists()
        if not resumed:
            self.model.load_start(self.recipe)
            if self.photos.corrections and self.cluster.is_chief:
                self.run.keep_start(start_weights(self.recipe))
        self.validation = Validation(self.model, self.photos.validation, self.size, self.classes)
        self.watched = WatchedPhotos(self.model, self.photos.watched, self.size, self.classes)
        with self.distribution.scope():
            self.step = TrainingStep(self.model, self.recipe, self.distribution)
        self.pace = Pace(self.recipe, len(self.photos.samples), len(self.validation), self.size)
        self.progress = Progress()
        self.optimizer_tensors: dict[str, np.ndarray] = {}
        if resumed:
            self.progress, self.optimizer_tensors = read_checkpoint(
                self.run.state_file, self.model, self.step, self.recipe
            )
            self.journal.resume(self.progress, self.photos)
        self.journal.write_beginning(self.photos, self.precision)

    def _train_phase(self, phase: Phase) -> None:
        from seg.network.fcn import freeze_encoder

        freeze_encoder(self.model.network, phase.frozen_blocks)
        before = sum(earlier.epochs for earlier in self.recipe.phases[: self.progress.phase])
        steps = sum(len(self._epoch(phase, before + number)) for number in range(1, phase.epochs + 1))
        with self.distribution.scope():
            self.step.begin_phase(phase, steps, self.precision)
        restore_optimizers(self.step, self.optimizer_tensors)
        self.optimizer_tensors = {}
        images = PhasePhotos(phase, self.photos, self.classes)
        photos: PhasePhotos | PhaseFeatures = images
        validation_features = None
        with self._feature_store(phase) as store:
            if store:
                photos = PhaseFeatures(phase, EncodedExamples(images.examples[phase.size], self.model, store))
                if phase.size == self.size:
                    first_record = len(self.photos.samples)  # behind those of the photos to train on
                    validation_features = EncodedExamples(self.validation.examples, self.model, store, first_record)
            is_first = store is not None  # the first epoch with a store fills it
            while self.progress.epoch < phase.epochs:
                self.pace.begin_epoch(is_typical=not is_first)
                is_first = False
                self._train_epoch(phase, photos)
                self._finish_epoch(phase, validation_features)
        self.progress.end_phase()

    def _epoch(self, phase: Phase, number: int) -> Epoch:
        """What the run's ``number``-th epoch shows, counted from 1 over all phases."""
        return Epoch(phase, len(self.photos.samples), self.recipe.seed + number)

    @contextmanager
    def _feature_store(self, phase: Phase) -> Iterator[FeatureStore | None]:
        """A store for a phase that shows a frozen encoder the same photos in every epoch, else None.

        None on GPUs, which compute features faster than a disk reads them, on several machines, of which each would
        need all of them, and where the disk has no room.
        """
        same_photos = phase.augmentation.is_none and not phase.sizes and phase.epochs > 1
        if self.has_gpu or self.distribution.is_shared or phase.frozen_blocks < 5 or not same_photos:
            yield None
            return
        shapes = self.model.tap_shapes(phase.size)
        if not FeatureStore.fits(self.run.folder, len(self.photos.samples) + len(self.validation), shapes):
            yield None
            return
        with contextlib.closing(FeatureStore(self.run.folder, shapes)) as store:
            yield store

    def _train_epoch(self, phase: Phase, photos: PhasePhotos | PhaseFeatures) -> None:
        """Train the steps of an epoch that are left. Raises _Stopped when a step is not the last and a stop is due."""
        progress, journal, number = self.progress, self.journal, len(self.progress.history) + 1
        epoch = self._epoch(phase, number)
        steps, first = len(epoch), progress.step
        sums = progress.sums = progress.sums or EpochSums.zero(self.classes)
        journal.begin_epoch(number - 1 + (first + 0.5) / steps)  # half a step more: the rows are rounded
        journal.note("training", state="running", phase=progress.phase + 1, step=first, steps=steps)
        if first == 0:
            self._film(Moment(number, 0))
        saved_at = reported_at = started = time.perf_counter()
        for step, (inputs, labels) in enumerate(photos.batches(epoch, first), first + 1):
            loss, confusion = self.step(inputs, labels)
            if not math.isfinite(loss):
                raise TrainingError("training_loss_in_step", loss=str(loss), epoch=number, step=step)
            now = time.perf_counter()
            sums.add(loss, confusion, now - started)
            self.pace.add_step(now - started, epoch.pixels_of(step))
            progress.step = step
            self._film(Moment(number, step))
            started = time.perf_counter()
            stopping = self.distribution.agree(self.stop.is_made()) and step < steps
            if stopping or now - saved_at > SAVE_EVERY:
                self._save_state()
                saved_at = started = time.perf_counter()
            if stopping:
                self._note_stopped_in_epoch()
                raise _Stopped
            if now - reported_at > REPORT_EVERY or step == steps:
                reported_at = now
                journal.write_step(
                    number - 1 + step / steps, metrics.as_row(sums.loss / step, sums.confusion, self.classes)
                )
                journal.note(
                    "training",
                    step=step,
                    loss=sums.loss / step,
                    eta=self.pace.seconds_left(progress.phase, progress.epoch, epoch, step),
                    seconds=progress.seconds + sums.seconds,
                    photos_per_second=round(float(epoch.photos_shown[step - 1] / sums.seconds), 3),
                )

    def _film(self, moment: Moment, look: Look | None = None) -> None:
        """Add a frame to the film, if it has one of this moment.

        ``look``: what the network sees now, if it is known. After an epoch the network has its averaged weights, as the
        validation has; after a step those of the step.
        """
        if not (self.recipe.film and is_kept(moment, self.recipe.epochs)):
            return
        look = look or self.watched.look()
        self.run.film.begin(self.watched.names, self.watched.images, look)
        self.run.film.add(moment, look, self.classes)

    def _finish_epoch(self, phase: Phase, validation_features: EncodedExamples | None) -> None:
        """Validate, write the epoch down, keep the best weights, save. Raises _Stopped when a stop is due."""
        progress, journal, number = self.progress, self.journal, len(self.progress.history) + 1
        journal.note("validating", eta=None)
        try:
            with self.step.average:
                row = self._epoch_row(phase, number, validation_features)
                seconds = progress.seconds + row["seconds"] + row["val_seconds"]
                journal.note("drawing", epoch=number, step=0, seconds=seconds)
                progress.history.append(row)
                self._keep_if_best(row)
                look = self.watched.look()
                journal.draw_triptychs(number, self.watched, look, self.classes)
                self._film(Moment(number), look)
                self.last_epochs.add(number, self.model)
        except ValidationStopped:
            # The epoch's steps are saved; the run goes on with its validation.
            self._save_state()
            self._note_stopped_in_epoch()
            raise _Stopped from None
        journal.write_epoch(progress.history)
        progress.end_epoch()
        progress.seconds = seconds
        self._save_state()
        journal.note("training", loss=row["loss"])
        if self.distribution.agree(self.stop.is_made()) and number < self.recipe.epochs:
            journal.note_stopped("run.stopped_after_epoch", epoch=number)
            raise _Stopped

    def _note_stopped_in_epoch(self) -> None:
        step, number = self.progress.step, len(self.progress.history) + 1
        self.journal.status = replace(self.journal.status, step=step)
        self.journal.note_stopped("run.stopped_in_epoch", step=step, epoch=number)

    def _epoch_row(self, phase: Phase, number: int, validation_features: EncodedExamples | None) -> dict[str, Any]:
        """The row of ``history.csv`` of the epoch that has just been trained."""
        sums, epoch = self.progress.sums, self._epoch(phase, number)
        assert sums is not None
        started = time.perf_counter()
        # Machines stop together: after an epoch, where they ask each other.
        is_stopped = self.stop.is_made if self.cluster.machines == 1 else lambda: False
        validation = self.validation.measure(validation_features, is_stopped)
        seconds = time.perf_counter() - started
        self.pace.add_validation(seconds)
        if not math.isfinite(validation.get("loss", 0.0)):
            # The last step broke the network after its loss was measured.
            raise TrainingError("training_loss_after_epoch", loss=str(validation["loss"]), epoch=number)
        return {
            "epoch": number,
            "phase": self.progress.phase + 1,
            "size": phase.size,
            **metrics.as_row(sums.loss / len(epoch), sums.confusion, self.classes),
            **{f"val_{name}": value for name, value in validation.items()},
            "seconds": round(sums.seconds, 2),
            "photos_per_second": round(float(epoch.photos_shown[-1] / sums.seconds), 3),
            "val_seconds": round(seconds, 2),
            "val_photos_per_second": round(len(self.validation) / seconds, 3),
        }

    def _keep_if_best(self, row: dict[str, Any], **facts: Any) -> None:
        """Save the network, unless an earlier one has a higher mean IoU and the recipe keeps the best.

        ``row``: as ``_epoch_row`` gives it; ``facts``: what the weight file says besides.
        """
        prefix = "val_" if self.photos.validation else ""
        best, mean_iou = self.progress.best_mean_iou, row[f"{prefix}mean_iou"]
        if best is not None and mean_iou < best and not self.recipe.keep_last:
            return
        self.progress.best_mean_iou, self.progress.best_epoch = mean_iou, row["epoch"]
        self.journal.status = replace(self.journal.status, best_mean_iou=mean_iou, best_epoch=row["epoch"])
        metrics_of_weights = {
            "mean_iou": mean_iou,
            "pixel_accuracy": row[f"{prefix}pixel_accuracy"],
            "iou": {name: row[f"{prefix}iou_{name}"] for name in self.classes.names},
            "split": "validation" if self.photos.validation else "train",
            "photos": len(self.photos.validation or self.photos.of_dataset),
            "size": self.size,
        }
        facts |= {"metrics": metrics_of_weights, "data": self.photos.as_dict(), "epoch": row["epoch"]}
        self.journal.save_weights(self.model, self.size, self.classes, facts)

    def _try_mean_of_last_epochs(self) -> None:
        """Keep the mean of the last epochs' weights, if the recipe asks for it, unless the best epoch is better."""
        count = self.last_epochs.load_mean(self.model) if self.photos.validation else 0
        if not count:
            return
        self.journal.note("validating")
        try:
            measured = self.validation.measure(is_stopped=self.stop.is_made)
        except ValidationStopped:
            # The last epoch is saved, and so are the weights of the epochs before it.
            self.journal.note_stopped("run.stopped_after_epoch", epoch=len(self.progress.history))
            raise _Stopped from None
        self.journal.log.info("the mean of %d epochs: %s", count, {k: round(v, 4) for k, v in measured.items()})
        row = {"epoch": len(self.progress.history), **{f"val_{name}": value for name, value in measured.items()}}
        self._keep_if_best(row, averaged_epochs=count)

    def _save_state(self) -> None:
        if not self.cluster.is_chief:
            return
        write_checkpoint(self.run.state_file, self.model, self.step, self.progress, self.recipe, self.classes)
