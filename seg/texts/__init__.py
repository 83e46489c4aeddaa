"""Every sentence that a person reads, one module a language: of the pages, the command line, the HTTP API, the errors."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from string import Formatter
from typing import Any

LANGUAGES = {"en": "English", "zh": "中文"}
TAGS = {"en": "en", "zh": "zh-Hans"}  # of the same languages, as HTML names them
# How a blank of a Chinese text asks for millions of pixels: Chinese counts by ten thousands and hundred millions.
PIXELS = "万像素"


def language_of(locale: str) -> str:
    """The language for a browser that asks for a locale such as ``zh-CN``: English where there are no texts in it."""
    return "zh" if locale.lower().startswith("zh") else "en"


@cache
def texts(language: str) -> dict[str, dict[str, str]]:
    """All texts of a language, by section and key."""
    return import_module(f"seg.texts.{language}").TEXTS


def fill(language: str, key: str, **values: Any) -> str:
    """The text ``section.key`` of a language with its ``{blanks}`` filled in. Raises KeyError for a key without a text.

    A value that is a list is written with the language's commas. A number brings the word that goes with it:
    ``{photos:photo|photos}`` is the first of the two for 1, else the second. ``{pixels:万像素}`` is a number of millions
    of pixels as Chinese writes it: 2450 万像素 for 24.5, 1.2 亿像素 for 120.
    """
    section, name = key.split(".", 1)
    text = texts(language)[section][name]
    written = {blank: _written(language, value) for blank, value in values.items()}
    return (_COUNTING.format if "|" in text or PIXELS in text else str.format)(text, **written) if values else text


def _written(language: str, value: Any) -> Any:
    return texts(language)["common"]["comma"].join(map(str, value)) if isinstance(value, list) else value


class _Counting(Formatter):
    """Python's own format; one of two words, for one and for many (``photo|photos``); Chinese millions (``万像素``)."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, is_choice, many = format_spec.partition("|")
        if is_choice:
            return one if str(value) == "1" else many  # some numbers come as text
        if format_spec == PIXELS:
            ten_thousands = round(float(value) * 100)
            return f"{ten_thousands / 10_000:g} 亿像素" if ten_thousands >= 10_000 else f"{ten_thousands} 万像素"
        return super().format_field(value, format_spec)


_COUNTING = _Counting()
