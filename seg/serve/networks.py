"""The networks in memory, loaded once each and shared by all visitors."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from seg.inference.inside import Inside
from seg.inference.segmenter import Segmenter
from seg.network.weights import find_weights
from seg.serve import limits
from seg.serve.caches import Cache

# The bytes of a network are the engine's and not known here: networks are counted.
_segmenters: Cache[Segmenter] = Cache(limits.NETWORKS)
_insides: Cache[Inside] = Cache(1)
_server_weights: Cache[Path] = Cache(1)

WeightsKey = tuple[str, int]


def server_weights() -> Path:
    """The weights for whoever has chosen none: ``SEG_WEIGHTS``, else what ships. Raises WeightsError.

    The hash of what ships is checked once: reading 53 MB takes a moment.
    """
    named = os.environ.get("SEG_WEIGHTS")
    return _server_weights.get(named, lambda: find_weights(named))


def weights_key(weights: Path) -> WeightsKey:
    """What results of a weight file are kept by: another file may take its name. Raises OSError where it is missing."""
    return str(weights), weights.stat().st_mtime_ns


def segmenter(weights: Path) -> Segmenter:
    """The network with these weights. Takes seconds the first time. Raises WeightsError, OSError."""
    return _segmenters.get(weights_key(weights), lambda: _load(weights))


def _load(weights: Path) -> Segmenter:
    loaded = Segmenter.load(weights)
    _freeze()
    return loaded


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
    return _insides.get(weights_key(weights), lambda: _look_inside(weights))


def _look_inside(weights: Path) -> Inside:
    looked_into = Inside(weights)
    _freeze()
    return looked_into
