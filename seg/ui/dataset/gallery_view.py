"""All pairs to browse: thumbnails under their overlay, filtered and sorted, each leading to its pair."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from seg.classes import Classes, PixelClass
from seg.data.dataset import Dataset, Sample
from seg.data.split_schemes import SPLITS
from seg.photo import PhotoError, read_photo
from seg.pictures import overlay
from seg.serve import limits
from seg.serve.caches import Cache
from seg.ui.dataset.pair_view import PAIR_KEY, stamp
from seg.ui.shared import address, parts
from seg.ui.shared.language import t
from seg.ui.shared.select_box import select_box

PER_PAGE = 20  # rows of five on a desk, of two on a phone
SIDE = 240  # pixels of a thumbnail's longest side
OPACITY = 0.45
VIEW_KEY, PAIR_VIEW = "view", "pair"
ANY = "any"
SORTS = ("name", "largest", "smallest")


def show(dataset: Dataset) -> None:
    split, species, breed, order = _ask(dataset)
    samples = select(dataset, split, species, breed, order)
    if not samples:
        st.info(t("dataset.none_match"), icon=":material/filter_alt_off:")
        return
    st.caption(t("dataset.matches", count=len(samples), total=len(dataset)))
    parts.legend(dataset.classes, with_truth=True)
    # The pictures come first on the page, but which ones is chosen below them.
    pictures = st.container()
    page, pages = 1, -(-len(samples) // PER_PAGE)
    if pages > 1:
        # Another filter starts on its first page, because its key differs.
        page = st.pagination(pages, key=f"gallery-page-{split}-{species}-{breed}-{order}", persist_state="session")
    with pictures:
        _thumbnails(dataset, samples[(page - 1) * PER_PAGE : page * PER_PAGE])


def _ask(dataset: Dataset) -> tuple[str, str, str | None, str]:
    """What the visitor wants to see: split, species, breed (None for all of them), order."""
    kinds = sorted({sample.species for sample in dataset if sample.species})
    cell = parts.grid(170)
    with cell():
        split = _choice("split", ("all", *SPLITS), "dataset.split_{}")
    species, breed = ANY, None
    if kinds:
        with cell():
            species = _choice("species", (ANY, *kinds), "dataset.{}")
        breeds = {sample.breed for sample in dataset if sample.breed and species in (ANY, sample.species)}
        with cell():
            breed = select_box(
                t("dataset.breed"),
                sorted(breeds, key=str.lower),
                "gallery-breed",
                index=None,
                placeholder=t("dataset.any_breed"),
                format_func=parts.breed_name,
            )
    with cell():
        order = _choice("sort", SORTS, "dataset.sort_{}", name=parts.class_name(subject_of(dataset)))
    return split, species, breed, order


def _choice(key: str, options: tuple[str, ...], text: str, **values: str) -> str:
    title = t(f"dataset.{key}")
    return select_box(title, options, f"gallery-{key}", format_func=lambda option: t(text.format(option), **values))


def subject_of(dataset: Dataset) -> PixelClass:
    """The class whose share a pair is described by: what is cut out, else the first."""
    return dataset.classes.subject or dataset.classes.members[0]


def select(dataset: Dataset, split: str, species: str, breed: str | None, order: str) -> list[Sample]:
    """The pairs of a split, a species and a breed, in an order of ``SORTS``."""
    chosen = [
        sample for sample in dataset.split(split) if species in (ANY, sample.species) and breed in (None, sample.breed)
    ]
    label = subject_of(dataset).label
    sign = {"name": 0, "largest": -1, "smallest": 1}[order]
    return sorted(chosen, key=lambda sample: (sign * sample.share(label), sample.name))


def _thumbnails(dataset: Dataset, samples: Sequence[Sample]) -> None:
    subject = subject_of(dataset)
    cell = parts.grid(150, align="bottom")
    for place, sample in enumerate(samples):
        facts = {"subject": parts.class_name(subject), "share": sample.share(subject.label)}
        with cell(), st.container(gap="xsmall", key=f"thumbnail-{place}"):  # style.css stretches the button
            try:
                data = thumbnail(sample, dataset.classes)
            except (PhotoError, OSError):
                st.warning(t("dataset.gone"), icon=":material/broken_image:")
            else:
                st.image(data, alt=t("dataset.thumbnail_alt", name=sample.name, **facts))
            st.button(
                parts.plain(sample.name),
                key=f"open-{sample.name}",
                type="tertiary",
                width="stretch",
                help=t("dataset.open_help", **facts),
                on_click=address.choose,
                args=({VIEW_KEY: PAIR_VIEW, PAIR_KEY: sample.name},),
            )


def thumbnail(sample: Sample, classes: Classes) -> bytes:
    """The photo under its trimap's colours, ``SIDE`` pixels at most, as JPEG. Raises PhotoError, OSError."""
    key = (stamp(sample.photo), stamp(sample.trimap), classes)
    return _thumbnails_kept.get(key, lambda: _thumbnail(sample, classes))


_thumbnails_kept: Cache[bytes] = Cache(limits.memory_for("gallery"), len)


def _thumbnail(sample: Sample, classes: Classes) -> bytes:
    small = Image.fromarray(read_photo(sample.photo, sample.name, draft=SIDE).pixels)
    small.thumbnail((SIDE, SIDE))
    labels = classes.to_labels(sample.read_trimap())
    fitted = np.asarray(Image.fromarray(labels).resize(small.size, Image.Resampling.NEAREST))
    buffer = io.BytesIO()
    Image.fromarray(overlay(np.asarray(small), fitted, OPACITY, classes)).save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
