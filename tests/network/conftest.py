"""A network and its weight file, made once for each module that asks for them."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest

from seg.network.fcn import build_fcn
from seg.network.weights import save_network
from tests.network.weight_files import METADATA


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """A network that looks at its image in the article's way, so that nothing is folded."""
    keras.utils.set_random_seed(0)
    return build_fcn("signed")


@pytest.fixture(scope="module")
def saved(network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_network(network, path, METADATA)
    return path
