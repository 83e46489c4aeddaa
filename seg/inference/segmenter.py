"""A photo in, a ``Segmentation`` out: load once, then call."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from seg import pictures
from seg.classes import PETS, Classes
from seg.errors import SegError
from seg.images import bands, fitting_size, reduce_photo, resize_photo, resize_probabilities, resized_blocks
from seg.inference.composing import SILHOUETTE_SIDE, Pieces, compose, composed_side
from seg.inference.corrections import Corrections, corrected_labels
from seg.inference.cutout_options import PLAIN, CutoutOptions
from seg.inference.engines import Engine, load_engine
from seg.inference.engines.mirrored import MirroredEngine
from seg.inference.guided_filter import linear_coefficients
from seg.inference.matting import WORKING_SIDE, Matte, matte
from seg.inference.parts import see
from seg.inference.second_look import (
    DEFAULT_DETAIL,
    Detail,
    check_detail,
    first_size,
    largest_learned,
    look_again,
    most_squeezed,
)
from seg.inference.separation import ESTIMATED_SIDE, Estimates, estimate
from seg.network.architecture import check_size
from seg.network.weights import WeightsInfo, find_weights, read_info
from seg.photo import Photo, PhotoSource, read_photo

SMALLEST_SHARE = 0.005  # of the photo's pixels: a subject on fewer cannot be distinguished from a mistake


class SegmentationError(SegError):
    """A picture that cannot be made of this segmentation."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What the network says about a photo, at the photo's size.

    ``network_probabilities``: float32 ``(h, w, C)`` in [0, 1], as the network gave them, one channel a class. Arrays of
    the photo's size are computed when they are first asked for. ``seconds``: from the decoded photo to the network's
    answer. ``clean``: whether what is cut out is without islands and holes of which the network is not sure.
    ``corrections``: what a person has painted; labels and alpha follow it, probabilities are the network's.

    >>> import numpy as np
    >>> from seg import Dataset, Segmenter
    >>> result = Segmenter.load()(Dataset.open()["Abyssinian_88"].photo)
    >>> np.unique(result.trimap).tolist(), np.unique(result.labels).tolist()  # on disk, in the network
    ([1, 2, 3], [0, 1, 2])
    >>> result.probabilities.shape == (*result.photo.size, 3), round(sum(result.shares.values()), 6)
    (True, 1.0)
    >>> bool(result.confidence.min() >= 1 / 3), result.has_subject
    (True, True)
    >>> result.alpha.dtype.name, float(result.alpha.min()), float(result.alpha.max())
    ('float32', 0.0, 1.0)
    """

    photo: Photo
    network_probabilities: np.ndarray
    seconds: float
    classes: Classes = PETS
    clean: bool = True
    corrections: Corrections = Corrections()

    def reduced(self, longest_side: int) -> Segmentation:
        """The same for a smaller photo, to be shown; itself where the photo is no larger than that.

        >>> import numpy as np
        >>> from seg import Segmenter
        >>> result = Segmenter.load()(np.zeros((600, 900, 3), np.uint8))
        >>> result.labels.shape, result.reduced(300).labels.shape
        ((600, 900), (200, 300))
        """
        size = fitting_size(self.photo.size, longest_side)
        if size == self.photo.size:
            return self
        opaque = self.photo.alpha
        alpha = None if opaque is None else reduce_photo(opaque, size)
        return replace(self, photo=replace(self.photo, pixels=reduce_photo(self.photo.pixels, size), alpha=alpha))

    def bands(self) -> Iterator[slice]:
        """Rows of the photo, some million pixels at a time: what is made of a large photo is made in bands."""
        return bands(*self.photo.size)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Float32 ``(H, W, C)`` in [0, 1] at the photo's size: probabilities are resized, never labels."""
        return resize_probabilities(self.network_probabilities, self.photo.size)

    @cached_property
    def labels(self) -> np.ndarray:
        """The likeliest label of each pixel, or what is painted over it, uint8 ``(H, W)``."""
        labels = np.zeros(self.photo.size, np.uint8)
        for rows, block in resized_blocks(self.network_probabilities, self.photo.size):
            best = block[0]
            for label in range(1, len(block)):  # ten times as fast as argmax
                labels[rows][block[label] > best] = label
                best = np.maximum(best, block[label])
        return corrected_labels(labels, self.corrections, self.classes) if self.corrections else labels

    @property
    def trimap(self) -> np.ndarray:
        """The labels as values on disk, uint8 ``(H, W)``; of pets 1, 2 and 3."""
        return self.classes.to_trimap(self.labels)

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of the pixels by class, in [0, 1]."""
        # In bands: bincount makes 8 bytes of each label.
        counts = np.zeros(len(self.classes), int)
        for rows in self.bands():
            counts += np.bincount(self.labels[rows].ravel(), minlength=len(self.classes))
        return {member.name: float(counts[member.label] / self.labels.size) for member in self.classes}

    @property
    def confidence(self) -> np.ndarray:
        """Probability of the likeliest class, float32 ``(H, W)`` in [1/C, 1]."""
        confidence = np.empty(self.photo.size, np.float32)
        for rows, block in resized_blocks(self.network_probabilities, self.photo.size):
            confidence[rows] = block.max(axis=0)
        return confidence

    @cached_property
    def alpha(self) -> np.ndarray:
        """How opaque each pixel of the cut-out is, float32 ``(H, W)`` in [0, 1]; 0 for classes without a subject.

        Fur and whiskers where the photo shows them: see ``matte``. What is clear in the photo's file stays clear.
        """
        rows = slice(0, self.photo.size[0])
        return self._kept_clear(self._matte_at(self.photo, rows), rows)

    def _kept_clear(self, alpha: np.ndarray, rows: slice) -> np.ndarray:
        return alpha if self.photo.alpha is None else alpha * (self.photo.alpha[rows] / np.float32(255))

    @cached_property
    def _matte(self) -> Matte | None:
        """The matte of the subject; None for classes without one."""
        subject, border = self.classes.subject, self.classes.border
        if subject is None:
            return None
        photo = self.reduced(WORKING_SIDE).photo
        colours = photo.colours_at(slice(0, photo.size[0]))
        painted = self.corrections.drawn(photo.size) if self.corrections else None
        channels = subject.label, None if border is None else border.label
        return matte(colours, self.network_probabilities, *channels, self.clean, painted)

    def _matte_at(self, photo: Photo, rows: slice) -> np.ndarray:
        """The matte of some rows of this photo, or of a smaller copy."""
        if self._matte is None:
            return np.zeros((rows.stop - rows.start, photo.size[1]), np.float32)
        return self._matte.at(photo.colours_at(rows), photo.size, rows)

    @cached_property
    def small_matte(self) -> tuple[np.ndarray, np.ndarray]:
        """What the alpha of every size is made of: a small copy of the photo, RGB uint8 ``(h, w, 3)``, and its alpha.

        Alpha is float32 ``(h, w)`` in [0, 1]; 0 for classes without a subject.
        """
        photo = self.reduced(WORKING_SIDE).photo
        colours = photo.colours_at(slice(0, photo.size[0]))
        return colours, np.zeros(photo.size, np.float32) if self._matte is None else self._matte.alpha

    def with_small_alpha(self, alpha: np.ndarray) -> Segmentation:
        """The same with another alpha in ``small_matte``, float32 ``(h, w)`` in [0, 1], and cut out by it."""
        other = replace(self)
        other.__dict__["_matte"] = Matte(alpha, linear_coefficients(alpha, self.small_matte[0]))
        return other

    @cached_property
    def _estimates(self) -> Estimates:
        photo = self.reduced(ESTIMATED_SIDE).photo
        rows = slice(0, photo.size[0])
        return estimate(photo.colours_at(rows), self._matte_at(photo, rows))

    def colours_at(self, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The colours of the subject and of the background in some rows, as if each filled the photo, and their alpha.

        RGB uint8 ``(n, W, 3)`` twice, and float32 ``(n, W)`` in [0, 1]; see ``separation``.
        """
        share = self._matte_at(self.photo, rows)
        colours = self._estimates.explain(self.photo.colours_at(rows), share, rows, self.photo.size[0])
        return *colours, self._kept_clear(share, rows)

    def subject_at(self, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """The subject's colours in some rows, RGB uint8 ``(n, W, 3)``, and its alpha, float32 ``(n, W)`` in [0, 1]."""
        share = self._matte_at(self.photo, rows)
        colours = self._estimates.subject_at(self.photo.colours_at(rows), share, rows, self.photo.size[0])
        return colours, self._kept_clear(share, rows)

    @property
    def subject_share(self) -> float:
        """The share of the pixels that is the subject, in [0, 1]; 0 for classes without one."""
        return self.shares[self.classes.subject.name] if self.classes.subject else 0.0

    @property
    def has_subject(self) -> bool:
        """Whether enough of the photo is the subject; False for classes without one."""
        return self.subject_share >= SMALLEST_SHARE

    def overlay(self, opacity: float = 0.5) -> np.ndarray:
        """The classes' colours over the photo, RGB uint8 ``(H, W, 3)``; ``opacity`` in [0, 1].

        >>> from seg import Dataset, Segmenter
        >>> result = Segmenter.load()(Dataset.open()["Abyssinian_88"].photo)
        >>> bool((result.overlay(0) == result.photo.pixels).all()), result.overlay().shape == result.photo.pixels.shape
        (True, True)
        """
        return pictures.overlay(self.photo.pixels, self.labels, opacity, self.classes)

    def cutout(self, options: CutoutOptions = PLAIN) -> np.ndarray:
        """The subject without its background, RGBA uint8 ``(H, W, 4)``; as the options say, on another one, RGB.

        The outline has no tint of the background, and transparent pixels hide nothing of it: they are black. Raises
        SegmentationError for classes without a subject, PhotoError for a photo behind it that cannot be read.

        >>> from seg import Dataset, Segmenter
        >>> from seg.inference.cutout_options import parse_options
        >>> result = Segmenter.load()(Dataset.open()["Abyssinian_88"].photo)
        >>> cutout = result.cutout()
        >>> cutout.shape, int(cutout[cutout[..., 3] == 0].max())  # what is clear hides nothing
        ((228, 320, 4), 0)
        >>> result.cutout(parse_options({"background": "white", "crop": "square"})).shape[2]
        3
        """
        if self.classes.subject is None:
            raise SegmentationError("no_subject", names=list(self.classes.names))
        if options.clean != self.clean:
            return replace(self, clean=options.clean).cutout(options)
        if not options.is_plain:
            return self._composed(options)
        cut = np.empty((*self.photo.size, 4), np.uint8)
        for rows in self.bands():
            cut[rows] = pictures.cutout(*self.subject_at(rows))
            whole_pixels = cut[rows].view(np.uint32)[..., 0]
            whole_pixels *= cut[rows, :, 3] > 0
        return cut

    @cached_property
    def silhouette(self) -> np.ndarray:
        """Alpha on a small copy, uint8 ``(h, w)``: where shadow, rim and frame of a cut-out come from."""
        small = self.reduced(SILHOUETTE_SIDE)
        rows = slice(0, small.photo.size[0])
        return (small._kept_clear(self._matte_at(small.photo, rows), rows) * 255).round().astype(np.uint8)

    def _composed(self, options: CutoutOptions) -> np.ndarray:
        segmentation = self.reduced(composed_side(self.photo.size, self.silhouette, options))

        def background(side: int) -> np.ndarray:
            photo = self.reduced(side).photo
            rows = slice(0, photo.size[0])
            share = self._matte_at(photo, rows)
            return self._estimates.explain(photo.colours_at(rows), share, rows, photo.size[0])[1]

        return compose(Pieces(segmentation.photo.size, self.silhouette, segmentation.subject_at, background), options)


class Segmenter:
    """One network in memory, for any number of photos and threads; ``load`` makes it from a weight file.

    >>> from seg import Dataset, Segmenter
    >>> segmenter = Segmenter.load()
    >>> segmenter.size, segmenter.classes.names
    (224, ('pet', 'background', 'border'))
    >>> result = segmenter(Dataset.open()["Abyssinian_88"].photo)
    >>> result.has_subject, result.trimap.shape, result.trimap.dtype.name
    (True, (228, 320), 'uint8')
    """

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
        cls,
        weights: str | Path | None = None,
        engine: str | None = None,
        size: int | None = None,
        mirror: bool = False,
        side_by_side: bool = False,
    ) -> Segmenter:
        """Load weights (those that ship when None) into an engine (the best one here when None).

        ``size``: the side of the squares, in pixels, to which photos are resized for the network, a multiple of 32;
        None: the size that the weight file names. ``mirror``: the network sees the photo and its mirror image, and the
        two answers are averaged. ``side_by_side``: for many photos, which several threads bring at the same time; more
        of them are done in a minute, and each takes longer. Raises WeightsError, SizeError, EngineError.

        >>> from seg import Segmenter
        >>> Segmenter.load(size=320, mirror=True).size
        320
        >>> Segmenter.load(size=300)
        Traceback (most recent call last):
            ...
        seg.network.architecture.SizeError: 300 px is not a multiple of 32: the network halves its input five times.
        """
        if size is not None:
            check_size(size)
        path = find_weights(weights)
        loaded = load_engine(path, engine, side_by_side)
        return cls(MirroredEngine(loaded) if mirror else loaded, read_info(path), size)

    def __call__(self, photo: PhotoSource | Photo, detail: Detail = DEFAULT_DETAIL) -> Segmentation:
        """Segment one photo: a path, bytes, an open file, a PIL image, an array or a Photo.

        ``detail``: ``fast``, the network looks once; ``balanced``, again where pets are small and it pays, and at wide
        and tall photos in parts; ``fine``, also at the whole photo at three sizes. Raises PhotoError, DetailError.

        >>> import numpy as np
        >>> from seg import Segmenter
        >>> wall = np.full((200, 300, 3), 128, np.uint8)
        >>> result = Segmenter.load()(wall, detail="fast")
        >>> result.has_subject, result.labels.shape, round(result.shares["background"], 2)
        (False, (200, 300), 1.0)
        """
        return self.batch([photo], detail)[0]

    def batch(self, photos: Sequence[PhotoSource | Photo], detail: Detail = DEFAULT_DETAIL) -> list[Segmentation]:
        """Segment several photos; their first looks are one run of the network.

        Raises PhotoError for the first that is none, DetailError.

        >>> from seg import Dataset, Segmenter
        >>> photos = [sample.photo for sample in Dataset.open().split("test")[:2]]
        >>> [result.photo.name for result in Segmenter.load().batch(photos, "fast")]
        ['Abyssinian_88.jpg', 'Bengal_85.jpg']
        """
        check_detail(detail)
        decoded = [read_photo(photo) for photo in photos]
        started = time.perf_counter()
        answers = self.probabilities([photo.pixels for photo in decoded], detail)
        seconds = (time.perf_counter() - started) / max(1, len(decoded))
        return [
            Segmentation(photo, answer, seconds, self.classes) for photo, answer in zip(decoded, answers, strict=True)
        ]

    def probabilities(self, photos: Sequence[np.ndarray], detail: Detail = DEFAULT_DETAIL) -> list[np.ndarray]:
        """What the network says about photos, RGB uint8 ``(H, W, 3)`` each: float32 ``(h, w, C)`` in [0, 1] each.

        After one look, height and width are ``size``; after a second one they are larger. Raises DetailError.

        >>> from seg import Dataset, Segmenter
        >>> from seg.photo import read_photo
        >>> photo = read_photo(Dataset.open()["Abyssinian_88"].photo)
        >>> (answer,) = Segmenter.load().probabilities([photo.pixels], "fast")
        >>> photo.size, answer.shape  # the network sees a square, whatever the photo is
        ((228, 320), (224, 224, 3))
        """
        check_detail(detail)
        squeezed = most_squeezed(self.info.metadata)
        sizes = [first_size(photo.shape[:2], self.size, detail, squeezed) for photo in photos]
        squares = [index for index, size in enumerate(sizes) if size == (self.size, self.size)]
        first: dict[int, np.ndarray] = {}
        if squares:
            images = np.stack([resize_photo(photos[index], self.size) for index in squares]).astype(np.float32)
            first = dict(zip(squares, self.engine.probabilities(images), strict=True))
        for index, size in enumerate(sizes):
            if index not in first:
                first[index] = see(self.engine, photos[index], size)
        learned = largest_learned(self.info.metadata)
        return [
            look_again(self.engine, photo, first[index], self.size, detail, self.classes, learned)
            for index, photo in enumerate(photos)
        ]
