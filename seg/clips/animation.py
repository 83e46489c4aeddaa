"""Frames of a picture that moves: GIF, WebP, PNG, AVIF, decoded by Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from PIL import Image

from seg.clips.clip import ClipError, ClipFacts, ClipWarning, Frame
from seg.photo import MAX_PIXELS, check_image, open_image, read_photo

SHORTEST, INSTEAD = 10, 100  # milliseconds: browsers show frames of at most so many for so many
FORMATS = {"GIF": "gif", "PNG": "apng", "WEBP": "webp", "AVIF": "webp"}
MOST_OF_REASON = 120  # letters of what a decoder says


class Animation:
    """An animated picture. ``data``: the encoded file. Raises PhotoError, and ClipError for a picture that is still."""

    def __init__(self, data: bytes, name: str):
        self._image = open_image(data, name)
        check_image(self._image, name, MAX_PIXELS)
        # The first picture of some animated PNGs is for programs that show no animations, and no part of it.
        self._first = 1 if getattr(self._image, "default_image", False) else 0
        count = getattr(self._image, "n_frames", 1) - self._first
        if count < 2 or self._image.format not in FORMATS:
            raise ClipError("clip_still", name=name)
        self.facts = ClipFacts(name, FORMATS[self._image.format], count, _plays(self._image))
        self.warnings: list[ClipWarning] = []

    def frames(self) -> Iterator[Frame]:
        start = Fraction(0)
        for index in range(self.facts.count):
            try:
                self._image.seek(self._first + index)
                self._image.load()
            except Exception as error:  # damaged files make Pillow's decoders raise nearly anything
                if not index:
                    reason = " ".join(str(error).split())[:MOST_OF_REASON] or type(error).__name__
                    raise ClipError("clip_damaged", name=self.facts.name, reason=reason) from None
                self.warnings.append(ClipWarning("clip_cut", name=self.facts.name, count=index))
                return
            shown = Fraction(self._image.info.get("duration") or 0)
            length = (shown if shown > SHORTEST else Fraction(INSTEAD)) / 1000
            yield Frame(read_photo(self._image, self.facts.name), start, length)
            start += length

    def close(self) -> None:
        self._image.close()


def _plays(image: Image.Image) -> int:
    """How often the animation is shown, 0 for ever. A GIF says how often it is repeated, or nothing."""
    loop = int(image.info.get("loop", 1 if image.format != "GIF" else -1))
    if image.format == "GIF":
        return 1 if loop < 0 else loop + 1 if loop else 0
    return loop
