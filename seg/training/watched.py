"""Three photos that a training looks at again and again: what the network predicts and what it sees in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seg.classes import Classes
from seg.data.dataset import Sample
from seg.data.examples import Examples
from seg.network.architecture import TAPS
from seg.training.model import Model

# What the encoder gives the decoder, from fine to coarse, and what each stage of the decoder makes of it.
DECODER_STAGES = ("decoder1_conv", "decoder2_conv", "decoder3_conv", "decoder4_conv")
STAGES = (*TAPS, *DECODER_STAGES)


class Look(NamedTuple):
    """What the network has of N photos now.

    ``labels``: predicted, uint8 ``(N, S, S)``; ``maps``: the output of each of ``STAGES``, float32 ``(N, h, w, c)``.
    """

    labels: np.ndarray
    maps: dict[str, np.ndarray]


class WatchedPhotos:
    """The photos of these samples.

    ``images``: RGB uint8 ``(N, S, S, 3)``; ``labels``: the true ones, uint8 ``(N, S, S)``. Raises PhotoError.
    """

    def __init__(self, model: Model, samples: Sequence[Sample], size: int, classes: Classes):
        import keras

        examples = Examples(samples, size, classes)
        pairs = [examples[index] for index in range(len(samples))]
        self.names = [sample.name for sample in samples]
        self.images = np.stack([image for image, _ in pairs])
        self.labels = np.stack([labels for _, labels in pairs])
        network = model.network
        taps, stages = ([network.get_layer(name).output for name in names] for names in (TAPS, DECODER_STAGES))
        self._model = model
        self._taps: list[np.ndarray] | None = None
        self._decoder = keras.Model(taps, [*stages, network.output], name="watched_decoder")

    def look(self) -> Look:
        """Run the network, as its weights are now."""
        taps = self._encoded()
        *stages, logits = (np.asarray(output, np.float32) for output in self._decoder(taps))
        maps = [tap.astype(np.float32) for tap in taps] + stages
        return Look(logits.argmax(-1).astype(np.uint8), dict(zip(STAGES, maps, strict=True)))

    def _encoded(self) -> list[np.ndarray]:
        """The taps of the photos; a frozen encoder, two thirds of the arithmetic, runs once."""
        if self._taps is not None and not self._model.encoder.trainable_variables:
            return self._taps
        taps = self._model.encode(self.images.astype(np.float32))
        self._taps = None if self._model.encoder.trainable_variables else taps
        return taps
