"""Photo and cut-out, one over the other, with a divider that the visitor moves: by mouse, by finger, by keyboard."""

from __future__ import annotations

import numpy as np
import streamlit as st

from seg.pictures import encode_jpeg
from seg.ui.shared import parts
from seg.ui.shared.component_files import component_files
from seg.ui.shared.language import t

HTML, CSS, JS = component_files(__file__)


def show(photo: np.ndarray, cutout: np.ndarray, split: int, key: str) -> None:
    """Draw both, RGB uint8 ``(H, W, 3)``; at first ``split`` percent of the photo are seen, from the left."""
    # Registered at each call: a component belongs to the server that is running, and each test starts one.
    component = st.components.v2.component("before_after", html=HTML, css=CSS, js=JS)
    component(
        key=key,
        data={
            "before": parts.data_url(encode_jpeg(photo), "image/jpeg"),
            "after": parts.data_url(encode_jpeg(cutout), "image/jpeg"),
            "before_alt": t("segment.photo_alt"),
            "after_alt": t("segment.cutout_alt"),
            "ratio": photo.shape[1] / photo.shape[0],
            "split": split,
            "label": t("segment.split"),
            "caption": t("segment.cutout_caption"),
        },
    )
