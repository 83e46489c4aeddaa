"""A photo in, a ``Segmentation`` out: load once, then call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from seg import pictures
from seg.classes import PETS, Classes
from seg.images import resize_photo, resize_probabilities, resized_blocks
from seg.inference.engines import Engine, load_engine
from seg.inference.engines.mirrored import MirroredEngine
from seg.inference.matting import separate
from seg.network.architecture import check_size
from seg.network.weights import WeightsInfo, find_weights, read_info
from seg.photo import Photo, PhotoSource, read_photo

BILINEAR = Image.Resampling.BILINEAR
# A subject on less of the photo than this cannot be distinguished from a mistake.
HARDLY_ANY_SUBJECT = 0.005
HAZE = 0.1


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network says of a photo, at the photo's own size.

    ``network_probabilities``: float32 ``(h, w, C)`` in [0, 1], as the network gave them; what is as large as the photo
    is computed when it is touched. ``seconds``: from the decoded photo to the network's answer.
    """

    photo: Photo
    network_probabilities: np.ndarray
    seconds: float
    classes: Classes = PETS

    def reduced(self, longest_side: int) -> Segmentation:
        """The same for the photo made smaller, for showing; itself where the photo is no larger than that."""
        height, width = self.photo.size
        scale = longest_side / max(height, width)
        if scale >= 1:
            return self
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(Image.fromarray(self.photo.pixels).resize(size, BILINEAR, reducing_gap=2))
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
        """The labels as values on disk (1, 2, 3), uint8 ``(H, W)``."""
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
        """How much of each pixel belongs to the subject, float32 ``(H, W)`` in [0, 1]; zeros for classes without one.

        The subject's share of the probability of all classes but the border: sharp where the network is sure, soft
        within the border, which it is trained not to decide. A share below ``HAZE`` is noise, which would lie over
        the cut-out as a haze.
        """
        alpha = np.zeros(self.photo.size, np.float32)
        subject, border = self.classes.subject, self.classes.border
        if subject is None:
            return alpha
        others = [member.label for member in self.classes if member not in (subject, border)]
        for rows, block in resized_blocks(self.network_probabilities, self.photo.size):
            decided = block[subject.label] + block[others].sum(axis=0) + np.float32(1e-6)
            share = block[subject.label] / decided
            alpha[rows] = ((share - np.float32(HAZE)) / np.float32(1 - 2 * HAZE)).clip(0, 1)
        return alpha

    @property
    def has_subject(self) -> bool:
        """Whether the classes have a subject and there is enough of it to speak of."""
        subject = self.classes.subject
        return subject is not None and self.shares[subject.name] >= HARDLY_ANY_SUBJECT

    def overlay(self, opacity: float = 0.5) -> np.ndarray:
        """The classes' colours over the photo, RGB uint8 ``(H, W, 3)``; ``opacity`` in [0, 1]."""
        return pictures.overlay(self.photo.pixels, self.labels, opacity, self.classes)

    def cutout(self) -> np.ndarray:
        """The pet without its background, RGBA uint8 ``(H, W, 4)``: no tint of it at the outline, none of it hidden
        under what is clear."""
        pet, _ = separate(self.photo.pixels, self.alpha)
        cut = pictures.cutout(pet, self.alpha)
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

        ``size``: the network sees photos at size x size pixels, a multiple of 32; None: the size that the weight file
        names. ``mirror``: it sees their mirror
        images too, and its answers are averaged. Raises WeightsError, SizeError, EngineError.
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
