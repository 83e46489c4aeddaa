"""The network with every layer in sight, and with a switch at each of its taps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from seg.network.architecture import TAPS, Operations

T = TypeVar("T")


class OpenedNetwork(Generic[T]):
    """Another implementation's operations: keeps what each layer gives, in ``outputs`` by the layer's name.

    ``switches``: by the tap, what the decoder is given of it is multiplied by: 1, or 0 to see the answer without it. Of
    several for one image the decoder makes as many answers, and the encoder sees the image once.
    """

    def __init__(self, ops: Operations[T], switches: Mapping[str, Any]):
        self._ops, self._switches = ops, switches
        self.outputs: dict[str, T] = {}

    def preprocess(self, image: T) -> T:
        return self._ops.preprocess(image)

    def convolve(self, x: T, name: str, filters: int) -> T:
        return self._keep(name, self._ops.convolve(x, name, filters))

    def pool(self, x: T, name: str) -> T:
        pooled = self._keep(name, self._ops.pool(x, name))
        # The last pool is a tap, too: the decoder alone is given it.
        return self._switches[name] * pooled if name in self._switches else pooled

    def upsample(self, x: T, name: str, filters: int) -> T:
        return self._keep(name, self._ops.upsample(x, name, filters))

    def add(self, x: T, tap: T, name: str) -> T:
        switched = tap * self._switches[name.removeprefix("skip_")]
        return self._keep(name, self._ops.add(x, switched, name))

    def classify(self, x: T, name: str, classes: int) -> T:
        return self._keep(name, self._ops.classify(x, name, classes))

    def _keep(self, name: str, output: T) -> T:
        self.outputs[name] = output
        return output


def switches(without: Sequence[str | None]) -> list[np.ndarray]:
    """For each tap, float32 ``(N, 1, 1, 1)``: 0 in the answers without it, 1 in the others."""
    return [np.array([tap != left_out for left_out in without], np.float32).reshape(-1, 1, 1, 1) for tap in TAPS]
