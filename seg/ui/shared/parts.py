"""What several pages show in the same way: classes, pictures with their download, errors, cells side by side."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from functools import reduce
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st
from PIL import Image

from seg.classes import PETS, Classes, PixelClass
from seg.errors import SegError
from seg.texts import texts
from seg.ui.shared import download_buttons
from seg.ui.shared.language import t

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

STYLE = Path(__file__).with_name("style.css")
LOGO = Path(__file__).with_name("logo.svg")
STYLE_WORDS = ("common.making", "common.choose_file", "common.not_taken", "segment.shot", "segment.camera_help")
SHOWN_SIDE = 1024  # pixels of the longest side that the browser gets; downloads have the photo's own size

# Streamlit sends a page's changes to the browser every few milliseconds, and of two that wait for the same place it
# sends the later alone. After this pause the first has most likely gone.
SEND_SECONDS = 0.03


def words_of_style() -> str:
    """The words that style.css writes in place of Streamlit's English ones, in the visitor's language."""
    words = {key.partition(".")[2]: json.dumps(t(key), ensure_ascii=False) for key in STYLE_WORDS}
    rules = "".join(f"--{name.replace('_', '-')}: {word};" for name, word in words.items())
    return f"<style>:root {{{rules}}}</style>"


def logo() -> str:
    """The product's name with a paw, as SVG; its colours follow the system's scheme, as the theme's do."""
    name = t("common.product")
    width = 40 + sum(12 if letter.isascii() else 18 for letter in name)  # the paw, and letters 18 px high
    return LOGO.read_text(encoding="utf-8").replace("PRODUCT", name).replace("WIDTH", str(width))


def class_name(member: PixelClass) -> str:
    """The name of a class in the visitor's language; that of another dataset's class as its file has it, as text."""
    return t(f"common.{member.name}") if member.name in PETS.names else plain(member.name)


def class_meaning(member: PixelClass) -> str:
    """What belongs to a class, in the visitor's language; of another dataset's class as its file says it, as text."""
    return t(f"common.{member.name}_meaning") if member in PETS else plain(member.meaning)


def breed_name(breed: str) -> str:
    """``american_bulldog`` in the visitor's language; a breed that the texts do not know, without its underscores."""
    key = breed.lower()
    return t(f"breeds.{key}") if key in texts("en")["breeds"] else breed.replace("_", " ")


def are_pets(classes: Classes) -> bool:
    """Whether the words about pets fit these classes."""
    return classes.names == PETS.names


def subject_name(classes: Classes) -> str:
    """The name of what is cut out; of classes without a subject, which show no cut-out, an empty one."""
    return class_name(classes.subject) if classes.subject else ""


def names_of(classes: Classes) -> list[str]:
    """The names of all classes, as ``class_name`` gives them."""
    return [class_name(member) for member in classes]


def values_of(classes: Classes) -> list[str]:
    """What a trimap holds for each class, as ``1 (pet)``."""
    return [t("common.brackets", text=member.value, more=class_name(member)) for member in classes]


def legend(classes: Classes = PETS, with_truth: bool = False) -> None:
    """The classes with their colours, the same on every page; style.css draws the dots.

    ``with_truth``: true trimaps are shown, too, which have pixels that are not labelled where the classes have void.
    """
    rows = ""
    for member in classes:
        name = t(f"common.{member.name}") if member.name in PETS.names else member.name
        meaning = t(f"common.{member.name}_meaning") if member in PETS else member.meaning
        rows += _legend_row(member.colour, name, meaning)
    if with_truth and classes.void:
        rows += _legend_row(classes.void_colour, t("common.void"), t("common.void_meaning"))
    st.html(f'<ul class="legend">{rows}</ul>')


def _legend_row(colour: tuple[int, int, int], name: str, meaning: str) -> str:
    return f'<li title="{escape(meaning)}"><span style="background: rgb{colour}"></span>{escape(name)}</li>'


def plain(text: str) -> str:
    """Text of others as it is: nothing in it is Markdown, HTML, or one of Streamlit's own marks."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~$:&-])", r"\\\1", text)


def sentence(error: SegError) -> str:
    """What went wrong, in the visitor's language; what came from outside, such as a file's name, is shown as it is."""
    values = {
        name: sentence(value) if isinstance(value, SegError) else _plain(value) for name, value in error.values.items()
    }
    return t(f"errors.{error.code}", **values)


def sentences(first: str, *others: str) -> str:
    """Sentences one after another, as the visitor's language sets them."""
    return reduce(lambda before, text: t("common.sentences", first=before, second=text), others, first)


def _plain(value: object) -> str | list[str] | int | float:
    if isinstance(value, int | float):
        return value  # the text says how it is written
    return [plain(str(item)) for item in value] if isinstance(value, list) else plain(str(value))


def grid(min_width: int, align: Literal["top", "center", "bottom"] = "top") -> Callable[[], DeltaGenerator]:
    """Cells side by side that reflow on a phone: each call gives the next one, at least ``min_width`` pixels wide."""
    return st.grid(min_column_width=min_width, vertical_alignment=align).cell


def place(key: str, shown: str, is_ready: bool = False) -> DeltaGenerator:
    """A container for one of several things that a page shows in the same place; ``key`` names the place.

    Streamlit leaves what was shown before on the page, greyed, until the new is complete: where that is another thing,
    it goes at once, unless the new one ``is_ready``, so that nothing would be seen but a flicker.
    """
    key = f"place-{key}"
    is_another = st.session_state.get(key, shown) != shown
    if is_another and not is_ready:
        emptied = st.empty()
        time.sleep(SEND_SECONDS)
        box = emptied.container()
    else:
        box = st.container()
    st.session_state[key] = shown  # not before: a run that ends early has cleared nothing
    return box


def picture(
    pixels: np.ndarray,
    caption: str,
    alt: str,
    file_name: str | None = None,
    key: str | None = None,
    download: str | None = None,
) -> None:
    """A picture no larger than it is shown, with a description for screen readers.

    ``file_name``: of the download below it, which has all pixels; None leaves the download out. ``download``: what its
    button says that it gives, by default the caption; a file's name would be cut off in a narrow column.
    """
    st.image(shown(pixels), caption=caption, alt=alt, width="stretch")
    if file_name:
        label = t("common.download", what=download or caption)
        download_buttons.png(lambda: pixels, file_name, label, key=key, width="stretch")


def data_url(data: bytes, kind: str) -> str:
    """A picture's bytes as an address for the browser; ``kind`` is its media type, such as ``image/png``."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def shown(pixels: np.ndarray, side: int = SHOWN_SIDE) -> np.ndarray:
    """A picture made no larger than ``side`` pixels, for the browser; uint8 in, uint8 out."""
    scale = side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2))
