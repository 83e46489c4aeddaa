"""What every clip is, wherever its frames come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from seg.errors import SegError
from seg.photo import Photo


class ClipError(SegError):
    """A clip that cannot be used, or not written as was asked."""


class ClipWarning(SegError):
    """What a person is to know of a clip that is used all the same. It is never raised."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A photo, and for how long it is shown: ``start`` in seconds since the first frame, ``length`` in seconds.

    >>> from fractions import Fraction
    >>> import numpy as np
    >>> from seg.clips.clip import Frame
    >>> from seg.photo import read_photo
    >>> frame = Frame(read_photo(np.zeros((24, 32, 3), np.uint8)), start=Fraction(1, 25), length=Fraction(1, 25))
    >>> frame.start + frame.length  # exact, however many frames there are
    Fraction(2, 25)
    """

    photo: Photo
    start: Fraction
    length: Fraction


@dataclass(frozen=True)
class ClipFacts:
    """What is known of a clip before its frames are decoded.

    ``name``: what its user knows it by. ``format``: webm, webp, apng or gif, what is nearest to it. ``count``: how
    many frames it has; of a video an estimate, 0 where it does not say. ``plays``: how often it is shown, 0 for ever.
    ``rate``: frames a second, on average.

    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from seg.clips.opening import open_clip
    >>> red, blue = (Image.new("RGB", (32, 24), colour) for colour in ("red", "blue"))
    >>> red.save("blinks.gif", save_all=True, append_images=[blue], duration=500, loop=0)
    >>> with open_clip(Path("blinks.gif")) as clip:
    ...     print(clip.facts)
    ClipFacts(name='blinks.gif', format='gif', count=2, plays=0, rate=Fraction(30, 1))
    """

    name: str
    format: str
    count: int
    plays: int
    rate: Fraction = field(default=Fraction(30))


class Clip(Protocol):
    """An open clip; ``warnings`` are complete once its frames have been read.

    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from seg.clips.opening import open_clip
    >>> red, blue = (Image.new("RGB", (32, 24), colour) for colour in ("red", "blue"))
    >>> red.save("blinks.webp", save_all=True, append_images=[blue], duration=40)
    >>> with open_clip(Path("blinks.webp")) as clip:  # which closes it
    ...     sizes = {frame.photo.size for frame in clip.frames()}
    >>> sizes, clip.warnings
    ({(24, 32)}, [])
    """

    facts: ClipFacts
    warnings: list[ClipWarning]

    def frames(self) -> Iterator[Frame]:
        """The frames in their order, each decoded when it is asked for. Raises ClipError, PhotoError."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
