"""Many photos: segmented one after another, shown small as they are done, each with its results, all in one ZIP."""

from __future__ import annotations

import errno
import tempfile
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import streamlit as st

from seg import memory
from seg.errors import SegError
from seg.files import free_name
from seg.inference.cutout_options import CutoutOptions
from seg.inference.many import in_order
from seg.photo import PhotoError
from seg.serve import limits
from seg.serve.networks import Look
from seg.ui.segment import background_view, downloads, making, thumbnails, upload_form
from seg.ui.segment.making import Note
from seg.ui.segment.preview import announce, is_clean
from seg.ui.segment.thumbnails import Thumbnail
from seg.ui.segment.uploads import Upload
from seg.ui.shared import download_buttons, parts, steps
from seg.ui.shared.language import t

OPACITY = 0.5  # of the overlays in the ZIP
PER_PAGE = 20  # as in the dataset's gallery: rows of five on a desk, of two on a phone
LEAST_TIMED = 3  # photos by which the time that is left is known
LARGE_BYTES = 12 * 2**20  # of a photo's file: those of 12 megapixels have half of that
MOST_BOXES = 3  # errors with a box each; more share one
UNIX, READABLE = 3, 0o644  # as ZIP files write a system and a file's permissions


def show(uploads: Sequence[Upload], look: Look, show_results: Callable[[Upload], None]) -> None:
    """Segment all photos, with progress and the time that is left; those of one page are shown, as they are done.

    The one that is open comes first: ``show_results`` shows its results at once, whatever others there are. Where it
    cannot be read, that is the next one that can, which most often came together with it. Problems with single photos
    come at the end.
    """
    wanted = upload_form.opened(uploads)
    thumbnails.forget_others(uploads)
    progress, tiles = st.empty(), st.container()
    on_page = _page(uploads, wanted)
    with tiles:
        cell = parts.grid(150, align="bottom")
    run = _Run(len(uploads), progress.progress)
    opened: Upload | None = None
    done: dict[Upload, Thumbnail | None] = {}
    undrawn = deque(on_page)

    def wanted_first() -> Iterator[Upload]:
        for upload in uploads[uploads.index(wanted) :]:
            yield upload
            if done[upload]:
                break
        yield from on_page
        yield from uploads

    for upload in wanted_first():
        if upload in done:
            continue
        done[upload] = run.thumbnail_of(upload, look)
        if opened is None and done[upload]:
            opened = upload
            show_results(upload)
        # Tiles come in the order of the photos, though the one that is open was done before them.
        while undrawn and undrawn[0] in done:
            photo = undrawn.popleft()
            thumbnail = done[photo]
            if thumbnail:
                with cell(), st.container(gap="xsmall", key=f"thumbnail-{photo.key}"):
                    _tile(photo, thumbnail.picture, thumbnail.share, is_open=photo == opened)
    progress.empty()
    if run.has_made_many:
        memory.give_back()
    readable = [upload for upload in uploads if done[upload]]
    if len(readable) > 1:
        with st.container(horizontal=True):
            if opened:
                place = readable.index(opened)
                after = readable[(place + 1) % len(readable)]
                steps.show("segment", "segment-step", readable[place - 1].key, after.key, _turn_to)
            _zip_button(readable, look)
    _problems(uploads, done, run.errors, opened)


def _page(uploads: Sequence[Upload], wanted: Upload) -> Sequence[Upload]:
    """Those of the photos whose tiles are shown; at first the page of the photo that is open."""
    pages = -(-len(uploads) // PER_PAGE)
    page = 1
    if pages > 1:
        # Another number of photos starts on the page of the one that has just come, because the key differs.
        key = _page_key(len(uploads))
        st.session_state.setdefault(key, uploads.index(wanted) // PER_PAGE + 1)
        page = st.pagination(pages, key=key, persist_state="session")
    return uploads[(page - 1) * PER_PAGE : page * PER_PAGE]


def _page_key(count: int) -> str:
    return f"segment-page-{count}"


def _turn_to(key: str) -> None:
    """A button's callback: open this photo, on the page that has its tile."""
    upload_form.open_photo(key)
    keys = [photo.key for photo in upload_form.photos_given()]
    st.session_state[_page_key(len(keys))] = keys.index(key) // PER_PAGE + 1


class _Run:
    """Photos that become thumbnails, one after another, while a bar says how many are done and how long it takes.

    ``errors``: of photos that cannot be read.
    """

    def __init__(self, count: int, bar: Callable[[float, str], object]):
        self.errors: dict[Upload, PhotoError] = {}
        self._count, self._bar = count, bar
        self._done = 0
        self._seconds: list[float] = []  # of the photos that were not kept

    def thumbnail_of(self, upload: Upload, look: Look) -> Thumbnail | None:
        """None where the photo cannot be read."""
        since = time.monotonic()
        try:
            kept = thumbnails.kept(upload, look)
            if kept is None:
                text, share = self._text(upload), self._done / self._count
                self._bar(share, text)
                waiting = announce(lambda words: self._bar(share, f"{text} · {words}"))
                kept = thumbnails.made(upload, look, waiting)
                self._seconds.append(time.monotonic() - since)
            return kept
        except PhotoError as error:
            self.errors[upload] = error
            return None
        finally:
            self._done += 1

    @property
    def has_made_many(self) -> bool:
        """Whether so many photos were not kept that they leave free memory in pieces."""
        return len(self._seconds) > PER_PAGE

    def _text(self, upload: Upload) -> str:
        name = parts.plain(upload.name)
        text = t("segment.progress", number=self._done + 1, count=self._count, name=name)
        if len(self._seconds) < LEAST_TIMED:
            return text
        seconds = sum(self._seconds) / len(self._seconds) * (self._count - self._done)
        left = t("segment.left_minutes", count=-(-seconds // 60)) if seconds > 90 else t("segment.left", count=seconds)
        return f"{text} · {left}"


def _problems(
    uploads: Sequence[Upload],
    done: Mapping[Upload, Thumbnail | None],
    errors: Mapping[Upload, PhotoError],
    opened: Upload | None,
) -> None:
    """What is wrong with photos; the photo that is open says its own warnings."""
    _boxes(st.error, ":material/error:", [errors[upload] for upload in uploads if upload in errors])
    warnings = [
        warning.of(upload.name)
        for upload in uploads
        for warning in getattr(done[upload], "warnings", ())
        if upload != opened
    ]
    _boxes(st.warning, ":material/warning:", warnings)


def _boxes(box: Callable[..., object], icon: str, problems: Sequence[SegError]) -> None:
    sentences = [parts.sentence(problem) for problem in problems]
    if len(sentences) <= MOST_BOXES:
        for sentence in sentences:
            box(sentence, icon=icon)
        return
    with st.expander(t("segment.problems", count=len(sentences)), icon=icon, expanded=True), st.container(height=240):
        st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


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

    The ZIP grows on disk, photo by photo; memory holds the pictures of a few photos at a time, and at the end the ZIP,
    which Streamlit takes as bytes. ``side``: pixels of the longest side, None: as large as the photos. ``note`` is
    called with the share of the photos that are done. Raises PhotoError, SegError for a ZIP that is too large, and for
    a full disk.
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
    named = [(upload, free_name(upload.file_stem, taken)) for upload in uploads]

    def work(item: tuple[Upload, str]) -> list[tuple[str, bytes]]:
        return _pictures(*item, look, background, side, clean)

    # Photos side by side, no more than the server works on for all visitors (photos.full_size); and none far ahead of
    # the one that is written, as their pictures are in memory: of very large photos some 150 MB each, one at a time.
    is_large = any(upload.size > LARGE_BYTES for upload in uploads)
    at_once, most_waiting = (1, 1) if is_large else (limits.PHOTOS_AT_ONCE, limits.PHOTOS_AT_ONCE + 1)
    made = in_order(named, work, lambda _: 0, at_once=at_once, most_waiting=most_waiting)
    # The file has no name, where the system allows it, and is gone when it is closed.
    with closing(made), tempfile.TemporaryFile(prefix="seg-") as file:
        # PNG and JPEG are compressed already.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for number, pictures in enumerate(made, 1):
                for name, data in pictures:
                    archive.writestr(_member(name), data)
                    if file.tell() > limits.ZIP_MEGABYTES * limits.MEGA:
                        raise SegError("zip_large", most=str(limits.ZIP_MEGABYTES))
                if note:
                    note(number / len(uploads))
        memory.give_back()  # of hundreds of photos, pieces of memory have stayed
        file.seek(0)
        return file.read()


def _member(name: str) -> zipfile.ZipInfo:
    """A picture in a ZIP, with the time of now; everybody may read it once it is unpacked."""
    member = zipfile.ZipInfo(name, time.localtime()[:6])
    member.create_system = UNIX  # what the permissions are for, whatever system this is
    member.external_attr = READABLE << 16
    return member


def _pictures(
    upload: Upload, stem: str, look: Look, background: CutoutOptions | None, side: int | None, clean: bool
) -> list[tuple[str, bytes]]:
    """What the ZIP holds of a photo: files by name. One matte serves all of them."""
    with downloads.full_size(upload, look) as full_size:
        segmentation = replace(full_size.reduced(side) if side else full_size, clean=clean)

        def file(kind: str, pixels: np.ndarray, format: str | None = None) -> tuple[str, bytes]:
            data = downloads.encoded(pixels, format or downloads.format_of(kind), segmentation)
            return downloads.file_name(kind, stem, format), data

        files = [file("trimap", segmentation.trimap), file("overlay", segmentation.overlay(OPACITY))]
        if segmentation.has_subject:
            for kind, options in (("cutout", CutoutOptions(clean=clean)), ("background", background)):
                if options:
                    files.append(file(kind, segmentation.cutout(options), options.file_format))
        return files
