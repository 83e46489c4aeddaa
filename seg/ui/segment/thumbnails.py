"""Thumbnails of a visitor's photos: made once for all visitors, and held for as long as the visit lasts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from seg.inference.cutout_options import CutoutOptions
from seg.photo import PhotoWarning
from seg.pictures import encode_jpeg
from seg.serve import limits, photos
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.serve.queue import Waiting
from seg.ui.segment.preview import is_clean, on_checkerboard
from seg.ui.segment.uploads import Upload
from seg.ui.shared import parts

SIDE = 240  # pixels of a thumbnail's longest side
HELD = "segment-thumbnails"  # under which the visit holds those of its photos, by the photos' keys


class Thumbnail(NamedTuple):
    """``picture``: the cut-out as JPEG, ``SIDE`` pixels at most, or the photo where nothing is cut out; ``share`` of
    its pixels that is the subject; ``warnings`` of the photo."""

    picture: bytes
    share: float
    warnings: tuple[PhotoWarning, ...]


_thumbnails: Cache[Thumbnail] = Cache(limits.memory_for("thumbnails"), lambda thumbnail: len(thumbnail.picture))


def made(upload: Upload, look: Look, waiting: Waiting | None = None) -> Thumbnail:
    """A photo as a thumbnail; ``waiting`` is called with the number of photos ahead of it. Raises PhotoError."""
    settings = _settings(upload, look)
    thumbnail = _thumbnails.get((upload.key, *settings), lambda: _make(upload, look, waiting))
    _held()[upload.key] = settings, thumbnail
    return thumbnail


def kept(upload: Upload, look: Look) -> Thumbnail | None:
    """A photo's thumbnail where the visit holds it, however long ago it was made.

    Whoever comes back to 200 photos after the minutes for which results are kept does not wait until all have been
    segmented again.
    """
    settings, thumbnail = _held().get(upload.key, (None, None))
    return thumbnail if settings == _settings(upload, look) else None


def forget_others(uploads: Sequence[Upload]) -> None:
    """Forget the thumbnails of photos that the visitor has removed."""
    keys = {upload.key for upload in uploads}
    for key in _held().keys() - keys:
        del _held()[key]


def _held() -> dict[str, tuple[Hashable, Thumbnail]]:
    return st.session_state.setdefault(HELD, {})


def _settings(upload: Upload, look: Look) -> tuple:
    """What a photo's thumbnail depends on."""
    return (is_clean(), upload.corrections, *look.key)


def _make(upload: Upload, look: Look, waiting: Waiting | None) -> Thumbnail:
    # Not by way of a preview, which takes three times the work and memory that a photo among two hundred is worth.
    kept = photos.segment(upload.data, upload.name, look, waiting, upload.file)
    segmentation = replace(kept.reduced(parts.SHOWN_SIDE), clean=is_clean(), corrections=upload.corrections)
    small = segmentation.reduced(SIDE)
    cut_out = CutoutOptions(clean=small.clean)
    pixels = on_checkerboard(small.cutout(cut_out)) if segmentation.has_subject else small.photo.pixels
    return Thumbnail(encode_jpeg(pixels), segmentation.subject_share, kept.photo.warnings)
