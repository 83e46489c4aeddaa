"""The article's look at one pair: the photo, its trimap, the array's shape, the values in it and what they mean."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import streamlit as st

from seg.classes import PETS, Classes
from seg.data.dataset import Dataset, Sample, read_pair
from seg.photo import Photo
from seg.pictures import colour_labels, overlay
from seg.serve import limits
from seg.serve.caches import Cache
from seg.ui.shared import address, download_buttons, parts, steps
from seg.ui.shared.language import t

PAIR_KEY = "pair"  # of the widget, and of the query parameter: ?pair=NAME
OPACITY_KEY = "dataset-opacity"


def show(dataset: Dataset) -> None:
    sample = _choose(dataset)
    photo, trimap = _read(sample)
    labels = dataset.classes.to_labels(trimap)
    st.caption(describe(sample, dataset.split_of(sample.name)))

    cell = parts.grid(260)
    file_name = download_buttons.safe_stem(sample.name)
    with cell():
        parts.picture(photo.pixels, t("common.photo"), t("dataset.photo_alt", name=sample.name), f"{file_name}.png")
    with cell():
        _trimap(sample.name, trimap, colour_labels(labels, dataset.classes), dataset.classes)
    with cell():
        opacity = st.session_state.get(OPACITY_KEY, 50)
        mixed = overlay(photo.pixels, labels, opacity / 100, dataset.classes)
        parts.picture(
            mixed,
            t("dataset.overlay"),
            t("dataset.overlay_alt", name=sample.name),
            f"{file_name}-overlay.png",
            download=t("dataset.overlay_file"),
        )
        st.slider(t("dataset.opacity"), 0, 100, 50, 5, "%d%%", key=OPACITY_KEY, persist_state="session")
    parts.legend(dataset.classes, with_truth=True)
    _article_look(trimap, dataset)


def _trimap(name: str, trimap: np.ndarray, coloured: np.ndarray, classes: Classes) -> None:
    """The trimap in colours, to look at; to keep, it is what the dataset has, and what Segment gives: values."""
    parts.picture(coloured, t("common.true_trimap"), t("dataset.trimap_alt", name=name))
    stem = download_buttons.safe_stem(name)
    download_buttons.png(
        lambda: trimap,
        f"{stem}-trimap.png",
        t("common.download", what=t("common.true_trimap")),
        width="stretch",
        help=t("dataset.trimap_help", values=parts.values_of(classes)),
    )
    download_buttons.png(
        lambda: coloured,
        f"{stem}-trimap-in-colours.png",
        t("common.download", what=t("dataset.trimap_in_colours")),
        width="stretch",
    )


def _choose(dataset: Dataset) -> Sample:
    """The pair of ``?pair=NAME``, chosen by name or by stepping; a name of no pair counts as none."""
    names = [sample.name for sample in dataset]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        address.recall(PAIR_KEY, names, names[0])
        name = st.selectbox(
            t("dataset.pair"), names, key=PAIR_KEY, persist_state="session", help=t("dataset.pair_help"), width=320
        )
        address.note(PAIR_KEY, names[0])
        place = names.index(name)
        steps.show("dataset", "pair", names[place - 1], names[(place + 1) % len(names)], _go)
        other = random.choice(names)
        st.button(t("dataset.random"), key="pair-random", icon=":material/shuffle:", on_click=_go, args=(other,))
    return dataset[name]


def _go(name: str) -> None:
    """A button's callback."""
    address.choose({PAIR_KEY: name})


def describe(sample: Sample, split: str) -> str:
    """Breed, species, split and size of a pair in one line."""
    facts = [t(f"dataset.split_{split}"), t("common.pixels", width=sample.size[1], height=sample.size[0])]
    if sample.breed and sample.species:
        facts = [parts.plain(parts.breed_name(sample.breed)), t(f"dataset.one_{sample.species}"), *facts]
    return " · ".join(facts)


def _article_look(trimap: np.ndarray, dataset: Dataset) -> None:
    st.header(t("dataset.array"), anchor=False)
    st.markdown(t("dataset.array_text"))
    as_decoded = trimap[..., np.newaxis]  # (H, W, 1), as TensorFlow decodes a PNG of one channel
    values, pixels = np.unique(trimap, return_counts=True)
    st.code(
        ">>> trimap = tf.io.decode_png(tf.io.read_file(path), channels=1).numpy()\n"
        f">>> trimap.shape\n{as_decoded.shape}\n"
        f">>> trimap = np.squeeze(trimap)\n>>> trimap.shape\n{np.squeeze(as_decoded, -1).shape}\n"
        f">>> np.unique(trimap)\n{values!r}",
        language="python",
    )
    meanings = {
        member.value: t("common.colon", name=parts.class_name(member), text=parts.class_meaning(member))
        if parts.class_meaning(member)
        else parts.class_name(member)
        for member in dataset.classes
    }
    meanings |= {
        member.value: t("common.colon", name=parts.plain(member.name), text=t("common.void"))
        for member in dataset.classes.void
    }
    st.table(
        {
            t("dataset.value"): [str(value) for value in values],
            t("dataset.meaning"): [meanings[value] for value in values.tolist()],
            t("dataset.pixels"): [f"{count:,}" for count in pixels],
            t("dataset.share"): [f"{count / trimap.size:.1%}" for count in pixels],
        },
        hide_index=True,
        width="content",
    )
    if dataset.is_of_oxford and dataset.classes == PETS:
        st.caption(t("dataset.values_note"))


def _read(sample: Sample) -> tuple[Photo, np.ndarray]:
    """The photo and its trimap ``(H, W)``. Raises PhotoError when a file has gone or no longer fits."""
    return _pairs.get((stamp(sample.photo), stamp(sample.trimap)), lambda: read_pair(sample))


_pairs: Cache[tuple[Photo, np.ndarray]] = Cache(
    limits.memory_for("pairs"), lambda pair: pair[0].pixels.nbytes + pair[1].nbytes
)


def stamp(path: Path) -> tuple[str, int]:
    """What a cache knows a file by: its content has this time of change. The reader reports a file that is gone."""
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0
