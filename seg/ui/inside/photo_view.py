"""The photo that the page looks into the network with, and what the network made of it, kept for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from seg.classes import Classes
from seg.data.dataset import Dataset
from seg.images import resize_photo
from seg.inference.inside import strongest
from seg.network.architecture import INPUT_SIZE, SKIPS
from seg.network.vgg16 import ENCODER_CONVOLUTIONS
from seg.network.weights import WeightsError, read_info
from seg.photo import Photo, read_photo
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.ui.segment import upload_form
from seg.ui.segment.uploads import Upload
from seg.ui.shared import address, choices, download_buttons, parts
from seg.ui.shared.language import t
from seg.ui.shared.select_box import select_box

PHOTO_KEY = "inside-photo"  # of the widget, and of the query parameter
IN_USE = ""  # the choice that stands for the photo of the Segment page; no file has this name
MOST_MAPS = 48
TOPMOST_TAP = "block5_pool"
STEP_OF = {"block5_conv3": 1, "block4_conv3": 2, "block3_conv3": 3}  # of the decoder, which the tap is added to


@dataclass(frozen=True, eq=False)
class Subject:
    """A photo and the weights it is shown to.

    ``image``: what the network sees, RGB uint8 ``(224, 224, 3)``; ``classes``: what the weights tell apart.
    """

    upload: Upload
    photo: Photo
    image: np.ndarray
    weights: Path
    classes: Classes

    @property
    def key(self) -> tuple[str, str, int]:
        """What the network's answer depends on: the photo's content, and the weight file."""
        return self.upload.key, str(self.weights), self.weights.stat().st_mtime_ns


@dataclass(frozen=True, eq=False)
class Maps:
    """A layer's strongest channels, at most ``MOST_MAPS``, strongest first.

    ``shape``: the layer's ``(h, w, channels)``; ``silent``: how many of all its channels are zero everywhere;
    ``means`` and ``maps`` are one a channel named in ``channels``; a map is uint8 ``(h, w)``, from 0 at its least value
    to 255 at its largest.
    """

    shape: tuple[int, ...]
    silent: int
    channels: list[int]
    means: list[float]
    maps: list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Skips:
    """The taps, the additions, and the answers without a skip.

    ``means``: the mean over all channels, float32 ``(h, w)``, by the layer's name. ``probabilities``: float32
    ``(h, w, C)`` by the tap left out, None for the complete network.
    """

    means: dict[str, np.ndarray]
    probabilities: dict[str | None, np.ndarray]

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in (*self.means.values(), *self.probabilities.values()))


_kept_maps: Cache[Maps] = Cache(limits.memory_for("maps"), lambda maps: sum(one.nbytes for one in maps.maps))
_kept_skips: Cache[Skips] = Cache(limits.memory_for("skips"), lambda skips: skips.nbytes)
# A name and a number for each of 14 layers.
_kept_scales: Cache[dict[str, float]] = Cache(limits.memory_for("scales"), lambda scales: 150 * len(scales))


def choose() -> Subject | None:
    """Ask for the photo and show it small; None, with a sentence, where there are no weights. Raises PhotoError."""
    try:
        weights = choices.weights()
    except WeightsError:
        st.info(t("inside.no_weights"), icon=":material/model_training:")
        return None
    dataset = choices.dataset()
    names = [sample.name for sample in dataset]
    given = upload_form.in_use()
    given_name = given.name  # Streamlit keeps what a widget's function holds for as long as the visit lasts
    with st.container(horizontal=True, vertical_alignment="center"):
        frame = st.empty()
        with st.container(width=340):
            address.recall(PHOTO_KEY, [IN_USE, *names], IN_USE)
            # The name of an upload is shown as a label: plain text in a list, never Markdown.
            chosen = select_box(
                t("inside.photo"),
                [IN_USE, *names],
                PHOTO_KEY,
                format_func=lambda name: name or t("inside.photo_in_use", name=given_name),
                help=t("inside.photo_help"),
            )
            address.note(PHOTO_KEY, IN_USE)
            if chosen and dataset.is_of_oxford:
                st.caption(t("common.cite"))
    upload = _of_dataset(dataset, chosen) if chosen else given
    photo = read_photo(upload.data, upload.name, limits.MAX_PIXELS, draft=limits.DRAFT_SIDE)
    image = resize_photo(photo.pixels, INPUT_SIZE)
    frame.image(image, width=112, alt=t("inside.photo_alt"))
    return Subject(upload, photo, image, weights, read_info(weights).classes)


def _of_dataset(dataset: Dataset, name: str) -> Upload:
    return Upload.of(name, dataset[name].photo.read_bytes())


def maps(subject: Subject, layer: str) -> Maps:
    """The strongest feature maps of a layer."""
    with st.spinner(t("common.loading_network")):
        return _kept_maps.get((*subject.key, layer), lambda: _maps(subject, layer))


def _maps(subject: Subject, layer: str) -> Maps:
    activations = networks.inside(subject.weights).activations(subject.image, layer)
    channels = strongest(activations, MOST_MAPS)
    return Maps(
        activations.shape,
        int((activations == 0).all(axis=(0, 1)).sum()),
        channels,
        [float(activations[..., channel].mean()) for channel in channels],
        [_levels(activations[..., channel]) for channel in channels],
    )


def _levels(values: np.ndarray) -> np.ndarray:
    """One channel ``(h, w)`` as uint8 from its least to its largest value: without folding, values may be huge."""
    low, high = float(values.min()), float(values.max())
    # A channel that is the same everywhere has no pattern to show.
    return (
        np.zeros(values.shape, np.uint8)
        if high <= low
        else ((values - low) / (high - low) * 255).round().astype(np.uint8)
    )


def skips(subject: Subject) -> Skips:
    """The taps, what each is added to, the sums, and the answers without each."""
    with st.spinner(t("common.loading_network")):
        return _kept_skips.get(subject.key, lambda: _skips(subject.weights, subject.image))


def _skips(weights: Path, image: np.ndarray) -> Skips:
    look = networks.inside(weights)
    names = [
        *SKIPS,
        TOPMOST_TAP,
        *(f"decoder{step}_conv" for step in STEP_OF.values()),
        *(f"skip_{tap}" for tap in SKIPS),
    ]
    activations = look.activations_by_layer(image, tuple(names))
    return Skips(
        {name: values.mean(axis=2) for name, values in activations.items()},
        dict(zip((None, *SKIPS), look.probabilities(image, (None, *SKIPS)), strict=True)),
    )


def scales(subject: Subject) -> dict[str, float]:
    """The mean activation of each of the encoder's convolutions, and of its last pool, by name."""
    with st.spinner(t("common.loading_network")):
        return _kept_scales.get(subject.key, lambda: _scales(subject))


def _scales(subject: Subject) -> dict[str, float]:
    look = networks.inside(subject.weights)
    activations = look.activations_by_layer(subject.image, (*ENCODER_CONVOLUTIONS, TOPMOST_TAP))
    return {name: float(values.mean()) for name, values in activations.items()}


def file_name(subject: Subject, what: str) -> str:
    """A safe name for a download."""
    return f"{subject.upload.file_stem}-{download_buttons.safe_stem(what)}.png"


def enlarged(picture: np.ndarray, side: int) -> np.ndarray:
    """A small picture with its pixels repeated to about ``side``, so that each can be seen; a larger one reduced."""
    times = max(1, side // max(picture.shape[:2]))
    return parts.shown(picture.repeat(times, axis=0).repeat(times, axis=1), side)
