"""The network's layers by arithmetic: shapes, parameters, multiply-accumulates. Needs no TensorFlow.

A test holds it against the network that ``fcn.build_fcn`` builds.
"""

from __future__ import annotations

from dataclasses import dataclass

from seg.errors import SegError

INPUT_SIZE = 224  # pixels of a side, as in the article
STRIDE = 32  # the encoder halves its input five times

BLOCKS: tuple[tuple[int, ...], ...] = (
    (64, 64),
    (128, 128),
    (256, 256, 256),
    (512, 512, 512),
    (512, 512, 512),
)  # filters of each convolution
STEPS: tuple[tuple[int, int | None], ...] = (
    (512, 5),
    (512, 4),
    (256, 3),
    (128, None),
)  # filters of each step of the decoder, and the block of its skip


class SizeError(SegError):
    """A size of the network's input that is no multiple of ``STRIDE``."""


def check_size(size: int) -> None:
    """Raises SizeError for a side, in pixels, that the network cannot take."""
    if size < STRIDE or size % STRIDE:
        raise SizeError("size_multiple", size=size)


@dataclass(frozen=True)
class Layer:
    """One layer: ``kind`` is convolution, pool, upsample, skip or classifier; ``shape`` (h, w, channels)."""

    name: str
    kind: str
    shape: tuple[int, int, int]
    parameters: int = 0
    macs: int = 0


def layers(size: int = 224, classes: int = 3) -> list[Layer]:
    """Every layer that computes, in the order in which an image of ``size`` x ``size`` pixels passes them."""
    found: list[Layer] = []
    side, channels = size, 3

    def convolution(name: str, filters: int) -> None:
        weights = 9 * channels * filters
        found.append(Layer(name, "convolution", (side, side, filters), weights + filters, side * side * weights))

    def upsample(name: str, filters: int, kind: str = "upsample") -> None:
        weights = 9 * channels * filters  # each input pixel is spread over the kernel
        macs = side * side * weights
        found.append(Layer(name, kind, (2 * side, 2 * side, filters), weights + filters, macs))

    for block, filters in enumerate(BLOCKS, 1):
        for number, own in enumerate(filters, 1):
            convolution(f"block{block}_conv{number}", own)
            channels = own
        side //= 2
        found.append(Layer(f"block{block}_pool", "pool", (side, side, channels)))
    for step, (width, skip) in enumerate(STEPS, 1):
        upsample(f"decoder{step}_upsample", width)
        side, channels = 2 * side, width
        convolution(f"decoder{step}_conv", width)
        if skip:
            found.append(Layer(f"skip_block{skip}_conv3", "skip", (side, side, channels)))
    upsample("classifier", classes, "classifier")
    return found
