"""The networks in memory, loaded once each and shared by all visitors."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from seg.inference.inside import Inside
from seg.inference.second_look import DEFAULT_DETAIL, Detail
from seg.inference.segmenter import Segmenter
from seg.network.weights import find_weights
from seg.serve import limits
from seg.serve.caches import Cache

Network = TypeVar("Network", Segmenter, Inside)

# Memory as a multiple of the weight file: by how much the process grows with a second network of an engine and its
# first photo (x86, 52.7 MB of weights). OpenVINO keeps the weights as float32 beside those that it has laid out anew.
TIMES_THE_FILE = {"openvino-int8": 1.8, "openvino": 4.7, "keras": 2.3}
TIMES_THE_FILE_INSIDE = 6.4


@dataclass(frozen=True)
class _Loaded(Generic[Network]):
    network: Network
    nbytes: int


_segmenters: Cache[_Loaded[Segmenter]] = Cache(
    limits.memory_for("networks"), lambda loaded: loaded.nbytes, lasting=True
)
_insides: Cache[_Loaded[Inside]] = Cache(limits.memory_for("layers"), lambda loaded: loaded.nbytes, lasting=True)

WeightsKey = tuple[str, int]


def server_weights() -> Path:
    """The weights for whoever has chosen none: ``SEG_WEIGHTS``, else what ships. Raises WeightsError."""
    return _named_weights(os.environ.get("SEG_WEIGHTS"))


@lru_cache(maxsize=1)
def _named_weights(named: str | None) -> Path:
    # The hash of what ships is checked once: reading 53 MB takes a moment.
    return find_weights(named)


def weights_key(weights: Path) -> WeightsKey:
    """What results of a weight file are kept by: another file may take its name. Raises OSError where it is missing."""
    return str(weights), weights.stat().st_mtime_ns


@dataclass(frozen=True)
class Look:
    """Which network looks at a photo, by its weight file, and how closely."""

    weights: Path
    detail: Detail = DEFAULT_DETAIL

    @property
    def key(self) -> tuple[str, int, Detail]:
        """What results of photos are kept by. Raises OSError where the weights are missing."""
        return *weights_key(self.weights), self.detail


def segmenter(weights: Path) -> Segmenter:
    """The network with these weights. Takes seconds the first time. Raises WeightsError, OSError."""
    return _segmenters.get(weights_key(weights), lambda: _load(weights)).network


def _load(weights: Path) -> _Loaded[Segmenter]:
    network = Segmenter.load(weights)
    _freeze()
    times = TIMES_THE_FILE.get(network.engine.name, max(TIMES_THE_FILE.values()))
    return _Loaded(network, round(times * weights.stat().st_size))


def _freeze() -> None:
    """Leave what is in memory now out of later garbage collections: a network and its libraries stay.

    Networks that the cache has let go since the last time are collected first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def is_loaded() -> bool:
    """Whether any network is in memory: the first one takes seconds, most of them for imports."""
    return len(_segmenters) > 0


def inside(weights: Path) -> Inside:
    """A look into the layers of a network, apart from the engine that segments photos, which may not show its layers.

    Takes a second the first time. Raises WeightsError, OSError.
    """
    return _insides.get(weights_key(weights), lambda: _look_inside(weights)).network


def _look_inside(weights: Path) -> _Loaded[Inside]:
    network = Inside(weights)
    _freeze()
    return _Loaded(network, round(TIMES_THE_FILE_INSIDE * weights.stat().st_size))
