"""Twenty steps of a training with one of the article's mistakes and twenty without, in turn, on the same photos.

The folder of a trial: ``trial.json`` with the mistake, the loss of each step and the metrics; ``right`` and ``wrong``,
each with its film. It is a run without a recipe: status, lock and stop are those of a run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seg.classes import PETS
from seg.data.dataset import SAMPLE_FOLDER, Dataset, Sample, evenly_spread
from seg.data.examples import Examples
from seg.files import write_file
from seg.training.errors import as_seg_error
from seg.training.film import Film, Moment
from seg.training.photos import WATCHED
from seg.training.recipe import Phase, Recipe
from seg.training.runs import Run
from seg.training.status import Status

STEPS, BATCH, SIZE = 20, 4, 128
RIGHT, WRONG = SIDES = ("right", "wrong")
# Those of the article's mistakes that change what a step learns. The others cost memory, time or understanding.
MISTAKES = ("scaling", "preprocessing", "trimaps", "pairing", "encoder")


@dataclass(frozen=True)
class Trial:
    """A trial as its folder describes it; reading it never needs TensorFlow."""

    folder: Path

    @property
    def run(self) -> Run:
        return Run(self.folder)

    def film(self, side: str) -> Film:
        return Film(self.folder / side)

    def facts(self) -> dict[str, Any]:
        """``mistake``: one of ``MISTAKES``; ``losses``: of each step, right and wrong; ``mean_iou`` of the validation
        photos by side, once it is measured; ``started``: a Unix time. Empty where there is no trial."""
        try:
            facts = json.loads((self.folder / "trial.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return facts if isinstance(facts, dict) and facts.get("mistake") in MISTAKES else {}

    def write(self, **facts: Any) -> None:
        """Add facts to those that stand in the folder. Raises OSError."""
        write_file(self.folder / "trial.json", json.dumps({**self.facts(), **facts}))


def recipe(mistake: str, side: str) -> Recipe:
    """What one side trains: wrong pairs and wrong trimaps are no matter of the recipe."""
    phase = Phase(epochs=1, steps=STEPS, batch=BATCH, size=SIZE)
    if mistake == "encoder" and side == RIGHT:
        phase = replace(phase, frozen_blocks=0, encoder_learning_rate=5e-5)
    scaling = {"scaling": "raw", "preprocessing": "signed"}.get(mistake, "imagenet") if side == WRONG else "imagenet"
    return Recipe(f"{mistake}_{side}", (phase,), scaling=scaling)


def train(trial: Trial) -> None:
    """Train both sides of a trial step by step, and measure them; the status says how it ended. Raises RunError."""
    run = trial.run
    with run.claim():
        run.set_status(Status(state="starting", epochs=1))
        try:
            with run.stop_request.catching_signals():
                _train(trial, trial.facts()["mistake"])
        except Exception as error:
            run.set_failed(as_seg_error(error))
            raise


def _train(trial: Trial, mistake: str) -> None:
    from seg.network.device import prepare_device

    run, precision = trial.run, prepare_device().precision
    dataset = Dataset.open(SAMPLE_FOLDER)
    examples = Examples(dataset.split("train"), SIZE)
    sides = {side: _Side(trial, mistake, side, dataset, precision) for side in SIDES}
    order = np.random.default_rng(sides[RIGHT].recipe.seed).permutation(len(examples))[: STEPS * BATCH]
    losses: list[list[float]] = []
    for step, photos in enumerate(np.split(order, STEPS), 1):
        images = np.stack([examples[int(photo)][0] for photo in photos]).astype(np.float32)
        losses.append([side.train(step, images, _labels(side.mistake, examples, photos)) for side in sides.values()])
        trial.write(losses=losses)
        run.set_status(Status(state="running", epochs=1, step=step, steps=STEPS, activity="training"))
        if run.stop_request.is_made():
            run.set_status(Status(state="stopped", epochs=1, step=step, steps=STEPS))
            return
    run.set_status(Status(state="running", epochs=1, step=STEPS, steps=STEPS, activity="validating"))
    trial.write(mean_iou={name: side.mean_iou() for name, side in sides.items()})
    run.set_status(Status(state="finished", epoch=1, epochs=1))


class _Side:
    """One of the two networks, its optimizer and its film. ``mistake``: in its labels, or none."""

    def __init__(self, trial: Trial, mistake: str, side: str, dataset: Dataset, precision: str):
        import keras

        from seg.network.fcn import freeze_encoder
        from seg.training.model import Model
        from seg.training.step import TrainingStep
        from seg.training.validation import Validation
        from seg.training.watched import WatchedPhotos

        self.recipe = recipe(mistake, side)
        self.mistake = mistake if side == WRONG else None
        keras.utils.set_random_seed(self.recipe.seed)  # the decoders of both begin with the same weights
        model = Model(self.recipe, PETS, precision)
        model.load_start(self.recipe)
        (phase,) = self.recipe.phases
        freeze_encoder(model.network, phase.frozen_blocks)
        self._step = TrainingStep(model, self.recipe)
        self._step.begin_phase(phase, STEPS, precision)
        validation = dataset.split("validation")
        # All of them would be a film of ten rows and more: on a phone its player would be out of sight.
        self._watched = WatchedPhotos(model, evenly_spread(validation, WATCHED), SIZE, PETS)
        self._validation = Validation(model, validation, SIZE, PETS)
        self._film = trial.film(side)
        look = self._watched.look()
        self._film.begin(self._watched.names, self._watched.images, look)
        self._film.add(Moment(1, 0), look, PETS)

    def train(self, step: int, images: np.ndarray, labels: np.ndarray) -> float:
        """One step and its frame; returns the loss before it."""
        loss, _ = self._step(images, labels)
        self._film.add(Moment(1, step), self._watched.look(), PETS)
        return loss

    def mean_iou(self) -> float:
        return self._validation.measure()["mean_iou"]


def _labels(mistake: str | None, examples: Examples, photos: np.ndarray) -> np.ndarray:
    """The labels that a step is given for photos, uint8 ``(N, S, S)``."""
    labels_of: Callable[[int], np.ndarray] = {
        # Half the list away: a folder that is listed twice in two orders pairs a photo with any trimap.
        "pairing": lambda photo: examples[(photo + len(examples) // 2) % len(examples)][1],
        "trimaps": lambda photo: smoothly_resized_labels(examples.samples[photo], examples.size),
    }.get(mistake or "", lambda photo: examples[photo][1])
    return np.stack([labels_of(int(photo)) for photo in photos])


def smoothly_resized_labels(sample: Sample, size: int) -> np.ndarray:
    """The labels of a trimap that is resized as the article does it, uint8 ``(size, size)``.

    Between two values it makes fractions, and the loss cuts them off: between pet (1) and border (3) lies background.
    """
    import tensorflow as tf

    trimap = sample.read_trimap().astype(np.float32)[..., np.newaxis]
    return (np.asarray(tf.image.resize(trimap, (size, size)))[..., 0] - 1).astype(np.uint8)
