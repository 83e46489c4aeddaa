"""Photo and trimap, in which the visitor chooses a pixel or two: by mouse, by finger, by keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from seg.network.architecture import ReceptiveField
from seg.pictures import encode_jpeg, encode_png
from seg.ui.shared import parts
from seg.ui.shared.component_files import BUTTONS, component_files
from seg.ui.shared.language import t

LETTERS = ("A", "B")
KEY = "inside-pixels"

Pixel = tuple[int, int]  # row and column in what the network sees

HTML, CSS, JS = component_files(__file__)


def pick(photo: np.ndarray, trimap: np.ndarray, fields: Mapping[str, ReceptiveField], first: Pixel) -> list[Pixel]:
    """Draw both, RGB uint8 ``(S, S, 3)``, and over the photo what each layer sees around the pixel chosen last.

    Returns one pixel or two; ``first`` until the visitor chooses.
    """
    # Registered at each call: a component belongs to the server that is running, and each test starts one.
    component = st.components.v2.component("pixel_picker", html=HTML, css=BUTTONS + CSS, js=JS)
    answer = component(
        key=KEY,
        data={
            "photo": parts.data_url(encode_jpeg(photo), "image/jpeg"),
            "trimap": parts.data_url(encode_png(trimap), "image/png"),
            "captions": [t("common.photo"), t("common.predicted_trimap")],
            "size": len(photo),
            "fields": [{"side": field.side, "stride": field.stride} for field in fields.values()],
            "letters": LETTERS,
            "pixel": t("inside.pixel_letter", letter="{letter}"),
            "pixels": [first],
            "help": t("inside.pixel_keys"),
        },
        on_pixels_change=lambda: None,
    )
    return pixels_in(getattr(answer, "pixels", None), len(photo)) or [first]


def pixels_in(answer: Any, size: int) -> list[Pixel]:
    """The pixels that a browser names, those that are some: it may send anything."""
    if not isinstance(answer, list):
        return []
    return [tuple(pixel) for pixel in answer[: len(LETTERS)] if _is_pixel(pixel, size)]


def _is_pixel(pixel: Any, size: int) -> bool:
    return (
        isinstance(pixel, list) and len(pixel) == 2 and all(type(value) is int and 0 <= value < size for value in pixel)
    )
