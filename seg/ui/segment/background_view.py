"""The cut-out as visitors keep it: on another background, with a shadow, as a sticker, cropped for a profile."""

from __future__ import annotations

from functools import partial

import streamlit as st

from seg.inference.composing import compose
from seg.inference.cutout_options import CROPS, PLACEMENTS, Backdrop, CutoutOptions, parse_options
from seg.inference.segmenter import Segmentation
from seg.serve import limits
from seg.serve.networks import Look
from seg.ui.segment import downloads, uploads
from seg.ui.segment.preview import Preview, is_clean, on_checkerboard
from seg.ui.segment.uploads import Upload
from seg.ui.shared import parts
from seg.ui.shared.guard import guarded
from seg.ui.shared.language import t

KIND_KEY, COLOUR_KEY, BLUR_KEY = "segment-background", "segment-colour", "segment-blur"
TOP_KEY, BOTTOM_KEY, PLACEMENT_KEY = "segment-top-colour", "segment-bottom-colour", "segment-placement"
CROP_KEY, MARGIN_KEY, SHADOW_KEY, OUTLINE_KEY = "segment-crop", "segment-margin", "segment-shadow", "segment-outline"
FORMAT_KEY = "segment-format"
BACKDROP = "segment-backdrop"  # the visitor's photo for the background
CHOSEN = "segment-background-chosen"
KINDS = ("colour", "gradient", "blur", "photo", "transparent")
FIRST_COLOUR, FIRST_TOP, FIRST_BOTTOM = "#2A9D8F", "#FDF2D0", "#F4A78B"
SHADOW, OUTLINE, FIRST_MARGIN = "50", "3", 8  # percent
FORMATS = ("jpeg", "png", "webp")
CLEAR_FORMATS = ("png", "webp")


def chosen() -> dict[str, CutoutOptions]:
    """The cut-out that the visitor sees, by the key "background"; empty while the photo for it is missing.

    The same dict for as long as the visitor is here: a file that is made later has the background of that moment.
    """
    if CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = {"background": parse_options({"background": FIRST_COLOUR})}
    return st.session_state[CHOSEN]


@st.fragment
def show(upload: Upload, look: Look, preview: Preview) -> None:
    with guarded():
        st.header(t("segment.background"), anchor=False)
        kind = _choice(KIND_KEY, KINDS, "background")
        chosen().clear()
        texts, backdrop = _ask_background(kind)
        if kind == "photo" and backdrop is None:
            st.info(t("segment.backdrop_missing"), icon=":material/wallpaper:")
            return
        place = st.container()
        texts |= {**_ask_extras(parts.subject_name(preview.classes)), "clean": "on" if is_clean() else "off"}
        formats = CLEAR_FORMATS if kind == "transparent" else FORMATS
        texts["format"] = _choice(f"{FORMAT_KEY}-{len(formats)}", formats, "format")
        options = parse_options(texts, backdrop)
        with place:
            picture = compose(preview.pieces, options)
            parts.picture(
                on_checkerboard(picture) if options.background == "transparent" else picture,
                t("segment.background_caption"),
                t(f"segment.background_{kind}_alt"),
            )
        chosen()["background"] = options
        make = partial(Segmentation.cutout, options=options)
        downloads.button("background", upload, look, make, options, format=options.file_format)


def _choice(key: str, choices: tuple[str, ...], texts: str, **values: str) -> str:
    """One of some choices in a row; their words are ``TEXTS_CHOICE``, with these ``values`` in their blanks."""
    chosen = st.segmented_control(
        t(f"segment.{texts}"),
        choices,
        default=choices[0],
        key=key,
        required=True,
        format_func=lambda choice: t(f"segment.{texts}_{choice}", **values),
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen or choices[0]


def _ask_background(kind: str) -> tuple[dict[str, str], Backdrop | None]:
    """What ``parse_options`` reads of this kind of background, and the visitor's photo for it."""
    if kind == "colour":
        colour = st.color_picker(t("segment.colour"), FIRST_COLOUR, key=COLOUR_KEY, persist_state="session")
        return {"background": colour}, None
    if kind == "gradient":
        with st.container(horizontal=True):
            top = st.color_picker(t("segment.colour_top"), FIRST_TOP, key=TOP_KEY, persist_state="session")
            bottom = st.color_picker(t("segment.colour_bottom"), FIRST_BOTTOM, key=BOTTOM_KEY, persist_state="session")
        return {"background": f"{top},{bottom}"}, None
    if kind == "blur":
        strength = st.slider(t("segment.blur"), 5, 100, 40, 5, "%d%%", key=BLUR_KEY, persist_state="session")
        return {"background": "blur", "blur": str(strength)}, None
    if kind == "transparent":
        return {}, None
    uploads.uploader(t("segment.backdrop"), BACKDROP, several=False)
    photos = uploads.given(BACKDROP)
    if not photos:
        return {}, None
    placement = _choice(PLACEMENT_KEY, PLACEMENTS, "placement")
    return {"placement": placement}, Backdrop(photos[-1].name, photos[-1].key, photos[-1].data, limits.MAX_PIXELS)


def _ask_extras(name: str) -> dict[str, str]:
    """Crop, margin, shadow and rim of what is cut out, as ``parse_options`` reads them."""
    texts = {"crop": _choice(CROP_KEY, CROPS, "crop", name=name)}
    if texts["crop"] != "none":
        label = t("segment.margin", name=name)
        margin = st.slider(label, 0, 50, FIRST_MARGIN, 1, "%d%%", key=MARGIN_KEY, persist_state="session")
        texts["margin"] = str(margin)
    with st.container(horizontal=True):
        if st.toggle(t("segment.shadow"), key=SHADOW_KEY, help=t("segment.shadow_help"), persist_state="session"):
            texts["shadow"] = SHADOW
        if st.toggle(t("segment.outline"), key=OUTLINE_KEY, help=t("segment.outline_help"), persist_state="session"):
            texts["outline"] = OUTLINE
    return texts
