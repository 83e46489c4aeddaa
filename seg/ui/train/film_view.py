"""The learning of one run as a film, or of two side by side, and the film as a file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from seg.training.film_animation import animation
from seg.training.runs import Run
from seg.ui.shared import download_buttons, film_player, parts, run_status
from seg.ui.shared.language import t

MOST = 2  # films side by side


def show(runs: Sequence[Run], place: str) -> None:
    """The films of the first runs that have one; nothing where none has. ``place`` makes the keys unique."""
    filmed = [run for run in runs if run.film.frames()]
    chosen = filmed[:MOST]
    if not chosen:
        return
    st.header(t("train.film"), anchor=False, help=_channels(chosen[0]))
    st.caption(parts.sentences(t("train.film_text"), t("train.film_shows")))
    if len(filmed) > MOST:
        st.caption(t("train.film_two"))
    # Runs of one name are told apart by their ids.
    titles = [run.title if len({each.title for each in chosen}) == len(chosen) else run.id for run in chosen]
    films = {title if len(chosen) > 1 else "": run.film for title, run in zip(titles, chosen, strict=True)}
    film_player.show(films, f"{place}-film", " ".join(run.id for run in chosen))
    name = f"{'-'.join(run.id for run in chosen)}-film"
    with st.container(horizontal=True):
        for format in ("gif", "webp"):
            download_buttons.file(
                t(f"train.film_{format}"),
                lambda format=format: animation([run.film for run in chosen], format),  # type: ignore[misc]
                f"{name}.{format}",
                key=f"{place}-film-{format}",
            )
    # Where the triptychs stand above, they cite the photos.
    if (len(chosen) > 1 or not chosen[0].triptychs()) and any(run_status.shows_oxford_pets(run) for run in chosen):
        st.caption(t("common.cite"))


def _channels(run: Run) -> str:
    """Which channel of which layer the film shows."""
    channels = run.film.facts()["channels"]
    rows = "\n".join(
        f"1. {t('common.colon', name=layer, text=t('train.film_channel', number=number))}"
        for layer, number in channels.items()
    )
    return f"{t('train.film_help')}\n\n{rows}"
