"""What an epoch shows the network: which photos, at which size, in which order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from seg.classes import Classes
from seg.data.augmentation import CROP_MARGIN
from seg.data.batches import batches
from seg.data.examples import EXAMPLES_CACHE_BYTES, NO_PETS_CACHE_BYTES, Examples, NoPetPhotos
from seg.errors import SegError
from seg.training.features import EncodedExamples
from seg.training.photos import RunPhotos
from seg.training.recipe import Phase

SEED_STRIDE = 100_003  # between two epochs' seeds of augmentation, which also draws with its seed plus one


class Epoch:
    """The steps of one epoch, the same for the same phase, photos and seed.

    ``photos``: how many there are to train on. ``steps``: the size of each step and its number of photos; together they
    show each photo once, or some of them where the phase has fewer steps. ``order``: int64, the positions of the photos
    in the order in which they are shown.
    """

    def __init__(self, phase: Phase, photos: int, seed: int):
        random = np.random.default_rng([seed, 1])  # of the sizes; the order has another generator
        self.seed = seed
        self.steps: list[tuple[int, int]] = []
        left = photos
        while left and (phase.steps is None or len(self.steps) < phase.steps):
            size = int(phase.sizes[random.integers(len(phase.sizes))]) if phase.sizes else phase.size
            self.steps.append((size, min(phase.batch_at(size), left)))
            left -= self.steps[-1][1]
        self.order = np.random.default_rng(seed).permutation(photos)[: photos - left]
        # Photos and pixels shown after each step.
        self.photos_shown = np.cumsum([count for _, count in self.steps])
        self.pixels_shown = np.cumsum([count * size**2 for size, count in self.steps])

    def __len__(self) -> int:
        return len(self.steps)

    def pixels_of(self, step: int) -> int:
        """Pixels that a step shows; steps count from 1."""
        size, count = self.steps[step - 1]
        return count * size**2


class PhasePhotos:
    """The photos to train on at each size of a phase, and photos without pets to put around them."""

    def __init__(self, phase: Phase, photos: RunPhotos, classes: Classes):
        self.phase = phase
        augmented = not phase.augmentation.is_none
        # Crops are cut from a larger picture, so that a small crop stays sharp.
        sides = {
            size: round(size * CROP_MARGIN) if augmented else size
            for size in dict.fromkeys(phase.sizes or (phase.size,))
        }
        self.examples = {
            size: Examples(photos.samples, side, classes, EXAMPLES_CACHE_BYTES // len(sides))
            for size, side in sides.items()
        }
        self.surroundings = {}
        if photos.without_pets and augmented:
            self.surroundings = {
                size: NoPetPhotos(photos.without_pets, side, NO_PETS_CACHE_BYTES // len(sides))
                for size, side in sides.items()
            }

    def batches(self, epoch: Epoch, first: int) -> Iterator[tuple[Any, Any]]:
        """Images, float32 ``(N, S, S, 3)``, and labels, uint8 ``(N, S, S)``, of the steps after the first ``first``.

        The photos of each size are read ahead. Raises PhotoError.
        """
        import tensorflow as tf

        sources = {}
        for size, examples in self.examples.items():
            steps = [step for step in range(first, len(epoch)) if epoch.steps[step][0] == size]
            if steps:
                ends = epoch.photos_shown
                places = np.concatenate([np.arange(ends[step] - epoch.steps[step][1], ends[step]) for step in steps])
                sources[size] = iter(
                    batches(
                        examples,
                        self.phase.batch_at(size),
                        size,
                        self.phase.augmentation,
                        epoch.order[places],
                        epoch.seed * SEED_STRIDE,
                        places,
                        self.surroundings.get(size),
                    )
                )
        for size, _ in epoch.steps[first:]:
            try:
                yield next(sources[size])
            except tf.errors.OpError as error:
                raise self._failure(size) or error from None

    def _failure(self, size: int) -> SegError | None:
        """Why a photo of this size could not be read."""
        surroundings = self.surroundings.get(size)
        return self.examples[size].failure or (surroundings.failure if surroundings else None)


class PhaseFeatures:
    """The photos to train on as a frozen encoder sees them, for a phase that shows the same ones in every epoch."""

    def __init__(self, phase: Phase, encoded: EncodedExamples):
        self.phase, self.encoded = phase, encoded

    def batches(self, epoch: Epoch, first: int) -> Iterator[tuple[Any, Any]]:
        """The four taps and the labels of the steps after the first ``first``. Raises PhotoError, OSError."""
        return self.encoded.batches(epoch.order[first * self.phase.batch :], self.phase.batch)
