"""Fixtures of the narrow network: a test module asks for them with ``pytest_plugins = ["tests.narrow_fixtures"]``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.narrow import narrow_network, write_pets, write_weights


@pytest.fixture(scope="module")
def narrow() -> Iterator[None]:
    """Every network that this module's tests build is narrow."""
    with narrow_network():
        yield


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the tiny pets; the user's cache stays untouched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEG_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield write_pets(tmp_path_factory.mktemp("narrow") / "pets")


@pytest.fixture(scope="module")
def weights(narrow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "narrow.safetensors")
