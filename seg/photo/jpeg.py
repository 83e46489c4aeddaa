"""What Pillow does not say of a JPEG: how many scans it has, and whether it is complete."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageChops

# A marker that begins a segment or ends the picture. Within a scan's data FF is followed by 00 or by D0 to D7.
MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")
START, END, START_OF_SCAN = 0xD8, 0xD9, 0xDA
END_BYTES = b"\xff\xd9"
# A file of 16 MB of profiles has some 250 segments. Walking over millions of empty ones would take a minute.
MOST_SEGMENTS = 20_000
# What could follow a picture that is cut off: no scan decodes it as it would decode nothing.
NOISE = bytes(range(1, 255, 2))
# Decoding a progressive picture twice takes seconds above this; it then counts as incomplete.
MOST_PIXELS_TO_COMPARE = 30_000_000


@dataclass(frozen=True)
class JpegFacts:
    """``scans``: how many the picture has; ``has_end``: whether the bytes that end it are there."""

    scans: int
    has_end: bool


def facts_of(data: bytes) -> JpegFacts:
    """Walk over a JPEG's segments up to the picture's end.

    What is in a segment (a profile, a thumbnail) or behind the picture (a video) is no part of it, though it may look
    like one. A file of too many segments counts as one of too many scans.
    """
    scans, place = 0, 2
    for _ in range(MOST_SEGMENTS):
        marker = MARKER.search(data, place)
        if marker is None:
            return JpegFacts(scans, has_end=False)
        place, kind = marker.end(), marker[1][0]
        if kind == END:
            return JpegFacts(scans, has_end=True)
        if kind != START:
            scans += kind == START_OF_SCAN
            place += max(2, int.from_bytes(data[place : place + 2], "big"))
    return JpegFacts(MOST_SEGMENTS, has_end=False)


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
                image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
            pictures.append(image)
        return ImageChops.difference(*pictures).getbbox() is not None
    except Exception:  # damaged files make Pillow's decoders raise nearly anything
        return True


def lacks_only_its_end(data: bytes) -> bool:
    """Whether a JPEG has all of its pixels and not the bytes that end it; for a picture whose size has been checked."""
    return not facts_of(data).has_end and not lacks_pixels(data)
