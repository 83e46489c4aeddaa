"""A segmentation at the size at which the page shows it, made once for all visitors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from seg import pictures
from seg.classes import Classes
from seg.images import fitting_size, reduce_photo
from seg.inference.composing import Pieces
from seg.photo import PhotoWarning
from seg.serve import limits, photos
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.serve.queue import Waiting
from seg.ui.segment.uploads import Upload
from seg.ui.shared import parts
from seg.ui.shared.language import t

CLEAN_KEY = "segment-clean"
SURE = 0.9  # probability from which on the network counts as sure
CHECKERBOARD_SQUARE = 0.016  # side of a square, as a share of the picture's longest side


@dataclass(frozen=True, eq=False)
class Preview:
    """What the page shows of a segmentation, ``parts.SHOWN_SIDE`` pixels at most.

    All uint8: ``photo`` ``(h, w, 3)``, ``labels`` ``(h, w)``, ``silhouette`` as ``Segmentation`` has it, ``cutout``
    ``(h, w, 4)``, ``backdrop`` (the photo's background with the subject painted over) ``(h, w, 3)``, ``confidence``
    ``(h, w, 3)`` in colours. ``size`` is the uploaded photo's height and width, ``sure`` the share of pixels of which
    the network is sure, ``orientation`` and ``warnings`` are the photo's.
    """

    classes: Classes
    size: tuple[int, int]
    seconds: float
    shares: dict[str, float]
    has_subject: bool
    sure: float
    photo: np.ndarray
    labels: np.ndarray
    silhouette: np.ndarray
    cutout: np.ndarray
    backdrop: np.ndarray
    confidence: np.ndarray
    orientation: int = 1
    warnings: tuple[PhotoWarning, ...] = ()

    @property
    def subject_share(self) -> float:
        """The share of pixels that is the subject; 0 for classes without one."""
        return self.shares[self.classes.subject.name] if self.classes.subject else 0.0

    @property
    def pieces(self) -> Pieces:
        """What a cut-out on another background is composed of."""
        alpha = self.cutout[..., 3] / np.float32(255)

        def colours_at(rows: slice) -> tuple[np.ndarray, np.ndarray]:
            return self.cutout[rows, :, :3], alpha[rows]

        def background(side: int) -> np.ndarray:
            return reduce_photo(self.backdrop, fitting_size(alpha.shape, side))

        return Pieces(alpha.shape, self.silhouette, colours_at, background)


def _bytes(preview: Preview) -> int:
    arrays = (preview.photo, preview.labels, preview.cutout, preview.backdrop, preview.confidence, preview.silhouette)
    return sum(array.nbytes for array in arrays)


_previews: Cache[Preview] = Cache(limits.memory_for("previews"), _bytes)


def is_clean() -> bool:
    """Whether the visitor wants cut-outs without islands and holes of which the network is not sure."""
    return st.session_state.get(CLEAN_KEY, True)


def preview_of(upload: Upload, look: Look, waiting: Waiting | None = None, clean: bool | None = None) -> Preview:
    """The preview of a photo; ``waiting`` is called with the number of photos ahead of it. Raises PhotoError.

    ``clean``: None for what the visitor wants, which only the visitor's own thread knows.
    """
    clean = is_clean() if clean is None else clean
    key = _key(upload, look, clean)
    return _previews.get_in_line(key, lambda note: _make(upload, look, note, clean), waiting)


def is_kept(upload: Upload, look: Look) -> bool:
    """Whether the preview of a photo can be shown at once."""
    return _key(upload, look, is_clean()) in _previews


def _key(upload: Upload, look: Look, clean: bool) -> tuple:
    return (upload.key, upload.corrections, clean, *look.key)


def wait_and_preview(upload: Upload, look: Look) -> Preview:
    """The same, with a spinner and the number of photos ahead on the page. Raises PhotoError."""
    place = st.empty()
    try:
        with st.spinner(t("segment.segmenting")):
            return preview_of(upload, look, announce(place.caption))
    finally:
        place.empty()


def announce(show: Callable[[str], object]) -> Waiting:
    """What tells the visitor how many photos are ahead, by ``show``, which draws a sentence."""

    def waiting(ahead: int) -> None:
        show(waiting_text(ahead))

    return waiting


def waiting_text(ahead: int) -> str:
    return t("segment.waiting", count=ahead) if ahead else t("segment.waiting_next")


def _make(upload: Upload, look: Look, waiting: Waiting, clean: bool) -> Preview:
    kept = photos.segment(upload.data, upload.name, look, waiting, upload.file)
    # A copy: the floating-point arrays that it computes go when the bytes below are made.
    segmentation = replace(kept.reduced(parts.SHOWN_SIDE), clean=clean, corrections=upload.corrections)
    subject, backdrop, alpha = segmentation.colours_at(slice(0, segmentation.photo.size[0]))
    confidence = segmentation.confidence
    return Preview(
        segmentation.classes,
        kept.photo.full_size,
        segmentation.seconds,
        segmentation.shares,
        segmentation.has_subject,
        float((confidence >= SURE).mean()),
        segmentation.photo.pixels,
        segmentation.labels,
        segmentation.silhouette,
        pictures.cutout(subject, alpha),
        backdrop,
        pictures.heat(confidence, 1 / len(segmentation.classes)),
        kept.photo.orientation,
        kept.photo.warnings,
    )


def on_checkerboard(cutout: np.ndarray) -> np.ndarray:
    """A cut-out ``(H, W, 4)`` on the squares that stand for what is clear, RGB uint8 ``(H, W, 3)``."""
    height, width = cutout.shape[:2]
    square = max(4, round(CHECKERBOARD_SQUARE * max(height, width)))
    return pictures.over(cutout, pictures.checkerboard(height, width, square))
