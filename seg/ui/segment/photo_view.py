"""One photo, segmented: overlay, cut-out, shares, a new background, how sure the network is, and the truth if known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from seg import pictures
from seg.classes import PETS
from seg.inference.matting import separate
from seg.inference.segmenter import Segmentation
from seg.metrics import confusion_matrix, iou_by_class, mean_iou
from seg.photo import PhotoError, read_photo
from seg.pictures import encode_png
from seg.serve import limits, networks, photos
from seg.serve.caches import Cache
from seg.serve.queue import Waiting
from seg.ui.segment import upload_form
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

PICTURE_WIDTH = 260  # pixels below which pictures no longer stand side by side
OPACITY_KEY, BACKGROUND_KEY = "segment-opacity", "segment-background"
COLOUR_KEY, BLUR_KEY, BACKDROP = "segment-colour", "segment-blur", "segment-backdrop"
BACKGROUNDS = ("colour", "blur", "photo")
STRONGEST_BLUR = 0.06  # of the longest side
SURE = 0.9  # probability from which on the network counts as sure
SQUARE = 0.016  # of the longest side: a square of the checkerboard

# A function of a whole segmentation, at the photo's own size, to the picture that is downloaded.
Maker = Callable[[Segmentation], np.ndarray]


@dataclass(frozen=True, eq=False)
class View:
    """What the page shows of a segmentation, no larger than it is shown.

    All uint8: ``photo`` and ``behind`` (the background, the pet painted over) ``(h, w, 3)``, ``labels`` ``(h, w)``,
    ``cutout`` ``(h, w, 4)``, ``confidence`` ``(h, w, 3)`` in colours. ``size``: the photo's own height and width.
    ``sure``: share of pixels of which the network is sure.
    """

    size: tuple[int, int]
    seconds: float
    shares: dict[str, float]
    has_pet: bool
    sure: float
    photo: np.ndarray
    labels: np.ndarray
    cutout: np.ndarray
    behind: np.ndarray
    confidence: np.ndarray


def _bytes(view: View) -> int:
    return sum(picture.nbytes for picture in (view.photo, view.labels, view.cutout, view.behind, view.confidence))


_views: Cache[View] = Cache(limits.VIEW_BYTES, _bytes)


def view(upload: Upload, weights: Path, waiting: Waiting | None = None) -> View:
    """What to show of a photo, made once for all visitors; ``waiting`` is told how many photos are before it.

    Raises PhotoError.
    """
    return _views.get((upload.key, *networks.weights_key(weights)), lambda: _view(upload, weights, waiting))


def tell(show: Callable[[str], object]) -> Waiting:
    """What tells a visitor, by ``show``, how many photos are before theirs."""

    def waiting(before: int) -> None:
        show(waiting_text(before))

    return waiting


def waiting_text(before: int) -> str:
    return t("segment.waiting", count=before) if before else t("segment.waiting_next")


def _view(upload: Upload, weights: Path, waiting: Waiting | None) -> View:
    whole = photos.segment(upload.data, upload.name, weights, waiting)
    # A copy: what it computes in floating point goes when the bytes below are made.
    own = replace(whole.reduced(parts.SHOWN_SIDE))
    pet, behind = separate(own.photo.pixels, own.alpha)
    confidence = own.confidence
    return View(
        whole.photo.own_size or whole.photo.size,
        own.seconds,
        own.shares,
        own.has_subject,
        float((confidence >= SURE).mean()),
        own.photo.pixels,
        own.labels,
        pictures.cutout(pet, own.alpha),
        behind,
        pictures.heat(confidence, 1 / len(PETS)),
    )


def show(upload: Upload, weights: Path) -> None:
    """Everything about one photo. Raises PhotoError."""
    place = st.empty()
    try:
        with st.spinner(t("segment.segmenting")):
            own = view(upload, weights, tell(place.caption))
    finally:
        place.empty()
    if not own.has_pet:
        st.warning(t("segment.no_pet", share=own.shares["pet"]), icon=":material/search_off:")
    _pictures(upload, weights, own)
    parts.legend()
    _figures(upload, own)
    cell = parts.grid(320)
    if own.has_pet:
        with cell():
            _new_background(upload, weights, own)
    with cell():
        _confidence(upload, weights, own)
    with guarded():
        _truth(upload, weights, own)


@st.fragment
def _pictures(upload: Upload, weights: Path, own: View) -> None:
    with guarded():
        cell = parts.grid(PICTURE_WIDTH)
        with cell():
            parts.picture(own.photo, t("common.photo"), t("segment.photo_alt"))
        with cell():
            # Below the picture that it changes, but its value is needed above.
            opacity = st.session_state.get(OPACITY_KEY, 50) / 100
            mixed = pictures.overlay(own.photo, own.labels, opacity)
            parts.picture(mixed, t("segment.overlay"), t("segment.overlay_alt", **own.shares))
            st.slider(t("segment.opacity"), 0, 100, 50, 5, "%d %%", key=OPACITY_KEY, persist_state="session")
        if own.has_pet:
            with cell():
                parts.picture(on_checkerboard(own.cutout), t("segment.cutout"), t("segment.cutout_alt"))
        with st.container(horizontal=True):
            if own.has_pet:
                _download("cutout", upload, weights, Segmentation.cutout, main=True)
            _download("overlay", upload, weights, lambda whole: whole.overlay(opacity))
            _download("trimap", upload, weights, lambda whole: whole.trimap)


def on_checkerboard(cutout: np.ndarray) -> np.ndarray:
    """A cut-out ``(H, W, 4)`` on the squares that stand for what is clear, RGB uint8 ``(H, W, 3)``."""
    height, width = cutout.shape[:2]
    square = max(4, round(SQUARE * max(height, width)))
    return pictures.over(cutout, pictures.checkerboard(height, width, square))


def _figures(upload: Upload, own: View) -> None:
    cell = parts.grid(130)
    for member in PETS:
        name = t(f"common.{member.name}").capitalize()
        cell().metric(name, f"{own.shares[member.name]:.1%}", help=t(f"segment.share_{member.name}"))
    cell().metric(t("segment.time"), t("common.seconds", seconds=own.seconds), help=t("segment.time_help"))
    st.caption(f"{parts.plain(upload.name)} · {own.size[1]} × {own.size[0]} px")


@st.fragment
def _new_background(upload: Upload, weights: Path, own: View) -> None:
    with guarded():
        st.header(t("segment.background"), anchor=False)
        kind = st.segmented_control(
            t("segment.background"),
            BACKGROUNDS,
            default=BACKGROUNDS[0],
            key=BACKGROUND_KEY,
            required=True,
            format_func=lambda name: t(f"segment.background_{name}"),
            label_visibility="collapsed",
            persist_state="session",
        )
        backdrop = _ask_background(kind or BACKGROUNDS[0])
        if backdrop is None:
            st.info(t("segment.backdrop_missing"), icon=":material/wallpaper:")
            return
        parts.picture(
            pictures.over(own.cutout, backdrop(own.behind)),
            t("segment.background_caption"),
            t(f"segment.background_{kind}_alt"),
        )
        _download("background", upload, weights, lambda whole: _on_background(whole, backdrop))


def _ask_background(kind: str) -> Callable[[np.ndarray], np.ndarray] | None:
    """A function of what was behind the pet, RGB ``(H, W, 3)`` of any size, to what shall be; None while unknown."""
    if kind == "colour":
        colour = st.color_picker(t("segment.colour"), "#2A9D8F", key=COLOUR_KEY, persist_state="session")
        rgb = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
        return lambda behind: np.full_like(behind, rgb)
    if kind == "blur":
        strength = st.slider(t("segment.blur"), 5, 100, 40, 5, "%d %%", key=BLUR_KEY, persist_state="session")
        return lambda behind: pictures.blurred(behind, strength / 100 * STRONGEST_BLUR)
    upload_form.uploader(t("segment.backdrop"), BACKDROP, several=False)
    given = st.session_state.get(BACKDROP)
    if not given:
        return None
    photo = read_photo(given[0].data, given[0].name, limits.MAX_PIXELS).pixels
    return lambda behind: pictures.fitted(photo, *behind.shape[:2])


def _on_background(whole: Segmentation, backdrop: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    pet, behind = separate(whole.photo.pixels, whole.alpha)
    return pictures.over(pictures.cutout(pet, whole.alpha), backdrop(behind))


def _confidence(upload: Upload, weights: Path, own: View) -> None:
    st.header(t("segment.confidence"), anchor=False, help=t("segment.confidence_help"))
    st.markdown(t("segment.confidence_text", share=own.sure, sure=SURE))
    parts.picture(own.confidence, t("segment.confidence_caption"), t("segment.confidence_alt", share=own.sure))
    scale = pictures.heat(np.linspace(0, 1, 256)[np.newaxis].repeat(12, axis=0))
    st.image(scale, alt="", width="stretch")
    st.caption(t("segment.confidence_scale", least=1 / len(PETS)))
    _download("confidence", upload, weights, lambda whole: pictures.heat(whole.confidence, 1 / len(PETS)))


def _truth(upload: Upload, weights: Path, own: View) -> None:
    try:
        found = upload_form.true_labels(upload, own.size)
    except PhotoError as error:
        st.warning(parts.sentence(error), icon=":material/rule:")
        return
    if found is None:
        return
    true, source = found
    predicted, confusion = _judged(
        upload.key,
        str(weights),
        weights.stat().st_mtime_ns,
        hashlib.sha256(true.tobytes()).hexdigest(),
        _upload=upload,
        _true=true,
    )
    st.header(t("segment.truth"), anchor=False)
    st.caption(t(f"segment.truth_{source}") + (" " + t("common.cite") if source == "dataset" else ""))
    cell = parts.grid(130)
    cell().metric(t("common.mean_iou"), f"{mean_iou(confusion):.1%}", help=t("results.mean_iou_help"))
    for member, iou in zip(PETS, iou_by_class(confusion), strict=True):
        value = "–" if np.isnan(iou) else f"{iou:.1%}"
        cell().metric(
            t("results.iou_of", name=t(f"common.{member.name}")), value, help=t(f"results.{member.name}_help")
        )
    size = own.labels.shape[::-1]
    small = np.asarray(Image.fromarray(true).resize(size, Image.Resampling.NEAREST))
    shown = (
        (own.photo, "common.photo"),
        (pictures.colour_labels(small), "common.true_trimap"),
        (pictures.colour_labels(own.labels), "common.predicted_trimap"),
        (pictures.mistakes(small, own.labels, own.photo), "results.mistakes"),
    )
    cell = parts.grid(170)
    for picture, title in shown:
        with cell():
            parts.picture(picture, t(title), t(title))
    _download("triptych", upload, weights, lambda whole: pictures.triptych(whole.photo.pixels, true, predicted))


# The labels of a photo of 12 megapixels take 12 MB.
@st.cache_resource(max_entries=8, show_spinner=False)
def _judged(
    key: str, weights: str, changed: int, truth: str, _upload: Upload, _true: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The predicted labels at the photo's own size, and the confusion matrix with the true ones."""
    with photos.full_size(_upload.data, _upload.name, Path(weights)) as segmentation:
        predicted = segmentation.labels
    return predicted, confusion_matrix(_true, predicted, len(PETS))


# Downloads


def _download(kind: str, upload: Upload, weights: Path, make: Maker, main: bool = False) -> None:
    """A button that makes a picture at the photo's own size when it is pressed."""
    st.download_button(
        t(f"segment.download_{kind}"),
        lambda: full_size(upload, weights, make),
        f"{upload.file_stem}-{kind}.png",
        "image/png",
        key=f"segment-download-{kind}",
        on_click="ignore",
        icon=":material/download:",
        type="primary" if main else "secondary",
        help=t(f"segment.download_{kind}_help"),
    )


def full_size(upload: Upload, weights: Path, make: Maker) -> bytes:
    """A picture at the photo's own size as PNG. Raises PhotoError."""
    with photos.full_size(upload.data, upload.name, weights) as segmentation:
        return encode_png(make(segmentation), level=3)
