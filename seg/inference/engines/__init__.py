"""One file an engine, behind one small interface."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

ENGINES = ("keras",)


class Engine(Protocol):
    """A loaded network, ready to run."""

    name: str

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """RGB, float32 ``(N, H, W, 3)`` in [0, 255], H and W multiples of 32, to float32 ``(N, H, W, C)`` in [0, 1]."""
        ...


def load_engine(weights: Path, name: str | None = None) -> Engine:
    """Load weights into the engine of this name. Raises ValueError for an unknown name, WeightsError."""
    name = name or "keras"
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name!r}: choose one of {', '.join(ENGINES)}.")
    from seg.inference.engines.keras import KerasEngine

    return KerasEngine(weights)
