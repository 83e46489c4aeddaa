"""The training, top to bottom: a recipe and a dataset become a run.

A loop of our own and not ``model.fit``: a run stops within a step and goes on in the middle of an epoch, encoder
and decoder learn at rates of their own, and a frozen encoder is run once a photo and not once an epoch. In Keras's
callbacks these would be five classes that reach into one another.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seg import metrics
from seg.data.augmentation import CROP_MARGIN
from seg.data.batches import batches
from seg.data.dataset import Dataset, DatasetError, evenly_spread
from seg.data.examples import EXAMPLES_CACHE_BYTES, NO_PETS_CACHE_BYTES, Examples, NoPetPhotos
from seg.data.groups import group_samples
from seg.data.no_pets import photos_in, training_photos
from seg.errors import SegError
from seg.photo import PhotoError
from seg.pictures import save_picture, triptych_grid
from seg.training.features import FeatureStore
from seg.training.process import StopFlag, give_back_freed_memory, log_to
from seg.training.provenance import provenance
from seg.training.recipe import Phase, Recipe, RecipeError
from seg.training.runs import (
    ACTIVE,
    DEFAULT_FOLDER,
    Run,
    Status,
    create_run,
    refuse_finished,
    runs_folder,
    write_atomically,
)

# Seconds between two states on disk: what a killed run loses at most, with its last step and the validation after it.
SAVE_EVERY = 150.0
REPORT_EVERY = 2.0  # seconds between two lines of status
JUDGE_BATCH = 8
ENCODE_BATCH = 4  # photos at a time through a frozen encoder: no slower than more, and less memory
# Keeps small float16 gradients above zero; no effect on float32 and bfloat16, which have the range.
FLOAT16_LOSS_SCALE = 1024.0

Report = Callable[[Status], None]


class TrainingError(RuntimeError):
    """A training that cannot go on; ``str`` is one sentence for people."""


def train(
    recipe: Recipe | str = "demo",
    data: Dataset | str | Path | None = None,
    *,
    no_pets: str | Path | None = None,
    groups: str | Path | None = None,
    runs: str | Path = DEFAULT_FOLDER,
    run: Run | None = None,
    report: Report | None = None,
) -> Run:
    """Train a recipe on a dataset, or go on with a run that was stopped; returns the run.

    ``recipe``: a Recipe or the name of one. ``data``: a Dataset, its folder, or None for the one found. ``no_pets``: a
    folder of photos without pets, for recipes whose augmentation shows some (``no_pet``, ``far``); ``groups``: a folder
    of photos of groups of pets with their trimaps; one of three of each is held back. ``runs``: where the run's folder
    is made. ``run``: a run to go on with, whose own recipe and data are used. ``report`` is told the status every few
    seconds. Ctrl-C, SIGTERM and ``Run.request_stop`` finish the step, save and return.

    Raises TrainingError, DatasetError, RecipeError, WeightsError or RunError, each with one sentence for people.
    """
    if run is None:
        recipe = Recipe.named(recipe) if isinstance(recipe, str) else recipe
        dataset = data if isinstance(data, Dataset) else Dataset.open(data, recipe.split_scheme)
        if no_pets:  # before there is a run that cannot begin
            if not any(phase.augmentation.no_pet + phase.augmentation.far > 0 for phase in recipe.phases):
                raise RecipeError(f"recipe {recipe.name} shows no photos without pets: leave them out, or choose best.")
            photos_in(no_pets)
        if groups:
            group_samples(groups)
        run = create_run(
            recipe,
            dataset.root,
            dataset.title,
            Path(runs),
            Path(no_pets) if no_pets else None,
            Path(groups) if groups else None,
        )
    else:
        recipe = run.recipe
        dataset = None
        refuse_finished(run)
    state = run.status().state
    lock = run.claim()
    try:
        if state not in ACTIVE:
            # Meant for a process that did not live to see it.
            run.stop_file.unlink(missing_ok=True)
        with log_to(run.folder / "log.txt") as log:
            try:
                dataset = dataset or Dataset.open(run.data["folder"], recipe.split_scheme)
                _Training(run, recipe, dataset, log, report).go()
            except Exception as error:
                sentence = _sentence(error)
                log.exception("failed")
                run.set_failed(sentence)
                # A photo that has gone bad since the dataset was opened is not the caller's mistake.
                if isinstance(error, ValueError | SegError | TrainingError) and not isinstance(error, PhotoError):
                    raise
                raise TrainingError(sentence) from error
            except KeyboardInterrupt:
                message = "ended by Ctrl-C before it could save"
                run.set_status(replace(run.status(), state="interrupted", message=message, eta=None))
                raise
    finally:
        run.stop_file.unlink(missing_ok=True)
        lock.release()
    return run


class _Training:
    """Everything a training holds between its first step and its last."""

    def __init__(self, run: Run, recipe: Recipe, dataset: Dataset, log: logging.Logger, report: Report | None):
        self.run, self.recipe, self.dataset, self.log, self.report = run, recipe, dataset, log, report
        self.train_samples, self.validation = dataset.split("train"), dataset.split("validation")
        if recipe.validation_photos:
            self.validation = evenly_spread(self.validation, recipe.validation_photos)
        if not self.train_samples:
            raise DatasetError("dataset_nothing_to_train", folder=dataset.root)
        groups = run.data.get("groups")
        self.groups = group_samples(groups) if groups else ()
        self.train_samples += self.groups * recipe.group_repeats
        folder = run.data.get("no_pets")
        self.without_pets, bad = training_photos(folder) if folder else ((), {})
        for sentence in bad.values():
            log.warning("left out: %s", sentence)
        self.judge_size = recipe.judge_size or recipe.phases[-1].size
        self.history: list[dict[str, Any]] = []
        self.live: list[dict[str, Any]] = []
        self.status = replace(run.status(), state="starting", message="", eta=None)
        self.position = {"phase": 0, "epoch": 0, "step": 0}  # within the recipe, within the phase, within the epoch
        self.partial: dict[str, Any] = {}  # what the current epoch has measured so far
        self.averaged_steps = 0

    def go(self) -> None:
        """Build, go on where the last process left off, train every phase."""
        with StopFlag(self.run) as self.stop:
            self._build()
            saved = self._read_state()
            with contextlib.closing(self.summaries):
                for index in range(self.position["phase"], len(self.recipe.phases)):
                    self.position["phase"] = index
                    if not self._train_phase(self.recipe.phases[index], saved):
                        return
                    saved = {}
                    self.position = {"phase": index + 1, "epoch": 0, "step": 0}
                self._average_last_epochs()
        self._tell("", state="finished", message="", eta=None, step=0)
        self.run.state_file.unlink(missing_ok=True)  # a finished run is never gone on with
        shutil.rmtree(self.run.last_epochs, ignore_errors=True)
        self.log.info("finished: best mean IoU %s after epoch %s", self.status.best_mean_iou, self.status.best_epoch)

    def _build(self) -> None:
        """The network with the weights to start from, whole and as encoder and decoder, and what runs it."""
        import keras
        import tensorflow as tf

        from seg.network.device import prepare_device
        from seg.network.fcn import build_fcn, split_at_taps

        self._tell("loading the network", state="starting")
        give_back_freed_memory()
        device = prepare_device()
        self.on_gpu = bool(device.gpus)
        self.precision = device.precision if self.recipe.precision == "auto" else self.recipe.precision
        keras.utils.set_random_seed(self.recipe.seed)
        self.network = build_fcn(self.recipe.scaling, dtype=self.precision)  # type: ignore[arg-type]
        if not self.run.state_file.exists():
            self._load_start()
        self.encoder, self.decoder = split_at_taps(self.network)
        self.averages = [tf.Variable(w) for w in self.network.weights] if self.recipe.ema_decay else []
        self.summaries = tf.summary.create_file_writer(str(self.run.folder / "tensorboard"))
        self.judged = Examples(self.validation, self.judge_size, self.dataset.classes)

        @tf.function(reduce_retracing=True)
        def encode(images):
            return [tf.cast(tap, tf.float16) for tap in self.encoder(images, training=False)]

        @tf.function(reduce_retracing=True)
        def judge(inputs, labels):
            logits = self._logits(inputs)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            return tf.reduce_sum(tf.reduce_mean(losses, [1, 2])), tf.argmax(logits, axis=-1, output_type=tf.int32)

        self._encode, self._judge_batch = encode, judge
        self.log.info(
            "%s on %s: %d photos to train, %d to validate, %d without pets, %d of groups, %s, TensorFlow %s",
            self.recipe.name,
            self.dataset.root,
            len(self.dataset.split("train")),
            len(self.validation),
            len(self.without_pets),
            len(self.groups),
            self.precision,
            device.tensorflow,
        )
        self.run.add_provenance(
            provenance(
                self.precision,
                train=(sample.name for sample in self.dataset.split("train")),
                validation=(sample.name for sample in self.validation),
                no_pets=(photo.name for photo in self.without_pets),
                groups=(sample.name for sample in self.groups),
            )
        )

    def _train_phase(self, phase: Phase, saved: dict[str, np.ndarray]) -> bool:
        """Train one phase from ``position`` on; False when it was stopped and saved."""
        from seg.network.fcn import freeze_encoder

        freeze_encoder(self.network, phase.frozen_blocks)
        augmented = not phase.augmentation.is_none
        # Crops are cut from a larger picture, so that a cut-out part is not a blown-up one.
        sides = {size: round(size * CROP_MARGIN) if augmented else size for size in phase.sizes or (phase.size,)}
        self.examples = {
            size: Examples(self.train_samples, side, self.dataset.classes, EXAMPLES_CACHE_BYTES // len(sides))
            for size, side in sides.items()
        }
        self.surroundings = (
            {
                size: NoPetPhotos(self.without_pets, side, NO_PETS_CACHE_BYTES // len(sides))
                for size, side in sides.items()
            }
            if self.without_pets and augmented
            else {}
        )
        first = sum(earlier.epochs for earlier in self.recipe.phases[: self.position["phase"]]) + 1
        self._make_step(phase, sum(len(self._plan(phase, number)) for number in range(first, first + phase.epochs)))
        self._restore_optimizers(saved)
        examples = next(iter(self.examples.values()))
        store = self._feature_store(phase, examples)
        try:
            for epoch in range(self.position["epoch"], phase.epochs):
                self.position["epoch"] = epoch
                if not self._train_epoch(phase, examples, store):
                    return False
        finally:
            if store:
                store.close()
        return True

    def _plan(self, phase: Phase, number: int) -> list[tuple[int, int]]:
        """Size and number of photos of each step of an epoch, which is the run's ``number``-th."""
        return plan_epoch(phase, len(self.train_samples), self.recipe.seed + number)

    def _train_epoch(self, phase: Phase, examples: Examples, store: FeatureStore | None) -> bool:
        number = len(self.history) + 1
        seed = self.recipe.seed + number
        plan = self._plan(phase, number)
        steps, shown = len(plan), np.cumsum([photos for _, photos in plan])
        pixels = np.cumsum([photos * size**2 for size, photos in plan])
        order = np.random.default_rng(seed).permutation(len(examples))[: shown[-1]]
        first = self.position["step"]
        classes = len(self.dataset.classes)
        partial = self.partial or {"loss": 0.0, "seconds": 0.0, "confusion": np.zeros((classes, classes), np.int64)}
        self.partial = partial
        # Rows of steps that the last process did not live to save would stand twice.
        self.live = [row for row in self.live if row["epoch"] < number - 1 + (first + 0.5) / steps]
        source = (
            self._feature_batches(store, examples, order[first * phase.batch :], phase.batch)
            if store
            else self._image_batches(phase, order, plan, first, seed * 100_003)
        )
        self._tell("training", state="running", phase=self.position["phase"] + 1, step=first, steps=steps)
        saved_at = told_at = started = time.monotonic()
        for step, (inputs, labels) in enumerate(source, first + 1):
            loss, confusion = self._step(inputs, labels)
            loss = float(loss)
            if not np.isfinite(loss):
                raise TrainingError(_lost(loss, f"in epoch {number}, step {step}"))
            now = time.monotonic()
            partial["seconds"] += now - started
            partial["loss"] += loss
            partial["confusion"] += np.asarray(confusion, np.int64)
            self.position["step"] = step
            started = now
            stopping = self.stop.is_set() and step < steps
            if stopping or now - saved_at > SAVE_EVERY:
                self._save_state()
                saved_at = started = time.monotonic()
            if stopping:
                self._tell_stopped(f"after step {step} of epoch {number}", step=step)
                return False
            if now - told_at > REPORT_EVERY or step == steps:
                told_at = now
                self._live_point(number, step, steps, partial)
                self._tell(
                    "training",
                    step=step,
                    loss=partial["loss"] / step,
                    eta=self._eta(phase, pixels[step - 1], pixels[-1]),
                    photos_per_second=round(float(shown[step - 1] / partial["seconds"]), 3),
                )
        self._finish_epoch(phase, examples, store, steps, order_length=int(shown[-1]))
        if self.stop.is_set() and len(self.history) < self.recipe.epochs:
            self._tell_stopped(f"after epoch {number}")
            return False
        return True

    def _finish_epoch(
        self, phase: Phase, examples: Examples, store: FeatureStore | None, steps: int, order_length: int
    ) -> None:
        """Judge on the validation photos, write history and pictures, keep the weights if they are the best."""
        number = len(self.history) + 1
        partial, self.partial = self.partial, {}
        self._tell("validating", step=steps)
        started = time.monotonic()
        with self._averaged():
            validation = self._judge(store if phase.size == self.judge_size else None, len(examples))
            seconds = time.monotonic() - started
            if not np.isfinite(validation.get("loss", 0.0)):
                # The last step's update broke the network after its loss was taken: not to be kept.
                raise TrainingError(_lost(validation["loss"], f"after epoch {number}"))
            row = {
                "epoch": number,
                "phase": self.position["phase"] + 1,
                "size": phase.size,
                **_figures(partial["loss"] / steps, partial["confusion"], self.dataset),
                **{f"val_{key}": value for key, value in validation.items()},
                "seconds": round(partial["seconds"], 2),
                "photos_per_second": round(order_length / partial["seconds"], 3),
                "val_seconds": round(seconds, 2),
                "val_photos_per_second": round(len(self.judged) / seconds, 3),
            }
            self.history.append(row)
            judged = validation.get("mean_iou", row["mean_iou"])
            if self.status.best_mean_iou is None or judged >= self.status.best_mean_iou:
                self.status = replace(self.status, best_mean_iou=judged, best_epoch=number)
                self._keep_weights(row)
            self._draw_triptychs(number)
            if self.recipe.average_last and number > self.recipe.epochs - self.recipe.average_last:
                self._keep_epoch(number)
        write_atomically(self.run.folder / "history.csv", _csv_text(self.history))
        with self.summaries.as_default(step=number):
            import tensorflow as tf

            for key, value in row.items():
                if isinstance(value, float):
                    tf.summary.scalar(key.replace("val_", "validation/", 1), value)
        self.summaries.flush()
        self.log.info("epoch %d: %s", number, {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
        self.position = {**self.position, "epoch": self.position["epoch"] + 1, "step": 0}
        self.status = replace(
            self.status, epoch=number, step=0, seconds=self.status.seconds + row["seconds"] + row["val_seconds"]
        )
        self._save_state()
        self._tell("training", loss=row["loss"])

    def _keep_epoch(self, number: int) -> None:
        """Write the network's weights down for the mean of the last epochs."""
        from seg.network.weights import get_tensors, save_tensors

        self.run.last_epochs.mkdir(exist_ok=True)
        path = self.run.last_epochs / f"epoch-{number:03d}.safetensors"
        save_tensors(get_tensors(self.network), path, self.recipe.scaling, {}, dtype="float32")

    def _average_last_epochs(self) -> None:
        """Judge the mean of the last epochs' weights, and keep it unless it is worse than the best epoch.

        M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
        increasing inference time", ICML 2022.
        """
        from seg.network.weights import read_tensors, set_tensors

        paths = sorted(self.run.last_epochs.glob("epoch-*.safetensors"))
        if len(paths) < 2 or not self.validation:
            return
        self._tell("validating the mean of the last epochs")
        mean: dict[str, np.ndarray] = {}
        for path in paths:
            for name, tensor in read_tensors(path).items():
                mean[name] = mean.get(name, 0) + tensor / len(paths)
        set_tensors(self.network, mean, self.run.last_epochs)
        figures = self._judge(None, 0)
        self.log.info("the mean of %d epochs: %s", len(paths), {k: round(v, 4) for k, v in figures.items()})
        if self.status.best_mean_iou is None or figures["mean_iou"] >= self.status.best_mean_iou:
            self.status = replace(self.status, best_mean_iou=figures["mean_iou"], best_epoch=len(self.history))
            row = {"epoch": len(self.history), **{f"val_{key}": value for key, value in figures.items()}}
            self._keep_weights(row, averaged_epochs=len(paths))

    # The step and what it is made of

    def _make_step(self, phase: Phase, total: int) -> None:
        """Optimizers for the phase, and ``_step(inputs, labels) -> loss, confusion`` for images or features.

        ``total``: steps of the phase, which the schedule of the rates is laid over.
        """
        import keras
        import tensorflow as tf

        def optimizer(rate: float) -> keras.optimizers.Optimizer:
            if phase.schedule == "cosine":
                warm_up = min(100, total // 10)
                rate = keras.optimizers.schedules.CosineDecay(
                    rate / 100 if warm_up else rate,
                    max(1, total - warm_up),
                    alpha=0.01,
                    warmup_target=rate if warm_up else None,
                    warmup_steps=warm_up,
                )
            return keras.optimizers.AdamW(rate, weight_decay=self.recipe.weight_decay)

        variables = self.network.trainable_variables
        in_encoder = {id(v) for layer in self.encoder.layers for v in layer.trainable_variables}
        encoder_variables = [v for v in variables if id(v) in in_encoder]
        decoder_variables = [v for v in variables if id(v) not in in_encoder]
        groups = [(optimizer(phase.decoder_learning_rate), decoder_variables)]
        if encoder_variables and phase.encoder_learning_rate:
            groups.append((optimizer(phase.encoder_learning_rate), encoder_variables))
        for one, own in groups:
            one.build(own)
        self.optimizers = [one for one, _ in groups]
        trained = [v for _, own in groups for v in own]
        loss_scale = FLOAT16_LOSS_SCALE if self.precision == "mixed_float16" else 1.0
        classes, network = len(self.dataset.classes), self.network
        average, averages, jaccard = self.recipe.ema_decay, self.averages, self.recipe.jaccard

        @tf.function(reduce_retracing=True)
        def step(inputs, labels, decay):
            with tf.GradientTape() as tape:
                logits = self._logits(inputs, training=True)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
                followed = loss + jaccard * soft_jaccard_loss(labels, logits) if jaccard else loss
                scaled = followed * loss_scale
            gradients = [g / loss_scale for g in tape.gradient(scaled, trained)]
            begin = 0
            for one, own in groups:
                one.apply(gradients[begin : begin + len(own)], own)
                begin += len(own)
            for mean, weight in zip(averages, network.weights, strict=False):
                mean.assign(decay * mean + (1 - decay) * weight)
            predicted = tf.argmax(logits, axis=-1, output_type=tf.int32)
            # Not tf.math.confusion_matrix: it takes 32 bytes a pixel in the middle of a step.
            pairs = tf.math.bincount(tf.reshape(labels * classes + predicted, [-1]), minlength=classes**2)
            return loss, tf.reshape(pairs, [classes, classes])

        def numbered(inputs, labels):
            self.averaged_steps += 1
            # Early averages would otherwise be mostly the random weights of the first step.
            decay = min(average, (1 + self.averaged_steps) / (10 + self.averaged_steps))
            return step(inputs, tf.cast(labels, tf.int32), tf.constant(decay, tf.float32))

        self._step = numbered

    def _logits(self, inputs, training: bool = False):
        """Of images, or of the four taps as the store keeps them."""
        import tensorflow as tf

        if not isinstance(inputs, tuple):
            return self.network(inputs, training=training)
        return self.decoder([tf.cast(tap, tf.float32) for tap in inputs], training=training)

    def _feature_store(self, phase: Phase, examples: Examples) -> FeatureStore | None:
        """A store where the phase shows the frozen encoder the same photos again and again; a GPU outruns the disk."""
        fixed = phase.frozen_blocks == 5 and phase.augmentation.is_none and phase.epochs > 1 and not phase.sizes
        if not fixed or self.on_gpu:
            return None
        shapes = [tuple(s[1:]) for s in self.encoder.compute_output_shape((1, phase.size, phase.size, 3))]
        if not FeatureStore.fits(self.run.folder, len(examples) + len(self.judged), shapes):
            return None
        return FeatureStore(self.run.folder, shapes)

    def _image_batches(
        self, phase: Phase, order: np.ndarray, plan: list[tuple[int, int]], first: int, seed: int
    ) -> Iterator[tuple[Any, Any]]:
        """Images and labels of the steps of ``plan`` after the first ``first``; sizes are prefetched apart."""
        ends = np.cumsum([photos for _, photos in plan])
        sources = {}
        for size, examples in self.examples.items():
            steps = [step for step in range(first, len(plan)) if plan[step][0] == size]
            if steps:
                places = np.concatenate([np.arange(ends[step] - plan[step][1], ends[step]) for step in steps])
                sources[size] = iter(
                    batches(
                        examples,
                        phase.batch_at(size),
                        size,
                        phase.augmentation,
                        order[places],
                        seed,
                        places,
                        self.surroundings.get(size),
                    )
                )
        for size, _ in plan[first:]:
            yield next(sources[size])

    def _feature_batches(
        self, store: FeatureStore, examples: Examples, order: np.ndarray, batch: int, offset: int = 0
    ) -> Iterator[tuple[tuple, np.ndarray]]:
        """Batches of the four taps, float16 as stored, and labels; what is not in the store is put there."""
        for begin in range(0, len(order), batch):
            indices = order[begin : begin + batch]
            pairs = [examples[i] for i in indices]
            if not store.has(indices + offset):
                images = np.stack([image for image, _ in pairs]).astype(np.float32)
                for first in range(0, len(indices), ENCODE_BATCH):
                    some = slice(first, first + ENCODE_BATCH)
                    store.write(indices[some] + offset, [np.asarray(tap) for tap in self._encode(images[some])])
            yield tuple(store.read(indices + offset)), np.stack([labels for _, labels in pairs])

    def _judge(self, store: FeatureStore | None, offset: int) -> dict[str, float]:
        """Loss, pixel accuracy and IoU over the validation photos; empty where there are none."""
        import tensorflow as tf

        if not self.validation:
            return {}
        order = np.arange(len(self.judged))
        source = (
            self._feature_batches(store, self.judged, order, JUDGE_BATCH, offset)
            if store
            else batches(self.judged, JUDGE_BATCH)
        )
        classes = len(self.dataset.classes)
        loss, confusion = 0.0, np.zeros((classes, classes), np.int64)
        for inputs, labels in source:
            batch_loss, predicted = self._judge_batch(inputs, tf.cast(labels, tf.int32))
            loss += float(batch_loss)
            confusion += metrics.confusion_matrix(np.asarray(labels), np.asarray(predicted), classes)
        return _figures(loss / len(self.judged), confusion, self.dataset)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The network with its averaged weights, where the recipe asks for an average."""
        if not self.averages:
            yield
            return
        raw = [np.asarray(weight) for weight in self.network.weights]
        for weight, mean in zip(self.network.weights, self.averages, strict=True):
            weight.assign(mean)
        try:
            yield
        finally:
            for weight, value in zip(self.network.weights, raw, strict=True):
                weight.assign(value)

    # What is written down

    def _keep_weights(self, row: dict[str, Any], averaged_epochs: int | None = None) -> None:
        from seg.network.weights import save_network

        prefix = "val_" if self.validation else ""
        figures = {
            "mean_iou": row[f"{prefix}mean_iou"],
            "pixel_accuracy": row[f"{prefix}pixel_accuracy"],
            "iou": {name: row[f"{prefix}iou_{name}"] for name in self.dataset.classes.names},
            "measured_on": f"{len(self.validation)} validation photos" if self.validation else "the training photos",
            "size": self.judge_size,
        }
        metadata = {
            "figures": figures,
            "recipe": json.loads(self.recipe.to_json()),
            "data": {
                "title": self.dataset.title,
                "photos": len(self.dataset.split("train")),
                "sample": self.dataset.is_sample,
                "no_pets": len(self.without_pets),
                "groups": len(self.groups),
            },
            "provenance": self.run.provenance(),
            "run": self.run.id,
            "epoch": row["epoch"],
            **({"averaged_epochs": averaged_epochs} if averaged_epochs else {}),
        }
        save_network(self.network, self.run.weights, metadata)

    def _draw_triptychs(self, epoch: int) -> None:
        chosen = evenly_spread(self.validation or self.train_samples, 3)
        size = self.judge_size
        pairs = [Examples(chosen, size, self.dataset.classes)[i] for i in range(len(chosen))]
        logits = self.network(np.stack([image for image, _ in pairs]).astype(np.float32))
        predicted = np.asarray(logits).argmax(-1)
        rows = [(image, labels, p) for (image, labels), p in zip(pairs, predicted, strict=True)]
        folder = self.run.folder / "triptychs"
        folder.mkdir(exist_ok=True)
        picture = triptych_grid(rows, size=224, classes=self.dataset.classes)
        save_picture(picture, folder / f"epoch-{epoch:03d}.png")

    def _live_point(self, number: int, step: int, steps: int, partial: dict[str, Any]) -> None:
        figures = _figures(partial["loss"] / step, partial["confusion"], self.dataset)
        self.live.append({"epoch": round(number - 1 + step / steps, 4), **figures})
        write_atomically(self.run.folder / "steps.csv", _csv_text(self.live))

    def _tell(self, activity: str, **changes: Any) -> None:
        self.status = replace(self.status, activity=activity, **changes)
        if self.status.state in ("starting", "running"):
            self.status = replace(self.status, message=activity)
        self.run.set_status(self.status)
        if self.report:
            self.report(self.status)

    def _tell_stopped(self, where: str, **changes: Any) -> None:
        folder = self.run.folder.parent
        runs = "" if folder.resolve() == runs_folder().resolve() else f" --runs {folder}"
        message = f"stopped {where}: go on with `python -m seg train --resume {self.run.id}{runs}`"
        self._tell("", state="stopped", message=message, eta=None, **changes)
        self.log.info("%s", message)

    def _eta(self, phase: Phase, pixels_done: int, pixels_of_epoch: int) -> float:
        """Seconds to go, from this epoch's pace and the work per photo of the phases to come."""
        pace = self.partial["seconds"] / float(pixels_done)
        validation = max((row["val_seconds"] for row in self.history), default=0.0)
        left = float(pixels_of_epoch - pixels_done) * pace + validation
        at = self.position["phase"]
        for index, other in enumerate(self.recipe.phases[at:], at):
            epochs = other.epochs - (self.position["epoch"] + 1 if index == at else 0)
            # Epochs of a phase differ by what sizes are drawn, which is little over all of them.
            epoch_pixels = sum(photos * size**2 for size, photos in self._plan(other, 0))
            # Training the encoder too about doubles the arithmetic of a step.
            heavier = 1.8 if other.frozen_blocks < 5 <= phase.frozen_blocks else 1.0
            left += epochs * (epoch_pixels * pace * heavier + validation)
        return left

    # State: all that a resumed run needs

    def _load_start(self) -> None:
        from seg.network.weights import find_weights, load_encoder, read_info, read_tensors, set_tensors

        if not self.recipe.start:
            load_encoder(self.network, self.recipe.encoder)
            return
        path = find_weights(None if self.recipe.start == "shipped" else self.recipe.start)
        scaling = read_info(path).scaling
        if scaling != self.recipe.scaling:
            raise TrainingError(f"{path} was trained with input scaling {scaling}: set --scaling {scaling} to go on.")
        set_tensors(self.network, read_tensors(path), path)

    def _save_state(self) -> None:
        from seg.network.weights import as_array, get_tensors, save_tensors

        tensors = get_tensors(self.network)
        for index, mean in enumerate(self.averages):
            tensors[f"average/{index}"] = as_array(mean)
        for group, optimizer in enumerate(self.optimizers):
            for index, variable in enumerate(optimizer.variables):
                tensors[f"optimizer/{group}/{index}"] = np.atleast_1d(as_array(variable))
        partial = {**self.partial}
        if partial:
            partial["confusion"] = partial["confusion"].tolist()
        metadata = {
            "position": self.position,
            "partial": partial,
            "history": self.history,
            "averaged_steps": self.averaged_steps,
            "best": [self.status.best_mean_iou, self.status.best_epoch],
            "seconds": self.status.seconds,
        }
        save_tensors(tensors, self.run.state_file, self.recipe.scaling, metadata, dtype="float32")

    def _read_state(self) -> dict[str, np.ndarray]:
        """Take up the state on disk; returns the tensors of the optimizers, which are made with their phase."""
        from seg.network.weights import read_info, read_tensors, set_tensors

        if not self.run.state_file.exists():
            self.status = Status(phases=len(self.recipe.phases), epochs=self.recipe.epochs)
            return {}
        state = read_info(self.run.state_file).metadata
        tensors = read_tensors(self.run.state_file)
        extra = {name: tensors.pop(name) for name in list(tensors) if name.startswith(("average/", "optimizer/"))}
        set_tensors(self.network, tensors, self.run.state_file)
        for index, mean in enumerate(self.averages):
            mean.assign(extra[f"average/{index}"])
        self.position, self.history = state["position"], state["history"]
        self.partial = state["partial"]
        if self.partial:
            self.partial["confusion"] = np.array(self.partial["confusion"], np.int64)
        self.averaged_steps = state["averaged_steps"]
        phase_epochs = (
            self.recipe.phases[self.position["phase"]].epochs
            if (self.position["phase"] < len(self.recipe.phases))
            else 0
        )
        if self.position["epoch"] >= phase_epochs:
            # The last process ended between two phases.
            self.position = {"phase": self.position["phase"] + 1, "epoch": 0, "step": 0}
            extra = {}
        best, best_epoch = state["best"]
        self.status = replace(
            self.status, best_mean_iou=best, best_epoch=best_epoch, epoch=len(self.history), seconds=state["seconds"]
        )
        self.live = self.run.live()
        write_atomically(self.run.folder / "history.csv", _csv_text(self.history))
        self.log.info("going on after epoch %d, step %d", len(self.history), self.position["step"])
        return extra

    def _restore_optimizers(self, saved: dict[str, np.ndarray]) -> None:
        for group, optimizer in enumerate(self.optimizers):
            for index, variable in enumerate(optimizer.variables):
                value = saved.get(f"optimizer/{group}/{index}")
                if value is not None:
                    variable.assign(value.reshape(variable.shape).astype(variable.dtype))


def soft_jaccard_loss(labels, logits):
    """One less the mean IoU of a batch with every pixel counted by its probability: what mean IoU is, made smooth.

    ``labels``: int32 ``(N, H, W)``; ``logits``: float32 ``(N, H, W, classes)``. Returns a scalar in [0, 1].
    M. A. Rahman and Y. Wang, "Optimizing Intersection-Over-Union in Deep Neural Networks for Image Segmentation",
    ISVC 2016.
    """
    import tensorflow as tf

    found = tf.nn.softmax(logits)
    true = tf.one_hot(labels, logits.shape[-1])
    both = tf.reduce_sum(found * true, [0, 1, 2])
    either = tf.reduce_sum(found + true, [0, 1, 2]) - both
    # A class that a batch does not show costs nothing where none is found.
    return 1 - tf.reduce_mean((both + 1) / (either + 1))


def plan_epoch(phase: Phase, photos: int, seed: int) -> list[tuple[int, int]]:
    """Size and number of photos of each step of an epoch that shows each of ``photos`` once, or fewer where the phase
    has so few steps."""
    random = np.random.default_rng([seed, 1])
    plan: list[tuple[int, int]] = []
    while photos and (phase.steps is None or len(plan) < phase.steps):
        size = phase.sizes[random.integers(len(phase.sizes))] if phase.sizes else phase.size
        plan.append((size, min(phase.batch_at(size), photos)))
        photos -= plan[-1][1]
    return plan


def _lost(loss: float, when: str) -> str:
    return (
        f"the loss became {loss} {when}: lower the learning rate and start again; the best weights before it are kept."
    )


def _figures(loss: float, confusion: np.ndarray, dataset: Dataset) -> dict[str, float]:
    iou = metrics.iou_by_class(confusion)
    return {
        "loss": loss,
        "pixel_accuracy": metrics.pixel_accuracy(confusion),
        **{f"iou_{name}": float(value) for name, value in zip(dataset.classes.names, iou, strict=True)},
        "mean_iou": metrics.mean_iou(confusion),
    }


def _csv_text(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    buffer = io.StringIO()
    fields = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(buffer, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _sentence(error: Exception) -> str:
    """What went wrong, in one sentence for people."""
    # TensorFlow has the system's words, but no errno.
    if getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error):
        return "the disk is full: free some space and go on with --resume; what was saved before is kept."
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'} cannot be read or written ({error.strerror or error})."
    if isinstance(error, ValueError | SegError | TrainingError):
        return " ".join(str(error).split())
    for line in str(error).splitlines():
        # tf.data wraps what Python code raised inside it.
        if f"{PhotoError.__name__}: " in line:
            return line.split(f"{PhotoError.__name__}: ", 1)[1]
    if "OOM" in str(error) or isinstance(error, MemoryError):
        return "there is not enough memory: use a smaller batch or a smaller size."
    return f"an unexpected error, see log.txt in the run's folder ({type(error).__name__}: {str(error)[:200]})."
