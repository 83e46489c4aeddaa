"""The colour space that an AVIF or HEIC names by numbers, which their decoders do not apply.

ISO/IEC 14496-12: a file is a tree of boxes; ``meta/iprp/ipco`` holds the properties of its pictures, among them
``colr``.
"""

from __future__ import annotations

from collections.abc import Iterator

MOST_BOXES = 10_000
# The boxes on the way, and how many bytes stand in each before the boxes that it holds.
WAY = ((b"meta", 4), (b"iprp", 0), (b"ipco", 0))


def colour_code(data: bytes) -> tuple[int, int] | None:
    """Primaries and transfer of the first picture (ITU-T H.273), None where the file names none."""
    start, end = 0, len(data)
    for name, skipped in WAY:
        box = next((box for box in boxes(data, start, end) if box[0] == name), None)
        if box is None:
            return None
        start, end = box[1] + skipped, box[2]
    for kind, body, body_end in boxes(data, start, end):
        if kind == b"colr" and data[body : body + 4] == b"nclx" and body + 8 <= body_end:
            primaries, transfer = (int.from_bytes(data[at : at + 2], "big") for at in (body + 4, body + 6))
            return primaries, transfer
    return None


def boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning and end of the content of each box between two places."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        size, kind, head = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
        if size == 1:  # the size follows in 64 bits
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        stop = start + size if size else end  # 0: up to the end
        if (size and size < head) or stop > end:
            return
        yield kind, start + head, stop
        start = stop
