"""A photo in, a ``Segmentation`` out: load once, then call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from seg import pictures
from seg.classes import PETS, Classes
from seg.errors import SegError
from seg.images import reduce_photo, resize_photo, resize_probabilities, resized_blocks
from seg.inference.engines import Engine, load_engine
from seg.inference.engines.mirrored import MirroredEngine
from seg.inference.matting import separate
from seg.network.architecture import check_size
from seg.network.weights import WeightsInfo, find_weights, read_info
from seg.photo import Photo, PhotoSource, read_photo

SMALLEST_SHARE = 0.005  # of the photo's pixels: a subject on fewer cannot be distinguished from a mistake
TINY = np.float32(1e-6)  # so that 0 / 0 is never computed
HAZE = 0.1  # shares of the subject below this are noise, which would lie over the cut-out as a haze


class SegmentationError(SegError):
    """A picture that cannot be made of this segmentation."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network says about a photo, at the photo's size.

    ``network_probabilities``: float32 ``(h, w, C)`` in [0, 1], as the network gave them, one channel a class. Arrays of
    the photo's size are computed when they are first asked for. ``seconds``: from the decoded photo to the network's
    answer.
    """

    photo: Photo
    network_probabilities: np.ndarray
    seconds: float
    classes: Classes = PETS

    def reduced(self, longest_side: int) -> Segmentation:
        """The same for a smaller photo, to be shown; itself where the photo is no larger than that."""
        height, width = self.photo.size
        scale = longest_side / max(height, width)
        if scale >= 1:
            return self
        pixels = reduce_photo(self.photo.pixels, (max(1, round(height * scale)), max(1, round(width * scale))))
        return replace(self, photo=replace(self.photo, pixels=pixels))

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Float32 ``(H, W, C)`` in [0, 1] at the photo's size: probabilities are resized, never labels."""
        return resize_probabilities(self.network_probabilities, self.photo.size)

    @cached_property
    def labels(self) -> np.ndarray:
        """The likeliest label of each pixel, uint8 ``(H, W)``."""
        labels = np.zeros(self.photo.size, np.uint8)
        for rows, block in resized_blocks(self.network_probabilities, self.photo.size):
            best = block[0]
            for label in range(1, len(block)):  # ten times as fast as argmax
                labels[rows][block[label] > best] = label
                best = np.maximum(best, block[label])
        return labels

    @property
    def trimap(self) -> np.ndarray:
        """The labels as values on disk, uint8 ``(H, W)``; of pets 1, 2 and 3."""
        return self.classes.to_trimap(self.labels)

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of the pixels by class, in [0, 1]."""
        counts = np.bincount(self.labels.ravel(), minlength=len(self.classes))
        return {member.name: float(counts[member.label] / self.labels.size) for member in self.classes}

    @property
    def confidence(self) -> np.ndarray:
        """Probability of the likeliest class, float32 ``(H, W)`` in [1/C, 1]."""
        return self.probabilities.max(axis=2)

    @cached_property
    def alpha(self) -> np.ndarray:
        """How opaque each pixel of the cut-out is, float32 ``(H, W)`` in [0, 1]; 0 for classes without a subject.

        The share of the subject against all other classes but the border: sharp where the network is sure, soft within
        the border, which it is trained not to decide.
        """
        alpha = np.zeros(self.photo.size, np.float32)
        subject, border = self.classes.subject, self.classes.border
        if subject is None:
            return alpha
        against = [member.label for member in self.classes if member not in (subject, border)]
        for rows, block in resized_blocks(self.network_probabilities, self.photo.size):
            share = block[subject.label] / (block[subject.label] + sum(block[label] for label in against) + TINY)
            alpha[rows] = ((share - np.float32(HAZE)) / np.float32(1 - 2 * HAZE)).clip(0, 1)
        return alpha

    @property
    def has_subject(self) -> bool:
        """Whether enough of the photo is the subject; False for classes without one."""
        subject = self.classes.subject
        return subject is not None and self.shares[subject.name] >= SMALLEST_SHARE

    def overlay(self, opacity: float = 0.5) -> np.ndarray:
        """The classes' colours over the photo, RGB uint8 ``(H, W, 3)``; ``opacity`` in [0, 1]."""
        return pictures.overlay(self.photo.pixels, self.labels, opacity, self.classes)

    def cutout(self) -> np.ndarray:
        """The subject without its background, RGBA uint8 ``(H, W, 4)``.

        The outline has no tint of the background, and transparent pixels hide nothing of it: they are black. Raises
        SegmentationError for classes without a subject.
        """
        if self.classes.subject is None:
            raise SegmentationError("no_subject", names=list(self.classes.names))
        colours, _ = separate(self.photo.pixels, self.alpha)
        cut = pictures.cutout(colours, self.alpha)
        cut &= np.where(cut[..., 3:] > 0, np.uint8(255), np.uint8(0))
        return cut


class Segmenter:
    """One network in memory, for any number of photos and threads."""

    def __init__(self, engine: Engine, info: WeightsInfo, size: int | None = None):
        self.engine = engine
        self.info = info
        self.size = size or info.input_size

    @property
    def classes(self) -> Classes:
        """The classes that the network answers with, in the order of its channels."""
        return self.info.classes

    @classmethod
    def load(
        cls, weights: str | Path | None = None, engine: str | None = None, size: int | None = None, mirror: bool = False
    ) -> Segmenter:
        """Load weights (those that ship when None) into an engine (the best one here when None).

        ``size``: the side of the squares, in pixels, to which photos are resized for the network, a multiple of 32;
        None: the size that the weight file names. ``mirror``: the network sees the photo and its mirror image, and the
        two answers are averaged. Raises WeightsError, SizeError, EngineError.
        """
        if size is not None:
            check_size(size)
        path = find_weights(weights)
        loaded = load_engine(path, engine)
        return cls(MirroredEngine(loaded) if mirror else loaded, read_info(path), size)

    def __call__(self, photo: PhotoSource | Photo) -> Segmentation:
        """Segment one photo: a path, bytes, an open file, a PIL image, an array or a Photo. Raises PhotoError."""
        return self.batch([photo])[0]

    def batch(self, photos: Sequence[PhotoSource | Photo]) -> list[Segmentation]:
        """Segment several photos in one run of the network. Raises PhotoError for the first that is none."""
        decoded = [read_photo(photo) for photo in photos]
        if not decoded:
            return []
        started = time.perf_counter()
        images = np.stack([resize_photo(photo.pixels, self.size) for photo in decoded]).astype(np.float32)
        probabilities = self.engine.probabilities(images)
        seconds = (time.perf_counter() - started) / len(decoded)
        return [
            Segmentation(photo, answer, seconds, self.classes)
            for photo, answer in zip(decoded, probabilities, strict=True)
        ]
