"""All pairs to browse: thumbnails under their overlay, filtered and sorted, each leading to its pair."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

from seg.classes import PETS
from seg.data.dataset import SPLITS, Dataset, Sample, read_trimap
from seg.photo import PhotoError, check_image, open_image
from seg.pictures import overlay
from seg.ui.dataset.pair_view import breed_title, choose_pair, stamp
from seg.ui.shared import parts
from seg.ui.shared.language import t

PER_PAGE = 20  # rows of five on a desk, of two on a phone
SIDE = 240  # pixels of a thumbnail's longest side
OPACITY = 0.45
VIEW_KEY, PAIR_VIEW = "view", "pair"
ANY = "any"
PET = PETS["pet"].label

SORTS: dict[str, Callable[[Sample], tuple]] = {
    "name": lambda sample: (sample.name,),
    "largest": lambda sample: (-sample.share(PET), sample.name),
    "smallest": lambda sample: (sample.share(PET), sample.name),
}


def show(dataset: Dataset) -> None:
    part, species, breed, order = _ask(dataset)
    samples = select(dataset, part, species, breed, order)
    if not samples:
        st.info(t("dataset.none_match"), icon=":material/filter_alt_off:")
        return
    st.caption(t("dataset.matches", count=len(samples), total=len(dataset)))
    parts.legend()
    # The pictures come first on the page, but which ones is chosen below them.
    pictures = st.container()
    page, pages = 1, -(-len(samples) // PER_PAGE)
    if pages > 1:
        # Another question starts on its first page: it has a key of its own.
        page = st.pagination(pages, key=f"gallery-page-{part}-{species}-{breed}-{order}", persist_state="session")
    with pictures:
        _thumbnails(samples[(page - 1) * PER_PAGE : page * PER_PAGE])


def _ask(dataset: Dataset) -> tuple[str, str, str | None, str]:
    """What the visitor wants to see: part, species, breed (None for all of them), order."""
    kinds = sorted({sample.species for sample in dataset if sample.species})
    cell = parts.grid(170)
    with cell():
        part = _choice("part", ("all", *SPLITS), "dataset.part_{}")
    with cell():
        species = _choice("species", (ANY, *kinds), "dataset.{}")
    breeds = {sample.breed for sample in dataset if sample.breed and species in (ANY, sample.species)}
    with cell():
        breed = st.selectbox(
            t("dataset.breed"),
            sorted(breeds, key=str.lower),
            index=None,
            placeholder=t("dataset.any_breed"),
            format_func=breed_title,
            key="gallery-breed",
            persist_state="session",
        )
    with cell():
        order = _choice("sort", tuple(SORTS), "dataset.sort_{}")
    return part, species, breed, order


def _choice(key: str, options: tuple[str, ...], text: str) -> str:
    return st.selectbox(
        t(f"dataset.{key}"),
        options,
        format_func=lambda option: t(text.format(option)),
        key=f"gallery-{key}",
        persist_state="session",
    )


def select(dataset: Dataset, part: str, species: str, breed: str | None, order: str) -> list[Sample]:
    """The pairs of a part, a species and a breed, in an order of ``SORTS``."""
    chosen = [
        sample for sample in dataset.split(part) if species in (ANY, sample.species) and breed in (None, sample.breed)
    ]
    return sorted(chosen, key=SORTS[order])


def _thumbnails(samples: Sequence[Sample]) -> None:
    cell = parts.grid(150, align="bottom")
    for sample in samples:
        with cell(), st.container(gap="xsmall"):
            try:
                data = thumbnail(sample)
            except (PhotoError, OSError):
                st.warning(t("dataset.gone"), icon=":material/broken_image:")
            else:
                st.image(data, alt=t("dataset.thumbnail_alt", name=sample.name, share=sample.share(PET)))
            st.button(
                parts.plain(sample.name),
                key=f"open-{sample.name}",
                type="tertiary",
                width="stretch",
                help=t("dataset.open_help", share=sample.share(PET)),
                on_click=_open,
                args=(sample.name,),
            )


def _open(name: str) -> None:
    choose_pair(name)
    st.session_state[VIEW_KEY] = PAIR_VIEW


def thumbnail(sample: Sample) -> bytes:
    """The photo under its trimap's colours, ``SIDE`` pixels at most, as JPEG. Raises PhotoError, OSError."""
    return _thumbnail(stamp(sample.photo), stamp(sample.trimap), _sample=sample)


# Some 8 kB each: 1,709 pairs take 14 MB, the whole official dataset fits too.
@st.cache_data(max_entries=8000, show_spinner=False)
def _thumbnail(photo: tuple, trimap: tuple, _sample: Sample) -> bytes:
    image = open_image(_sample.photo.read_bytes(), _sample.name)
    check_image(image, _sample.name)
    try:
        # A JPEG is decoded at the next larger size of an eighth, a quarter or a half: a fraction of the arithmetic.
        image.draft("RGB", (SIDE, SIDE))
        small = ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # see photo.py: damaged files raise nearly anything
        raise PhotoError("photo_damaged", name=_sample.name, reason=error) from None
    small.thumbnail((SIDE, SIDE))
    labels = PETS.to_labels(read_trimap(_sample.trimap))
    fitted = np.asarray(Image.fromarray(labels).resize(small.size, Image.Resampling.NEAREST))
    buffer = io.BytesIO()
    Image.fromarray(overlay(np.asarray(small), fitted, OPACITY)).save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
