"""What results keep of a photo's EXIF: when it was taken, with which camera, at how many dots an inch. Never where."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import ExifTags, Image

MOST_LETTERS = 64  # of a camera's name
MOST_DPI = 10_000
DATE, OFFSET = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d"), re.compile(r"[+-]\d\d:\d\d")
# Only these tags are copied, each in its form: all others may say where the photo was taken, or by whom.
OF_PICTURE: dict[int, re.Pattern[str] | None] = {
    ExifTags.Base.Make: None,
    ExifTags.Base.Model: None,
    ExifTags.Base.DateTime: DATE,
}
OF_SHOT: dict[int, re.Pattern[str] | None] = {
    ExifTags.Base.DateTimeOriginal: DATE,
    ExifTags.Base.DateTimeDigitized: DATE,
    ExifTags.Base.OffsetTime: OFFSET,
    ExifTags.Base.OffsetTimeOriginal: OFFSET,
    ExifTags.Base.OffsetTimeDigitized: OFFSET,
}


@dataclass(frozen=True)
class Details:
    """``picture`` and ``shot``: text by EXIF tag, of the picture's and of the shot's directory; ``dpi``: dots an inch,
    across and down, None where the file does not say it."""

    picture: dict[int, str] = field(default_factory=dict)
    shot: dict[int, str] = field(default_factory=dict)
    dpi: tuple[float, float] | None = None

    def save_options(self) -> dict[str, Any]:
        """What Pillow is to be given when it saves a result as PNG or JPEG."""
        options: dict[str, Any] = {"dpi": self.dpi} if self.dpi else {}
        if self.picture or self.shot:
            exif = Image.Exif()
            exif.update(self.picture)
            if self.shot:
                exif[ExifTags.IFD.Exif] = dict(self.shot)
            options["exif"] = exif
        return options


def details_of(image: Image.Image) -> Details:
    """The details of an open picture; none where its EXIF is damaged."""
    try:
        exif = image.getexif()
        picture = _chosen(exif, OF_PICTURE)
        shot = _chosen(exif.get_ifd(ExifTags.IFD.Exif), OF_SHOT)
    except Exception:  # damaged EXIF makes Pillow raise nearly anything, and is no reason to refuse a photo
        picture, shot = {}, {}
    return Details(picture, shot, _dpi_of(image))


def _chosen(tags: Mapping[int, Any], forms: Mapping[int, re.Pattern[str] | None]) -> dict[int, str]:
    texts = {int(tag): _text(tags.get(tag)) for tag in forms}
    return {tag: text for tag, text in texts.items() if text and ((form := forms[tag]) is None or form.fullmatch(text))}


def _text(value: Any) -> str:
    """One line of ASCII, as EXIF has it."""
    text = value.decode("ascii", "ignore") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    return "".join(letter for letter in text if letter.isascii() and letter.isprintable()).strip()[:MOST_LETTERS]


def _dpi_of(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Without a unit, the numbers are the pixels' proportions: 1 and 1.
    sensible = all(math.isfinite(value) and 1 < value <= MOST_DPI for value in (across, down))
    return (across, down) if sensible else None
