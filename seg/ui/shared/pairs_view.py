"""The pairs that the server's owner has kept: how many there are, each to look at and to remove."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from seg.classes import PETS
from seg.data.kept_pairs import HELD_OUT_EVERY, KeptPair
from seg.data.trimaps import read_trimap
from seg.images import fitting_size, resize_labels
from seg.photo import PhotoError, read_photo
from seg.pictures import encode_jpeg, overlay
from seg.serve import limits, own_pairs
from seg.serve.caches import Cache
from seg.ui.shared import owner, parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

KIND_KEY = "pairs-kind"
SIDE = 240  # pixels of a thumbnail's longest side
OPACITY = 0.45
SHOWN = 24  # the newest ones: a page of pictures, each with a button

_thumbnails: Cache[bytes] = Cache(limits.memory_for("kept pairs"), len)


def choose_kind(label: str) -> str:
    """Which of the owner's two datasets is chosen for what ``label`` says: corrected photos, or those of one animal."""
    chosen = st.segmented_control(
        label,
        own_pairs.KINDS,
        default=own_pairs.CORRECTIONS,
        format_func=lambda kind: t(f"pairs.kind_{kind}"),
        key=KIND_KEY,
        required=True,
        persist_state="session",
        help=t("pairs.kind_help"),
    )
    return chosen or own_pairs.CORRECTIONS


def count(pairs: list[KeptPair]) -> None:
    """A sentence on how many of these pairs a training learns from."""
    held_out = sum(pair.is_held_out for pair in pairs)
    if pairs:
        st.caption(t("pairs.counted", count=len(pairs), learned=len(pairs) - held_out, held_out=held_out))
    else:
        st.caption(t("pairs.none"))


def look_at_them(kind: str, pairs: list[KeptPair]) -> None:
    """A button that opens the pairs in a dialog; none where there is no pair."""
    if pairs and st.button(t("pairs.look"), key="pairs-look", icon=":material/photo_library:"):
        _open(kind)


def choose_to_learn() -> tuple[Path, int]:
    """The folder of pairs that a training is to learn from, and how many it has for that; a sentence where it is 0."""
    kind = choose_kind(t("pairs.learn_from"))
    pairs = own_pairs.pairs(owner.visitor(), kind)
    count(pairs)
    look_at_them(kind, pairs)
    learned = sum(not pair.is_held_out for pair in pairs)
    if not learned:
        st.info(t("pairs.nothing_to_learn"), icon=":material/brush:")
    return own_pairs.folder_of(kind).folder, learned


def _open(kind: str) -> None:
    # The page around the dialog counts the pairs: it is drawn anew when the dialog is closed.
    @st.dialog(t(f"pairs.kind_{kind}"), width="large", on_dismiss="rerun")
    def dialog() -> None:
        with guarded():
            pairs = own_pairs.pairs(owner.visitor(), kind)
            count(pairs)
            st.markdown(t("pairs.look_text", every=HELD_OUT_EVERY))
            parts.legend()
            cell = parts.grid(150, align="bottom")
            for pair in pairs[:SHOWN]:
                with cell(), st.container(gap="xsmall"):
                    _pair(kind, pair)
            if len(pairs) > SHOWN:
                st.caption(t("pairs.more", count=len(pairs) - SHOWN))

    dialog()


def _pair(kind: str, pair: KeptPair) -> None:
    side = t("pairs.held_out" if pair.is_held_out else "pairs.learned")
    if pair.is_predicted:
        side = t("pairs.as_predicted", side=side)
    try:
        st.image(_thumbnail(pair), caption=side, alt=t("pairs.pair_alt", side=side))
    except (PhotoError, OSError):
        st.warning(t("pairs.gone"), icon=":material/broken_image:")
    st.button(
        t("pairs.remove"),
        key=f"pairs-remove-{pair.name}",
        icon=":material/delete:",
        width="stretch",
        on_click=_remove,
        args=(kind, pair.name),
    )


def _remove(kind: str, name: str) -> None:
    """A callback: the dialog counts the pairs above the buttons."""
    with guarded():
        own_pairs.remove(owner.visitor(), kind, name)


def _thumbnail(pair: KeptPair) -> bytes:
    """The photo under its trimap's colours, as JPEG. Raises PhotoError, OSError."""
    key = (str(pair.photo), pair.photo.stat().st_mtime_ns, pair.trimap.stat().st_mtime_ns)

    def make() -> bytes:
        pixels = read_photo(pair.photo, pair.name).pixels
        small = np.asarray(Image.fromarray(pixels).resize(fitting_size(pixels.shape[:2], SIDE)[::-1]))
        labels = PETS.to_labels(resize_labels(read_trimap(pair.trimap), small.shape[:2]))
        return encode_jpeg(overlay(small, labels, OPACITY), 82)

    return _thumbnails.get(key, make)
