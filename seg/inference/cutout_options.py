"""What a cut-out is to look like: read in one place, for the page, the command line and the HTTP API."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import ImageColor

from seg.errors import SegError
from seg.photo import MAX_PIXELS, Photo, PhotoSource

BACKGROUNDS = ("transparent", "colour", "gradient", "blur", "photo")
PLACEMENTS = ("fill", "fit")
CROPS = ("none", "pet", "square")
SUFFIXES = {"png": "png", "webp": "webp", "jpeg": "jpg"}  # of files, by format
FORMATS = tuple(SUFFIXES)
SWITCH = {"on": True, "off": False}
# What a text may set, and the numbers in percent with their limits.
PERCENTS = {"blur": (0, 100), "shadow": (0, 100), "margin": (0, 100), "outline": (0, 10)}
NAMES = ("background", "placement", "crop", "format", "clean", *PERCENTS)
LONGEST_TEXT = 60  # letters of a wrong value that its sentence repeats

Colour = tuple[int, int, int]


class OptionError(SegError):
    """An option of a cut-out that cannot be followed."""


@dataclass(frozen=True)
class Backdrop:
    """A photo for the background, decoded or not; two are the same where ``key``, a hash of its file, is.

    ``max_pixels``: how many it may have.

    >>> import numpy as np
    >>> from seg import Dataset, Segmenter
    >>> from seg.inference.cutout_options import Backdrop, parse_options
    >>> sand = Backdrop("sand", "sand-1", np.full((80, 100, 3), (240, 220, 170), np.uint8))
    >>> options = parse_options({"placement": "fit"}, sand)
    >>> options.background
    'photo'
    >>> Segmenter.load()(Dataset.open()["Abyssinian_88"].photo).cutout(options)[0, 0].tolist()
    [240, 220, 170]
    """

    name: str
    key: str
    source: PhotoSource | Photo = field(compare=False, repr=False)
    max_pixels: int = field(default=MAX_PIXELS, compare=False)


@dataclass(frozen=True)
class CutoutOptions:
    """What lies behind the subject, what is drawn around it, and how much of the photo is seen; without any, none.

    ``background``: one of ``BACKGROUNDS``; ``colours``: of a colour one, of a gradient those at the top and at the
    bottom. ``blur`` in [0, 1]: how far the photo's background is out of focus. ``backdrop``: the photo behind the
    subject; ``placement``: whether it fills the picture, or fits into it. ``shadow`` in [0, 1]: how dark it is.
    ``crop``: to no part, to the subject, or to a square around it; ``margin``: the room that is left around the
    subject, as a share of its longest side. ``outline``: the width of a white rim, a share of that side as well.
    ``clean``: without islands and holes that the network is not sure of. ``format``: None is PNG for what may be
    clear, else JPEG.

    >>> from seg.inference.cutout_options import CutoutOptions
    >>> sticker = CutoutOptions(crop="pet", outline=0.03)
    >>> sticker.is_plain, sticker.file_format
    (False, 'png')
    >>> CutoutOptions(background="colour", colours=((255, 136, 0),)).file_format
    'jpeg'
    """

    background: str = "transparent"
    colours: tuple[Colour, ...] = ()
    blur: float = 0.4
    backdrop: Backdrop | None = None
    placement: str = "fill"
    shadow: float = 0.0
    crop: str = "none"
    margin: float = 0.08
    outline: float = 0.0
    clean: bool = True
    format: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the cut-out is the photo with a clear background, and nothing else."""
        return self.background == "transparent" and self.crop == "none" and not (self.shadow or self.outline)

    @property
    def file_format(self) -> str:
        """One of ``FORMATS``."""
        return self.format or ("png" if self.background == "transparent" else "jpeg")


PLAIN = CutoutOptions()


def parse_options(texts: Mapping[str, str], backdrop: Backdrop | None = None) -> CutoutOptions:
    """Read options as people write them: ``{"background": "#2a9d8f", "shadow": "50"}``.

    ``background`` is transparent, blur, photo (the ``backdrop``), a colour (``ff8800``, ``white``), or two with a comma
    between them, from the top to the bottom. ``placement`` is one of ``PLACEMENTS``, ``crop`` of ``CROPS``, ``format``
    of ``FORMATS`` or jpg, ``clean`` on or off; numbers are percent, within ``PERCENTS``. A ``backdrop`` alone is the
    background. Raises OptionError, for a name that is none of ``NAMES`` too.

    >>> from seg.inference.cutout_options import parse_options
    >>> options = parse_options({"background": "white, 8ec5fc", "shadow": "50"})
    >>> options.background, options.colours, options.shadow
    ('gradient', ((255, 255, 255), (142, 197, 252)), 0.5)
    >>> parse_options({"shadow": "110"})
    Traceback (most recent call last):
        ...
    seg.inference.cutout_options.OptionError: shadow is '110': use a number of percent from 0 to 100.
    """
    for name in texts:
        if name not in NAMES:
            raise OptionError("option_unknown", name=name[:LONGEST_TEXT], names=list(NAMES))
    background, colours = _background(texts.get("background") or ("photo" if backdrop else "transparent"))
    if background == "photo" and backdrop is None:
        raise OptionError("option_photo_missing")
    format = texts.get("format") or None
    options = CutoutOptions(
        background,
        colours,
        backdrop=backdrop if background == "photo" else None,
        placement=_choice(texts, "placement", PLACEMENTS),
        crop=_choice(texts, "crop", CROPS),
        clean=SWITCH[_choice(texts, "clean", tuple(SWITCH))],
        format=_choice({"format": "jpeg" if format == "jpg" else format}, "format", FORMATS) if format else None,
        **{name: _percent(name, texts[name]) for name in PERCENTS if texts.get(name)},
    )
    if options.format == "jpeg" and background == "transparent":
        raise OptionError("option_jpeg")
    return options


def _background(text: str) -> tuple[str, tuple[Colour, ...]]:
    """Which of ``BACKGROUNDS`` is meant, and its colours."""
    if text in ("transparent", "blur", "photo"):
        return text, ()
    colours = tuple(_colour(part.strip()) for part in text.split(","))
    known = tuple(colour for colour in colours if colour)
    if len(known) != len(colours) or len(known) > 2:
        raise OptionError("option_background", value=text[:LONGEST_TEXT])
    return ("colour", "gradient")[len(known) - 1], known


def _colour(text: str) -> Colour | None:
    """A name as on the web, or three or six hexadecimal digits, with ``#`` or without; None for anything else."""
    if re.fullmatch(r"[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}", text):
        text = f"#{text}"
    if not re.fullmatch(r"#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}|[A-Za-z]+", text):
        return None
    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        return None
    return red, green, blue


def _choice(texts: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first where the text says nothing."""
    value = texts.get(name) or choices[0]
    if value not in choices:
        raise OptionError("option_choice", name=name, value=value[:LONGEST_TEXT], choices=list(choices))
    return value


def _percent(name: str, text: str) -> float:
    """A number of percent as a share."""
    low, high = PERCENTS[name]
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise OptionError("option_percent", name=name, value=text[:LONGEST_TEXT], low=str(low), high=str(high))
    return number / 100
