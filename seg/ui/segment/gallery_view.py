"""Several photos: segmented one after another, shown small, each leading to its own results, all in one ZIP."""

from __future__ import annotations

import errno
import tempfile
import time
import zipfile
from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from seg.errors import SegError
from seg.files import free_name
from seg.inference.cutout_options import CutoutOptions
from seg.inference.segmenter import Segmentation
from seg.photo import PhotoError, PhotoWarning
from seg.pictures import encode_jpeg
from seg.serve import limits
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.serve.queue import Waiting
from seg.ui.segment import background_view, downloads, making, upload_form
from seg.ui.segment.downloads import Maker
from seg.ui.segment.making import Note
from seg.ui.segment.preview import announce, is_clean, on_checkerboard, preview_of
from seg.ui.segment.uploads import Upload
from seg.ui.shared import download_buttons, parts
from seg.ui.shared.language import t

OPACITY = 0.5  # of the overlays in the ZIP
SIDE = 240  # pixels of a thumbnail's longest side
UNIX, READABLE = 3, 0o644  # as ZIP files write a system and a file's permissions


def show(uploads: Sequence[Upload], look: Look) -> Upload | None:
    """Segment all photos, with progress; returns the one that is open, or None where no photo could be read."""
    failures, progress = st.container(), st.empty()
    cell = parts.grid(150, align="bottom")
    wanted = upload_form.opened(uploads)
    readable: list[Upload] = []
    wrong: list[tuple[Upload, PhotoWarning]] = []
    for number, upload in enumerate(uploads):
        text = t("segment.progress", number=number + 1, count=len(uploads), name=parts.plain(upload.name))
        done = number / len(uploads)
        progress.progress(done, text)

        def show_wait(words: str, done: float = done, text: str = text) -> None:
            progress.progress(done, f"{text} · {words}")

        try:
            picture, share, warnings = thumbnail(upload, look, announce(show_wait))
        except PhotoError as error:
            failures.error(parts.sentence(error), icon=":material/error:")
            continue
        readable.append(upload)
        wrong += [(upload, warning.of(upload.name)) for warning in warnings]
        with cell(), st.container(gap="xsmall", key=f"thumbnail-{upload.key}"):
            _tile(upload, picture, share, is_open=upload == wanted)
    progress.empty()
    if len(readable) > 1:
        _zip_button(readable, look)
    opened = wanted if wanted in readable else next(iter(readable), None)
    for upload, warning in wrong:
        if upload != opened:  # the photo that is open says its own
            failures.warning(parts.sentence(warning), icon=":material/warning:")
    return opened


# The whole tile can be pressed: style.css spreads its button over the picture.
def _tile(upload: Upload, picture: bytes, share: float, is_open: bool) -> None:
    st.image(picture, alt=t("segment.thumbnail_alt", share=share), width="stretch")
    st.button(
        parts.plain(upload.name),
        key=f"segment-open-{upload.key}",
        width="stretch",
        wrap=False,
        type="primary" if is_open else "tertiary",
        on_click=upload_form.open_photo,
        args=(upload.key,),
        help=t("segment.thumbnail_help", share=share),
    )


class Thumbnail(NamedTuple):
    """``picture``: the cut-out as JPEG, ``SIDE`` pixels at most, or the photo where nothing is cut out; ``share`` of
    its pixels that is the subject; ``warnings`` of the photo."""

    picture: bytes
    share: float
    warnings: tuple[PhotoWarning, ...]


_thumbnails: Cache[Thumbnail] = Cache(limits.memory_for("thumbnails"), lambda thumbnail: len(thumbnail.picture))


def thumbnail(upload: Upload, look: Look, waiting: Waiting | None = None) -> Thumbnail:
    """A photo as a thumbnail, made once. Raises PhotoError."""
    key = (upload.key, upload.corrections, *look.key)
    return _thumbnails.get((is_clean(), *key), lambda: _make_thumbnail(upload, look, waiting))


def _make_thumbnail(upload: Upload, look: Look, waiting: Waiting | None) -> Thumbnail:
    preview = preview_of(upload, look, waiting)
    pixels = on_checkerboard(preview.cutout) if preview.has_subject else preview.photo
    return Thumbnail(encode_jpeg(parts.shown(pixels, SIDE)), preview.subject_share, preview.warnings)


def _zip_button(uploads: Sequence[Upload], look: Look) -> None:
    chosen, side, made, clean = background_view.chosen(), downloads.chosen_side(), making.of_visitor(), is_clean()

    def data() -> bytes:
        with made.of_file() as note:
            return make_zip(uploads, look, chosen.get("background"), side, note, clean)

    download_buttons.file(
        t("segment.download_zip", count=len(uploads)),
        data,
        "pets.zip",
        key="segment-download-zip",
        icon=":material/folder_zip:",
        type="primary",
        help=t("segment.download_zip_help"),
    )


def make_zip(
    uploads: Sequence[Upload],
    look: Look,
    background: CutoutOptions | None = None,
    side: int | None = None,
    note: Note | None = None,
    clean: bool = True,
) -> bytes:
    """Trimap and overlay of every photo; where something is cut out, the cut-out, also on the background.

    The ZIP grows on disk, picture by picture; memory holds one picture at a time, and at the end the ZIP, which
    Streamlit takes as bytes. ``side``: pixels of the longest side, None: as large as the photos. ``note`` is called
    with the share of the photos that are done. Raises PhotoError, SegError for a ZIP that is too large, and for a full
    disk.
    """
    try:
        return _zip_of(uploads, look, background, side, note, clean)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SegError("zip_disk_full") from None


def _zip_of(
    uploads: Sequence[Upload],
    look: Look,
    background: CutoutOptions | None,
    side: int | None,
    note: Note | None,
    clean: bool,
) -> bytes:
    """As ``make_zip``. Raises OSError on a full disk."""
    taken: set[str] = set()
    # The file has no name, where the system allows it, and is gone when it is closed.
    with tempfile.TemporaryFile(prefix="seg-") as file:
        # PNG and JPEG are compressed already.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for number, upload in enumerate(uploads):
                if note:
                    note(number / len(uploads))
                stem = free_name(upload.file_stem, taken)
                for kind, make, settings, format in _in_zip(upload, look, background, clean):
                    data = downloads.picture_file(kind, upload, look, make, settings, side, format=format)
                    archive.writestr(_member(downloads.file_name(kind, stem, format)), data)
                    if file.tell() > limits.ZIP_MEGABYTES * limits.MEGA:
                        raise SegError("zip_large", most=str(limits.ZIP_MEGABYTES))
        file.seek(0)
        return file.read()


def _member(name: str) -> zipfile.ZipInfo:
    """A picture in a ZIP, with the time of now; everybody may read it once it is unpacked."""
    member = zipfile.ZipInfo(name, time.localtime()[:6])
    member.create_system = UNIX  # what the permissions are for, whatever system this is
    member.external_attr = READABLE << 16
    return member


def _in_zip(
    upload: Upload, look: Look, background: CutoutOptions | None, clean: bool
) -> Iterator[tuple[str, Maker, Hashable, str | None]]:
    """What the ZIP holds of a photo: kind, maker, what the maker depends on, and the format if it is chosen."""
    yield "trimap", lambda segmentation: segmentation.trimap, None, None
    yield "overlay", lambda segmentation: segmentation.overlay(OPACITY), OPACITY, None
    if preview_of(upload, look, clean=clean).has_subject:
        for kind, options in (("cutout", CutoutOptions(clean=clean)), ("background", background)):
            if options:
                yield kind, partial(Segmentation.cutout, options=options), options, options.file_format
