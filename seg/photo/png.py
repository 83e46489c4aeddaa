"""A PNG as its decoder should see it: without texts, which may be larger than Pillow reads, and with its end."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

SIGNATURE_BYTES = 8
FRAME_BYTES = 12  # a chunk's length, kind and checksum
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
END = b"\0\0\0\0IEND\xaeB`\x82"
# A chunk has some 8 kB; of 250 million pixels that is 100,000 of them. Walking over more would take seconds.
MOST_CHUNKS = 500_000
MOST_PROFILE_BYTES = 16 * 2**20


class TooManyChunks(ValueError):
    """More chunks than any program writes."""


@dataclass(frozen=True)
class PngParts:
    """``data``: the file without texts and profile, and with an end; ``is_cut``: whether a chunk ended too early.

    ``profile``: the ICC profile. ``code``: the code points of the colour space (chunk cICP): primaries, transfer.
    """

    data: bytes
    is_cut: bool = False
    profile: bytes | None = None
    code: tuple[int, int] | None = None


def parts_of(data: bytes) -> PngParts:
    """Take a PNG apart. Raises TooManyChunks."""
    view, place, profile, code = memoryview(data), SIGNATURE_BYTES, None, None
    kept = [view[:SIGNATURE_BYTES]]
    for _ in range(MOST_CHUNKS):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + FRAME_BYTES + length
        if kind == b"IEND" or end > len(data):
            break
        body = place + 8
        if kind == b"iCCP":
            profile = profile or _profile(data[body : body + length])
        elif kind == b"cICP":
            code = (data[body], data[body + 1]) if length >= 2 else None
        if kind not in (*TEXTS, b"iCCP"):
            kept.append(view[place:end])
        place = end
    else:
        raise TooManyChunks
    is_cut = kind != b"IEND" and place < len(data)
    # What is there of the last chunk may hold rows of the picture; one that is complete is followed by the end.
    kept.append(view[place:] if is_cut else memoryview(END))
    return PngParts(b"".join(kept), is_cut, profile, code)


def _profile(body: bytes) -> bytes | None:
    """The profile of a chunk iCCP: a name, a byte 0, the method, then compressed data. None where it is damaged."""
    try:
        unpacker = zlib.decompressobj()
        profile = unpacker.decompress(body[body.index(b"\0") + 2 :], MOST_PROFILE_BYTES)
        return profile if unpacker.eof else None
    except (ValueError, zlib.error):
        return None
