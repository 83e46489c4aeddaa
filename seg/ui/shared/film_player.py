"""The player of films: a picture of each moment, a slider and a button that plays them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from seg.training.film import Film, Moment, shown_together
from seg.ui.shared import parts
from seg.ui.shared.component_files import BUTTONS, component_files
from seg.ui.shared.language import t

HTML, CSS, JS = component_files(__file__)


def show(films: Mapping[str, Film], key: str, shown: str) -> None:
    """Draw films that have a frame, by title, side by side; ``shown`` stands for what they are films of.

    Raises OSError for a film that is deleted meanwhile.
    """
    # Registered at each call: a component belongs to the server that is running, and each test starts one.
    component = st.components.v2.component("film_player", html=HTML, css=BUTTONS + CSS, js=JS)
    moments = shown_together(list(films.values()))
    columns = [
        {
            "title": title,
            "photos": _url(film.photos),
            "rows": len(film.facts()["photos"]),
            "frames": [[_url(picture) for picture in frames[place]] for _, frames in moments],
        }
        for place, (title, film) in enumerate(films.items())
    ]
    component(
        key=key,
        data={
            "shown": shown,
            "films": columns,
            "moments": [moment_in_words(moment) for moment, _ in moments],
            "alts": [t("train.film_photos"), t("train.film_labels", moment="{moment}"), t("train.film_maps")],
            "label": t("train.film_moment"),
            "play": t("train.film_play"),
            "pause": t("train.film_pause"),
        },
    )


def moment_in_words(moment: Moment) -> str:
    if moment.is_epoch:
        return t("train.film_epoch", epoch=moment.epoch)
    if moment.step:
        return t("train.film_step", step=int(moment.step))
    return t("train.film_start")


def _url(picture: Path) -> str:
    kind = {".jpg": "jpeg", ".png": "png", ".webp": "webp"}[picture.suffix]
    return parts.data_url(picture.read_bytes(), f"image/{kind}")
