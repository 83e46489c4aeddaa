"""What Pillow does not say of a JPEG: how many scans it has, whether it is complete, and whether it is damaged.

In damaged data a decoder loses its place and draws garbage. At the end it then lacks data, and leaves the rest grey, or
has data left over. A damage that moves nothing, such as a wrong bit, cannot be told without decoding by hand.
"""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, ImageChops

from seg.photo.filling import BLANK

# A marker that begins a segment or ends the picture. Within a scan's data FF is followed by 00 or by D0 to D7.
MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")
START, END, START_OF_SCAN = 0xD8, 0xD9, 0xDA
ONE_AFTER_ANOTHER = (0xC0, 0xC1)  # pictures whose blocks follow one another, by Huffman's codes
END_BYTES = b"\xff\xd9"
# A file of 16 MB of profiles has some 250 segments. Walking over millions of empty ones would take a minute.
MOST_SEGMENTS = 20_000
# What could follow a picture that is cut off: no scan decodes it as it would decode nothing.
NOISE = bytes(range(1, 255, 2))
# Decoding a progressive picture twice takes seconds above this; it then counts as incomplete.
MOST_PIXELS_TO_COMPARE = 30_000_000
# So many bytes of noise hold two blocks of each colour, so that without them the last ones are grey.
LEFT_OVER = 2048
GREY = range(127, 130)  # what a decoder without data draws, in every channel
# Chance makes fewer ends of lines alike, and the tables of a good picture have others.
MOST_BY_CHANCE = 32
# Evenly coloured pictures are a few bytes again and again; a byte that is less frequent than this is no part of that.
MOST_FREQUENT = 1 / 64


@dataclass(frozen=True)
class JpegFacts:
    """``scans``: how many the picture has; ``has_end``: whether the bytes that end it are there.

    ``begin`` and ``end``: where the first scan's data begin, and where the picture ends, in bytes; ``begin`` is 0 where
    it has no scan. ``is_one_scan``: whether its blocks follow one another, each with all of its detail.
    """

    scans: int
    has_end: bool
    begin: int = 0
    end: int = 0
    is_one_scan: bool = False


def facts_of(data: bytes) -> JpegFacts:
    """Walk over a JPEG's segments up to the picture's end.

    What is in a segment (a profile, a thumbnail) or behind the picture (a video) is no part of it, though it may look
    like one. A file of too many segments counts as one of too many scans.
    """
    scans, place, begin, follows = 0, 2, 0, False
    for _ in range(MOST_SEGMENTS):
        marker = MARKER.search(data, place)
        if marker is None:
            return JpegFacts(scans, False, begin, len(data))
        place, kind = marker.end(), marker[1][0]
        if kind == END:
            return JpegFacts(scans, True, begin, marker.start(), follows and scans == 1)
        if kind != START:
            scans += kind == START_OF_SCAN
            follows |= kind in ONE_AFTER_ANOTHER
            place += max(2, int.from_bytes(data[place : place + 2], "big"))
            begin = begin or place * (kind == START_OF_SCAN)
    return JpegFacts(MOST_SEGMENTS, has_end=False)


def is_damaged(data: bytes, decoded: Image.Image) -> bool:
    """Whether the data of a JPEG that could be decoded, at any size, do not fit its picture; of one that has an end.

    It takes a third of the time in which a photo of 12 million pixels is decoded at its full size: 0.04 s.
    """
    facts = facts_of(data)
    if _was_sent_as_a_text(data[: facts.end]):
        return True
    if not facts.is_one_scan:
        return False
    if _ends_grey(decoded):
        return lacks_pixels(data[: facts.end])
    scan = data[facts.begin : facts.end].rstrip(BLANK)  # some cameras fill up
    if len(scan) <= LEFT_OVER:
        return False
    without_rest = data[: facts.begin + len(scan) - LEFT_OVER] + END_BYTES
    with suppress(Exception):  # damaged files make Pillow's decoders raise nearly anything
        return not _ends_grey(_small(Image.open(io.BytesIO(without_rest), formats=("JPEG",))))
    return False


def _was_sent_as_a_text(data: bytes) -> bool:
    """Whether a program (FTP in its ASCII mode) has written CR before each LF, so that no LF is without.

    That it has left CR or LF out cannot be told: data of smooth pictures can have none of either.
    """
    lines = data.count(b"\n")
    return MOST_BY_CHANCE <= lines <= len(data) * MOST_FREQUENT and data.count(b"\r\n") == lines


def _ends_grey(image: Image.Image) -> bool:
    last = image.getpixel((image.width - 1, image.height - 1))
    return all(value in GREY for value in (last if isinstance(last, tuple) else (last,)))


def _small(image: Image.Image) -> Image.Image:
    """The same JPEG, not yet decoded: it will be at an eighth of its size, in a quarter of the time."""
    image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))  # type: ignore[arg-type]
    return image


def lacks_pixels(data: bytes) -> bool:
    """Whether pixels are missing from a JPEG without an end: then what follows its last byte changes the picture."""
    pictures = []
    try:
        for rest in (b"", NOISE):
            image = Image.open(io.BytesIO(data + rest + END_BYTES), formats=("JPEG",))
            if image.info.get("progressive"):
                # Made small, such a picture would need its first scans only.
                if image.width * image.height > MOST_PIXELS_TO_COMPARE:
                    return True
            else:
                _small(image)
            pictures.append(image)
        return ImageChops.difference(*pictures).getbbox() is not None
    except Exception:  # damaged files make Pillow's decoders raise nearly anything
        return True


def lacks_only_its_end(data: bytes) -> bool:
    """Whether a JPEG has all of its pixels and not the bytes that end it; for a picture whose size has been checked."""
    return not facts_of(data).has_end and not lacks_pixels(data)
