"""The network is loaded once the server has started, so that the first photo does not wait for it."""

from __future__ import annotations

import asyncio
import logging
import os

import numpy as np

from seg.errors import SegError
from seg.inference.engines import default_engine
from seg.network.architecture import INPUT_SIZE
from seg.serve import networks

SETTING = "SEG_PRELOAD"
# A browser that `streamlit run` opens asks for its first page in this time: that is not to wait for a network.
SECONDS_AFTER_START = 2.0

_log = logging.getLogger("seg.serve")


async def after_start() -> None:
    """Load the network of visitors who choose none, in a thread, a moment after the server has begun to answer."""
    await asyncio.sleep(SECONDS_AFTER_START)
    await asyncio.to_thread(load)


def load() -> None:
    """Load that network and have it see an image, for which it prepares its layers; what goes wrong, pages will say."""
    try:
        weights = networks.server_weights()
        if _is_wanted(default_engine(weights)):
            blank = np.zeros((1, INPUT_SIZE, INPUT_SIZE, 3), np.float32)
            networks.segmenter(weights).engine.probabilities(blank)
    except (SegError, OSError) as error:
        _log.info("%s", error)


def _is_wanted(engine: str) -> bool:
    """As ``SEG_PRELOAD`` says, 1 or 0; without it, unless TensorFlow computes, which takes a gigabyte or a GPU."""
    setting = os.environ.get(SETTING)
    return setting == "1" or (setting != "0" and engine != "keras")
