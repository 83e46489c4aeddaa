"""One file an engine, behind one small interface."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

from seg.network.device import has_nvidia_driver

ENGINES = ("openvino", "keras")


class Engine(Protocol):
    """A loaded network, ready to run."""

    name: str

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """RGB, float32 ``(N, H, W, 3)`` in [0, 255], H and W multiples of 32, to float32 ``(N, H, W, C)`` in [0, 1]."""
        ...


def default_engine() -> str:
    """``SEG_ENGINE``, else OpenVINO where it is installed and no GPU waits for Keras, else Keras."""
    named = os.environ.get("SEG_ENGINE")
    if named:
        return named
    return "openvino" if find_spec("openvino") and not has_nvidia_driver() else "keras"


def load_engine(weights: Path, name: str | None = None) -> Engine:
    """Load weights into the engine of this name (``default_engine`` when None).

    Raises ValueError for an unknown name or what is not installed, WeightsError.
    """
    name = name or default_engine()
    if name == "openvino" and not find_spec("openvino"):
        raise ValueError("OpenVINO is not installed: `pip install openvino`, or choose the engine keras.")
    if name == "openvino":
        from seg.inference.engines.openvino import OpenVinoEngine

        return OpenVinoEngine(weights)
    if name == "keras":
        from seg.inference.engines.keras import KerasEngine

        return KerasEngine(weights)
    raise ValueError(f"there is no engine {name!r}: choose one of {', '.join(ENGINES)}.")
