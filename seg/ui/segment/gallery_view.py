"""Several photos: segmented one after another, shown small, each leading to its own results, all in one ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from seg.files import free_name
from seg.inference.segmenter import Segmentation
from seg.photo import PhotoError
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.serve.queue import Waiting
from seg.ui.segment.downloads import Maker, full_size
from seg.ui.segment.preview import announce, on_checkerboard, preview_of
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.language import t

CHOSEN_KEY = "segment-chosen"  # the key of the photo whose results are shown
SIDE = 240  # pixels of a thumbnail's longest side
IN_ZIP: dict[str, Maker] = {
    "trimap": lambda segmentation: segmentation.trimap,
    "overlay": Segmentation.overlay,
    "cutout": Segmentation.cutout,
}


def show(uploads: Sequence[Upload], weights: Path) -> Upload | None:
    """Segment all photos, with progress; returns the chosen one, or None where no photo could be read."""
    failures, progress = st.container(), st.empty()
    cell = parts.grid(150, align="bottom")
    wanted = st.session_state.get(CHOSEN_KEY)
    if wanted not in {upload.key for upload in uploads}:
        wanted = None
    chosen, readable = None, []
    for number, upload in enumerate(uploads):
        text = t("segment.progress", number=number + 1, count=len(uploads), name=parts.plain(upload.name))
        done = number / len(uploads)
        progress.progress(done, text)

        def show_wait(words: str, done: float = done, text: str = text) -> None:
            progress.progress(done, f"{text} · {words}")

        try:
            picture, share = thumbnail(upload, weights, announce(show_wait))
        except PhotoError as error:
            failures.error(parts.sentence(error), icon=":material/error:")
            continue
        readable.append(upload)
        if upload.key == wanted or (wanted is None and chosen is None):
            chosen = upload
        with cell(), st.container(gap="xsmall"):
            _tile(upload, picture, share, chosen=upload is chosen)
    progress.empty()
    if len(readable) > 1:
        _zip_button(readable, weights)
    # The wanted photo may be one that cannot be read.
    return chosen or next(iter(readable), None)


def _tile(upload: Upload, picture: bytes, share: float, chosen: bool) -> None:
    st.image(picture, alt=t("segment.thumbnail_alt", share=share), width="stretch")
    st.button(
        parts.plain(upload.name),
        key=f"segment-open-{upload.key}",
        width="stretch",
        wrap=False,
        type="primary" if chosen else "tertiary",
        on_click=_open,
        args=(upload.key,),
        help=t("segment.thumbnail_help", share=share),
    )


def _open(key: str) -> None:
    """A button's callback: show this photo's results from the next run on."""
    st.session_state[CHOSEN_KEY] = key


_thumbnails: Cache[tuple[bytes, float]] = Cache(limits.THUMBNAIL_BYTES, lambda thumbnail: len(thumbnail[0]))


def thumbnail(upload: Upload, weights: Path, waiting: Waiting | None = None) -> tuple[bytes, float]:
    """The cut-out, ``SIDE`` pixels at most, as JPEG, and the share of the subject; the photo where nothing is cut out.

    Raises PhotoError.
    """
    key = (upload.key, *networks.weights_key(weights))
    return _thumbnails.get(key, lambda: _make_thumbnail(upload, weights, waiting))


def _make_thumbnail(upload: Upload, weights: Path, waiting: Waiting | None) -> tuple[bytes, float]:
    preview = preview_of(upload, weights, waiting)
    pixels = on_checkerboard(preview.cutout) if preview.has_subject else preview.photo
    buffer = io.BytesIO()
    Image.fromarray(parts.shown(pixels, SIDE)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue(), preview.subject_share


def _zip_button(uploads: Sequence[Upload], weights: Path) -> None:
    download_buttons.file(
        t("segment.download_zip", count=len(uploads)),
        lambda: make_zip(uploads, weights),
        "pets.zip",
        key="segment-download-zip",
        icon=":material/folder_zip:",
        type="primary",
        help=t("segment.download_zip_help"),
    )


def make_zip(uploads: Sequence[Upload], weights: Path) -> bytes:
    """Trimap, overlay and cut-out of every photo at its full size. Raises PhotoError."""
    buffer = io.BytesIO()
    taken: set[str] = set()
    # PNG is compressed already.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for upload in uploads:
            stem = free_name(upload.file_stem, taken)
            for kind, make in IN_ZIP.items():
                archive.writestr(f"{stem}-{kind}.png", full_size(upload, weights, make))
    return buffer.getvalue()
