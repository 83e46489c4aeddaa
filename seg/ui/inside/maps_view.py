"""Feature maps of any layer, strongest channels first."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from seg import pictures
from seg.network.architecture import TAPS, layers
from seg.ui.inside import photo_view
from seg.ui.inside.photo_view import Maps
from seg.ui.shared import address, download_buttons, parts
from seg.ui.shared.language import t

LAYER_KEY, COUNT_KEY, COLOUR_KEY = "layer", "inside-count", "inside-colours"
COUNTS = (12, 24, 48)
COLOURS = ("colour", "grey")
MAP_SIDE = 168  # pixels of a map as it is shown
SHEET_SIDE, SHEET_COLUMNS = 112, 8  # of the download


def show() -> None:
    st.markdown(t("inside.maps_text"))
    subject = photo_view.choose()
    if subject is None:
        return
    layer, count, colours = _choose()
    maps = photo_view.maps(subject, layer)
    height, width, channels = maps.shape
    st.caption(t("inside.maps_found", layer=layer, height=height, width=width, channels=channels, silent=maps.silent))
    strongest = list(zip(maps.channels, maps.means, maps.maps, strict=True))[:count]
    cell = parts.grid(120)
    for channel, mean, values in strongest:
        text = t("inside.channel", number=channel, mean=mean)
        with cell():
            picture = photo_view.enlarged(coloured(values, colours), MAP_SIDE)
            st.image(picture, caption=text, alt=t("inside.map_alt", layer=layer, number=channel), width="stretch")
    file_name = photo_view.file_name(subject, layer)
    download_buttons.png(lambda: _sheet(maps, count, colours), file_name, key="inside-maps-download")
    with st.expander(t("inside.from_python"), icon=":material/code:"):
        st.caption(t("inside.from_python_text"))
        st.code(_program(layer), language="python")


def _choose() -> tuple[str, int, str]:
    """Layer, number of maps and colours."""
    names = [row.name for row in layers()]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        address.recall(LAYER_KEY, names, TAPS[0])
        layer = st.selectbox(
            t("inside.layer"), names, key=LAYER_KEY, help=t("inside.layer_help"), persist_state="session", width=260
        )
        address.note(LAYER_KEY, TAPS[0])
        count = st.segmented_control(
            t("inside.count"), COUNTS, default=COUNTS[0], key=COUNT_KEY, required=True, persist_state="session"
        )
        colours = st.segmented_control(
            t("inside.colours"),
            COLOURS,
            default=COLOURS[0],
            key=COLOUR_KEY,
            required=True,
            persist_state="session",
            format_func=lambda scheme: t(f"inside.colours_{scheme}"),
            help=t("inside.colours_help"),
        )
    return layer, count or COUNTS[0], colours or COLOURS[0]


def coloured(values: np.ndarray, colours: str = "colour") -> np.ndarray:
    """One channel ``(h, w)`` from its least to its largest value, RGB uint8 ``(h, w, 3)``."""
    values = values.astype(np.float32)
    low, high = float(values.min()), float(values.max())
    # A channel that is the same everywhere has no pattern to show.
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    if colours == "grey":
        return (scaled * 255).round().astype(np.uint8)[..., np.newaxis].repeat(3, axis=2)
    return pictures.heat(scaled)


def _sheet(maps: Maps, count: int, colours: str) -> np.ndarray:
    """The maps with their channels' numbers on one sheet, RGB uint8."""
    gap, line = 6, 16
    number = min(count, len(maps.maps))
    columns = min(SHEET_COLUMNS, number)
    rows = -(-number // columns)
    sheet = Image.new("RGB", (gap + columns * (SHEET_SIDE + gap), gap + rows * (SHEET_SIDE + line + gap)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for place, (channel, values) in enumerate(zip(maps.channels[:count], maps.maps[:count], strict=True)):
        row, column = divmod(place, columns)
        left, top = gap + column * (SHEET_SIDE + gap), gap + row * (SHEET_SIDE + line + gap)
        draw.text((left, top), str(channel), "#444444", font)
        picture = Image.fromarray(photo_view.enlarged(coloured(values, colours), SHEET_SIDE))
        sheet.paste(picture, (left, top + line))
    return np.asarray(sheet)


def _program(layer: str) -> str:
    """The same in a script, for those who want to go on from here."""
    return (
        "from seg.images import resize_photo\n"
        "from seg.inference.inside import Inside, strongest\n"
        "from seg.network.weights import find_weights\n"
        "from seg.photo import read_photo\n\n"
        "inside = Inside(find_weights())  # the weights that ship, or SEG_WEIGHTS\n"
        'image = resize_photo(read_photo("photo.jpg").pixels, 224)  # (224, 224, 3)\n'
        f'maps = inside.activations(image, "{layer}")  # (height, width, channels)\n'
        "print(maps.shape, strongest(maps))\n"
    )
