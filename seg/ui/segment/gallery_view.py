"""Several photos: segmented one after another, shown small, each leading to its own results, all in one ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from seg.inference.segmenter import Segmentation
from seg.photo import PhotoError
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.serve.queue import Waiting
from seg.ui.segment import photo_view
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import parts
from seg.ui.shared.language import t

CHOSEN_KEY = "segment-chosen"
SIDE = 240  # pixels of a thumbnail's longest side
IN_ZIP: dict[str, photo_view.Maker] = {
    "trimap": lambda whole: whole.trimap,
    "overlay": Segmentation.overlay,
    "cutout": Segmentation.cutout,
}


def show(uploads: Sequence[Upload], weights: Path) -> Upload | None:
    """Segment all, with progress; the one whose results the visitor wants to see, None where none could be read."""
    failures, progress = st.container(), st.empty()
    cell = parts.grid(150, align="bottom")
    wanted = st.session_state.get(CHOSEN_KEY)
    if wanted not in {upload.key for upload in uploads}:
        wanted = None
    chosen, good = None, []
    for number, upload in enumerate(uploads):
        text = t("segment.progress", number=number + 1, count=len(uploads), name=parts.plain(upload.name))
        done = number / len(uploads)
        progress.progress(done, text)

        def beside(words: str, done: float = done, text: str = text) -> None:
            progress.progress(done, f"{text} · {words}")

        try:
            picture, share = thumbnail(upload, weights, photo_view.tell(beside))
        except PhotoError as error:
            failures.error(parts.sentence(error), icon=":material/error:")
            continue
        good.append(upload)
        if upload.key == wanted or (wanted is None and chosen is None):
            chosen = upload
        with cell(), st.container(gap="xsmall"):
            _tile(upload, picture, share, chosen=upload is chosen)
    progress.empty()
    if len(good) > 1:
        _zip_button(good, weights)
    # The wanted one may be among those that cannot be read.
    return chosen or next(iter(good), None)


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
    """The cut-out, ``SIDE`` pixels at most, as JPEG (the photo where there is hardly any pet), and the share of pet.

    Raises PhotoError.
    """
    key = (upload.key, *networks.weights_key(weights))
    return _thumbnails.get(key, lambda: _thumbnail(upload, weights, waiting))


def _thumbnail(upload: Upload, weights: Path, waiting: Waiting | None) -> tuple[bytes, float]:
    own = photo_view.view(upload, weights, waiting)
    pixels = photo_view.on_checkerboard(own.cutout) if own.has_pet else own.photo
    buffer = io.BytesIO()
    Image.fromarray(parts.shown(pixels, SIDE)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue(), own.shares["pet"]


def _zip_button(uploads: Sequence[Upload], weights: Path) -> None:
    st.download_button(
        t("segment.download_zip", count=len(uploads)),
        lambda: make_zip(uploads, weights),
        "pets.zip",
        "application/zip",
        key="segment-download-zip",
        on_click="ignore",
        icon=":material/folder_zip:",
        type="primary",
        help=t("segment.download_zip_help"),
    )


def make_zip(uploads: Sequence[Upload], weights: Path) -> bytes:
    """Trimap, overlay and cut-out of all photos at their own sizes. Raises PhotoError."""
    buffer = io.BytesIO()
    taken: set[str] = set()
    # Stored as they are: PNG is compressed already.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for upload in uploads:
            stem = _free_name(upload.file_stem, taken)
            for kind, make in IN_ZIP.items():
                archive.writestr(f"{stem}-{kind}.png", photo_view.full_size(upload, weights, make))
    return buffer.getvalue()


def _free_name(stem: str, taken: set[str]) -> str:
    """The name itself, or with a number behind it where another photo has it; as no system tells case apart there."""
    name, number = stem, 2
    while name.lower() in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name.lower())
    return name
