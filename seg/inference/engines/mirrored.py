"""A trick at test time: what is seen in the mirror counts as much."""

from __future__ import annotations

import numpy as np

from seg.inference.engines import Engine


class MirroredEngine:
    """Another engine's answers to a picture and to its mirror image, averaged: twice the work."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.name = f"{engine.name}, with the mirror image"
        self.precision = engine.precision

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """As ``Engine.probabilities``."""
        mirrored = self.engine.probabilities(np.ascontiguousarray(batch[:, :, ::-1]))
        return (self.engine.probabilities(batch) + mirrored[:, :, ::-1]) / 2
