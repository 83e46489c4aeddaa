"""A PNG as its decoder should see it: with its end, without damaged extras and texts larger than Pillow reads."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

SIGNATURE_BYTES = 8
FRAME_BYTES = 12  # a chunk's length, kind and checksum
COLOURS = (b"iCCP", b"gAMA", b"cHRM", b"sRGB")  # are read here: Pillow refuses a picture in which one is damaged
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
END = b"\0\0\0\0IEND\xaeB`\x82"
# A chunk has some 8 kB; of 250 million pixels that is 100,000 of them. Walking over more would take seconds.
MOST_CHUNKS = 500_000
MOST_PROFILE_BYTES = 16 * 2**20
# The numbers of gAMA and cHRM are counts of a hundred-thousandth. Exponents outside these are mistakes.
UNIT, SMALLEST_EXPONENT, LARGEST_EXPONENT = 100_000, 10_000, 500_000


@dataclass(frozen=True)
class Primaries:
    """The colours of a screen: ``gamma`` the exponent of its light; ``points`` the x and y of its white, red, green and
    blue (CIE 1931), None where only the gamma is known."""

    gamma: float
    points: tuple[float, ...] | None


class TooManyChunks(ValueError):
    """More chunks than any program writes."""


@dataclass(frozen=True)
class PngParts:
    """``data``: the file without texts, colour space and damaged extras, and with an end.

    ``profile``: the ICC profile. ``code``: the code points of the colour space (chunk cICP): primaries, transfer.
    ``primaries``: what chunks gAMA and cHRM say, where no chunk sRGB takes their place. ``is_damaged``:
    whether the checksum of a chunk with pixels is wrong, at which a decoder need not stumble.
    """

    data: bytes
    profile: bytes | None = None
    code: tuple[int, int] | None = None
    primaries: Primaries | None = None
    is_damaged: bool = False


def parts_of(data: bytes) -> PngParts:
    """Take a PNG apart. Raises TooManyChunks."""
    view, place, profile, code = memoryview(data), SIGNATURE_BYTES, None, None
    numbers: dict[bytes, tuple[int, ...]] = {}
    is_damaged = False
    kept = [view[:SIGNATURE_BYTES]]
    for _ in range(MOST_CHUNKS):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        end = place + FRAME_BYTES + length
        if kind == b"IEND" or end > len(data) or not kind.isalpha():
            break
        body = place + 8
        if kind == b"iCCP":
            profile = profile or _profile(data[body : body + length])
        elif kind == b"cICP":
            code = (data[body], data[body + 1]) if length >= 2 else None
        elif kind in COLOURS:
            numbers[kind] = struct.unpack(f">{length // 4}I", data[body : body + length // 4 * 4])
        if kind not in (*TEXTS, *COLOURS):
            is_whole = zlib.crc32(view[place + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
            is_extra = kind[:1].islower()  # the picture can be decoded without it
            is_damaged |= not is_whole and not is_extra
            if is_whole or not is_extra:
                kept.append(view[place:end])
        place = end
    else:
        raise TooManyChunks
    is_cut = kind != b"IEND" and place < len(data)
    # What is there of the last chunk may hold rows of the picture; one that is complete is followed by the end.
    kept.append(view[place:] if is_cut and kind.isalpha() else memoryview(END))
    return PngParts(b"".join(kept), profile, code, _primaries(numbers), is_damaged)


def _primaries(numbers: dict[bytes, tuple[int, ...]]) -> Primaries | None:
    points, exponents = numbers.get(b"cHRM", ()), numbers.get(b"gAMA", (round(UNIT / 2.2),))
    is_sensible = len(exponents) == 1 and SMALLEST_EXPONENT <= exponents[0] <= LARGEST_EXPONENT
    if not numbers or b"sRGB" in numbers or not is_sensible:
        return None
    return Primaries(UNIT / exponents[0], tuple(number / UNIT for number in points) if len(points) == 8 else None)


def _profile(body: bytes) -> bytes | None:
    """The profile of a chunk iCCP: a name, a byte 0, the method, then compressed data. None where it is damaged."""
    try:
        unpacker = zlib.decompressobj()
        profile = unpacker.decompress(body[body.index(b"\0") + 2 :], MOST_PROFILE_BYTES)
        return profile if unpacker.eof else None
    except (ValueError, zlib.error):
        return None
