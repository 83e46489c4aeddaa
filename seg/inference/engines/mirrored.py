"""Test-time augmentation: the network sees each image and its mirror image."""

from __future__ import annotations

import numpy as np

from seg.inference.engines import Engine


class MirroredEngine:
    """The mean of another engine's answers to an image and to its mirror image: twice the work."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.name = f"{engine.name}, with the mirror image"
        self.precision = engine.precision

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """As ``Engine.probabilities``."""
        mirrored = self.engine.probabilities(np.ascontiguousarray(batch[:, :, ::-1]))
        return (self.engine.probabilities(batch) + mirrored[:, :, ::-1]) / 2
