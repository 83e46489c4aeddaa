"""Where a training stands, in words and as a bar: the same in the sidebar and on the Train page."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from seg.data.breeds import are_of_oxford
from seg.data.dataset import Dataset
from seg.data.listing import list_files
from seg.errors import SegError
from seg.network.device import missing_tensorflow
from seg.serve import trainings
from seg.training.recipe import RECIPES
from seg.training.runs import Run, Status
from seg.ui.shared import owner, parts
from seg.ui.shared.language import language, t

REFRESH = 2.0  # seconds between two looks at a run


class About(NamedTuple):
    """What is trained on what, by the run's folder; a dash for what the folder does not say any more."""

    recipe: str
    dataset: str


def about(run: Run) -> About:
    try:
        recipe = run.recipe.name
    except (OSError, ValueError, SegError):
        recipe = "–"
    try:
        dataset = str(run.data["title"])
    except (OSError, ValueError, KeyError, TypeError, SegError):
        dataset = "–"
    return About(recipe, dataset)


def keeps_last(run: Run) -> bool:
    """Whether the run keeps the weights of its last epoch, and not those of its best."""
    try:
        return run.recipe.keep_last
    except (OSError, ValueError, SegError):
        return False


def in_words(run: Run) -> str:
    """A run's recipe and dataset in a sentence, for Markdown."""
    recipe, dataset = about(run)
    return t("train.now_text", recipe=parts.plain(recipe_title(recipe)), dataset=parts.plain(dataset_title(dataset)))


def tell_if_untrainable() -> bool:
    """Say in a sentence what is missing here for any training; whether something is."""
    missing = missing_tensorflow()
    if missing:
        st.info(parts.sentence(missing), icon=":material/extension_off:")
    return missing is not None


def state_title(state: str) -> str:
    return t(f"train.state_{state}")


def dataset_title(title: str) -> str:
    return t("sidebar.dataset_sample") if title == Dataset.SAMPLE_TITLE else title


def recipe_title(name: str) -> str:
    return t(f"train.recipe_{name}") if name in RECIPES else name


def duration(seconds: float) -> str:
    """Seconds as people say them: ``45 s``, ``3 min 20 s``, ``2 h 5 min``."""
    rounded = round(seconds)
    if rounded < 60:
        return t("train.seconds", seconds=rounded)
    if rounded < 3600:
        return t("train.minutes", minutes=rounded // 60, seconds=rounded % 60)
    return t("train.hours", hours=rounded // 3600, minutes=rounded % 3600 // 60)


def progress(status: Status) -> None:
    """A bar with the epoch, the step and the time to go; before the first step an empty bar that says what is done."""
    if not status.steps:
        st.progress(0.0, t("train.starting"))
        return
    text = t(
        "train.epoch_of",
        epoch=max(1, status.epoch if status.activity == "drawing" else min(status.epoch + 1, status.epochs)),
        epochs=status.epochs,
    )
    if status.activity in ("validating", "drawing"):
        text += " · " + t("train.validating")
    else:
        text += " · " + t("train.step_of", step=status.step, steps=status.steps)
    if status.eta is not None:
        text += " · " + t("train.to_go", time=duration(status.eta))
    st.progress(status.progress, text)


def stop_button(run: Run, status: Status, key: str) -> None:
    """The button that stops a run and saves it, or, once pressed, a word that it is stopping; inside a fragment.

    The server's owner alone has the button.
    """
    if status.state == "stopping":
        st.caption(t("train.stopping"))
    elif owner.is_here() and st.button(t("train.stop"), icon=":material/stop:", key=key, help=t("train.stop_help")):
        trainings.stop(owner.visitor(), run)
        st.rerun(scope="fragment")


def why_it_stopped(status: Status) -> str | None:
    """Where a run was stopped on request, or None for a run that was not."""
    known = {"run.stopped_in_epoch", "run.stopped_after_epoch", "run.waiting"}
    if status.state != "stopped" or status.code not in known:
        return None
    where = {name: status.values.get(name, "?") for name in ("step", "epoch")}
    return t(f"train.why_{status.code.partition('.')[2]}", **where)


def shows_oxford_pets(run: Run) -> bool:
    """Whether the run's photos are those of Oxford-IIIT Pet, by their names."""
    try:
        return _is_of_oxford(str(run.data["folder"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


@lru_cache(maxsize=32)
def _is_of_oxford(folder: str) -> bool:
    files = list_files(Path(folder))
    return files is not None and are_of_oxford(files.photos)


def why_it_ended(status: Status) -> str | None:
    """What went wrong with a run, as plain text for Markdown, or None where nothing did."""
    if status.state not in ("failed", "interrupted"):
        return None
    return t("common.colon", name=state_title(status.state), text=parts.plain(status.sentence(language())))


def notes(status: Status) -> list[str]:
    """What a visitor is to know of a run for good, as plain text for Markdown."""
    return [parts.plain(sentence) for sentence in status.note_sentences(language())]
