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
    """A photo, and for how long it is shown: ``start`` in seconds since the first frame, ``length`` in seconds."""

    photo: Photo
    start: Fraction
    length: Fraction


@dataclass(frozen=True)
class ClipFacts:
    """What is known of a clip before its frames are decoded.

    ``name``: what its user knows it by. ``format``: that of ``writing.FORMATS`` that is nearest to it. ``count``: how
    many frames it has; of a video an estimate, 0 where it does not say. ``plays``: how often it is shown, 0 for ever.
    ``rate``: frames a second, on average.
    """

    name: str
    format: str
    count: int
    plays: int
    rate: Fraction = field(default=Fraction(30))


class Clip(Protocol):
    """An open clip; ``warnings`` are complete once its frames have been read."""

    facts: ClipFacts
    warnings: list[ClipWarning]

    def frames(self) -> Iterator[Frame]:
        """The frames in their order, each decoded when it is asked for. Raises ClipError, PhotoError."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
