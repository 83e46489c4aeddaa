"""How long a training still takes: an estimate near the truth, or none."""

from __future__ import annotations

from seg.training.epoch import Epoch
from seg.training.recipe import Phase, Recipe

# An estimate rests on so many seconds of steps at least.
LEAST_SECONDS = 8.0
WORK_WITH_ENCODER = 1.8  # a step that trains the encoder takes so many times as long as one that does not
# Of a step's arithmetic: validation computes no gradients.
WORK_OF_VALIDATION = 0.5


class Pace:
    """The pace of one epoch's steps in one process: seconds a pixel.

    The first step is not counted: TensorFlow builds the graph in it. ``is_typical`` is False for an epoch that also
    computes what later epochs read from a store; its pace says nothing about theirs.
    """

    def __init__(self, recipe: Recipe, photos: int, validation_photos: int, validation_size: int):
        self._recipe, self._photos = recipe, photos
        self._validation_pixels = validation_photos * validation_size**2
        self._validation_seconds: float | None = None
        self.begin_epoch(is_typical=False)

    def begin_epoch(self, is_typical: bool) -> None:
        self._is_typical = is_typical
        self._seconds, self._pixels, self._is_first = 0.0, 0, True

    def add_step(self, seconds: float, pixels: int) -> None:
        if not self._is_first:
            self._seconds += seconds
            self._pixels += pixels
        self._is_first = False

    def add_validation(self, seconds: float) -> None:
        """Note how long the validation after a typical epoch took."""
        if self._is_typical:
            self._validation_seconds = seconds

    def seconds_left(self, phase_number: int, epoch_number: int, epoch: Epoch, step: int) -> float | None:
        """Seconds to go after step ``step`` of an epoch, or None before enough has been measured.

        ``phase_number`` and ``epoch_number`` count from 0, the epoch within its phase.
        """
        if not self._is_typical or self._seconds < LEAST_SECONDS:
            return None
        phases = self._recipe.phases
        pace = self._seconds / self._pixels
        validation = self._validation_seconds
        if validation is None:
            validation = self._validation_pixels * pace * WORK_OF_VALIDATION
        left = (int(epoch.pixels_shown[-1]) - int(epoch.pixels_shown[step - 1])) * pace + validation
        frozen = phases[phase_number].frozen_blocks
        for number, other in enumerate(phases[phase_number:], phase_number):
            epochs = other.epochs - (epoch_number + 1 if number == phase_number else 0)
            work = WORK_WITH_ENCODER if other.frozen_blocks < 5 <= frozen else 1.0
            left += epochs * (self._pixels_of(other) * pace * work + validation)
        return left

    def _pixels_of(self, phase: Phase) -> int:
        # Epochs of a phase differ by the sizes that are drawn, which is little over all of them.
        return int(Epoch(phase, self._photos, self._recipe.seed).pixels_shown[-1])
