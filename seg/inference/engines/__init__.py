"""Engines run the network: one file an engine, behind one small interface."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Protocol

import numpy as np

from seg.errors import SegError
from seg.network.device import is_installed
from seg.network.gpu import usable_gpus
from seg.network.weights import int8_model

# Fastest first, on the CPUs most people have.
ENGINES = ("openvino-int8", "openvino", "keras")


class EngineError(SegError):
    """An engine that does not exist or is not installed."""


class Engine(Protocol):
    """A loaded network, ready to run.

    >>> import numpy as np
    >>> from seg import Segmenter
    >>> from seg.network.weights import find_weights, read_info
    >>> class Doubtful:
    ...     name, precision = "doubtful", "float32"
    ...
    ...     def probabilities(self, batch):
    ...         return np.full((*batch.shape[:3], 3), 1 / 3, np.float32)
    >>> segmenter = Segmenter(Doubtful(), read_info(find_weights()))  # an engine is whatever has these three
    >>> round(float(segmenter(np.zeros((40, 60, 3), np.uint8)).confidence.max()), 2)
    0.33
    """

    name: str
    precision: str  # of most of the arithmetic: float32, bfloat16, float16 or int8

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        """Images to probabilities by class, float32 ``(N, H, W, C)`` in [0, 1].

        ``batch``: RGB, float32 ``(N, H, W, 3)`` in [0, 255], H and W multiples of 32.
        """
        ...


def default_engine(weights: Path) -> str:
    """The name of the engine for a weight file: ``SEG_ENGINE``, else the fastest on this machine.

    Keras where TensorFlow can use a GPU or there is no OpenVINO. Otherwise OpenVINO, in int8 where these weights
    have an int8 model and the CPU is an x86: on other CPUs OpenVINO computes int8 in floating point. Takes seconds the
    first time on a machine with an NVIDIA driver. Raises WeightsError.

    >>> from seg.inference.engines import ENGINES, default_engine
    >>> from seg.network.weights import find_weights
    >>> ENGINES, default_engine(find_weights()) in ENGINES
    (('openvino-int8', 'openvino', 'keras'), True)
    """
    if name := os.environ.get("SEG_ENGINE"):
        return name
    if not is_installed("openvino") or usable_gpus():
        return "keras"
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    return "openvino-int8" if x86 and int8_model(weights) else "openvino"


def load_engine(weights: Path, name: str | None = None, side_by_side: bool = False) -> Engine:
    """Load weights into the engine of this name (``default_engine`` when None).

    ``side_by_side``: for calls from several threads at the same time. All cores working at one photo wait for the
    slowest of them at each layer, and for long where another thread decodes or writes a photo; a core that works at a
    photo of its own waits for none. A single photo then takes longer. Keras leaves that to TensorFlow.

    Raises EngineError for an unknown name or where OpenVINO is not installed, TensorFlowError where TensorFlow is not,
    WeightsError.

    >>> import numpy as np
    >>> from seg.inference.engines import load_engine
    >>> from seg.network.weights import find_weights
    >>> engine = load_engine(find_weights())
    >>> answer = engine.probabilities(np.zeros((2, 64, 96, 3), np.float32))
    >>> answer.shape, bool(np.allclose(answer.sum(axis=3), 1, atol=1e-3))
    ((2, 64, 96, 3), True)
    """
    name = name or default_engine(weights)
    if name not in ENGINES:
        raise EngineError("engine_unknown", name=name, names=list(ENGINES))
    if name == "keras":
        from seg.inference.engines.keras import KerasEngine

        return KerasEngine(weights)
    if not is_installed("openvino"):
        raise EngineError("openvino_missing")
    from seg.inference.engines.openvino import Int8Engine, OpenVinoEngine

    return (Int8Engine if name == "openvino-int8" else OpenVinoEngine)(weights, side_by_side)
