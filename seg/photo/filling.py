"""Files with the length of a photo and not its content: downloads reserve the place, and the rest of it stays blank.

Decoders of WebP, AVIF and HEIC draw something from zeros. A file may well have a blank part behind its picture.
"""

from __future__ import annotations

from collections.abc import Iterator

from seg.photo.boxes import boxes

BLANK = b"\0\xff"  # zeros, or what memory cards hold where nothing was written
# Tables in EXIF are filled up as well, with some thousand bytes, and may stand last.
FEWEST_BYTES, LEAST_SHARE = 8192, 1 / 16
WEBP_PICTURES = (b"VP8 ", b"VP8L", b"ANMF")
WEBP_HEAD_BYTES, MOST_CHUNKS = 12, 10_000


def without_filling(data: bytes) -> bytes:
    """The file up to the blank part at its end, or all of it where that is short."""
    content = data.rstrip(BLANK)
    return content if len(data) - len(content) >= max(FEWEST_BYTES, LEAST_SHARE * len(data)) else data


def lacks_content(data: bytes, format: str) -> bool:
    """Whether the picture of a WebP, AVIF or HEIC is blank at its end."""
    pictures = _of_webp(data) if format == "WEBP" else _of_boxes(data)
    end = max(pictures, default=0)
    return len(without_filling(data[:end])) < end


def _of_webp(data: bytes) -> Iterator[int]:
    """Where each chunk that holds a picture ends."""
    place = WEBP_HEAD_BYTES
    for _ in range(MOST_CHUNKS):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if not kind.strip(b"\0"):
            return
        place += 8 + size + size % 2
        if kind in WEBP_PICTURES:
            yield min(place, len(data))


def _of_boxes(data: bytes) -> Iterator[int]:
    for kind, _, end in boxes(data, 0, len(data)):
        if kind == b"mdat":
            yield end
