"""Clips with alpha as files: WebM, animated WebP, animated PNG, GIF. Each frame is written when it is there.

Pillow encodes the frames of the pictures and could write whole animations, but holds all their frames in memory until
the last one is there. So it encodes one frame at a time, and the few bytes around them are written here.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from PIL import GifImagePlugin, Image

from seg.clips.clip import ClipError
from seg.clips.rims import without_dark_rims
from seg.clips.video import Video
from seg.clips.webm import WebmWriter
from seg.files import complete_file
from seg.pictures import encode_png

# What each format's files end with.
FORMATS = {"webm": ".webm", "webp": ".webp", "apng": ".apng", "gif": ".gif"}
MILLISECONDS, CENTISECONDS = 1000, 100  # in a second
SHORTEST_IN_GIF = 2  # hundredths of a second: browsers show shorter frames five times as long
MOST_16_BITS, MOST_24_BITS = 2**16 - 1, 2**24 - 1
CLEAR = 255  # the colour of a GIF's frames that stands for nothing
QUALITY = 85  # of WebP's colours; its alpha is kept as it is
HALF = 128  # alpha from which on a GIF, which knows all or nothing, shows a pixel


class Writer(Protocol):
    """Takes the frames of a clip one by one, all of one size, each shown until the next one begins."""

    def add(self, picture: np.ndarray, start: Fraction, length: Fraction) -> None:
        """``picture``: RGBA uint8 ``(H, W, 4)``, or RGB; ``start``, ``length``: in seconds. Raises OSError."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


@contextmanager
def clip_writer(path: Path, format: str, plays: int, source: Video | None = None) -> Iterator[Writer]:
    """What writes a clip to ``path``, completely or not at all.

    ``plays``: how often pictures are to be shown, 0 for ever. ``source``: the video whose sound a WebM is to have.
    Raises ClipError, OSError.
    """
    if format not in FORMATS:
        raise ClipError("clip_format", format=format, formats=list(FORMATS))
    with complete_file(path) as unfinished:
        if format == "webm":
            video = WebmWriter(unfinished, path.name, source)
            try:
                yield video
                video.close()
            finally:
                video.abandon()
            return
        kinds: dict[str, Callable[[IO[bytes], int], Writer]]
        kinds = {"webp": WebpWriter, "apng": ApngWriter, "gif": GifWriter}
        with unfinished.open("w+b") as file:
            writer = kinds[format](file, plays)
            yield writer
            writer.close()


class WebpWriter:
    """An animated WebP: developers.google.com/speed/webp/docs/riff_container."""

    def __init__(self, file: IO[bytes], plays: int):
        self._file, self._plays = file, min(plays, MOST_16_BITS)

    def add(self, picture: np.ndarray, start: Fraction, length: Fraction) -> None:
        height, width = picture.shape[:2]
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        if not self._file.tell():
            self._file.write(b"RIFF\0\0\0\0WEBP")
            animation_and_alpha = 0x12
            self._chunk(b"VP8X", bytes([animation_and_alpha, 0, 0, 0]) + size)
            self._chunk(b"ANIM", bytes(4) + self._plays.to_bytes(2, "little"))
        buffer = io.BytesIO()
        colours = without_dark_rims(picture) if picture.shape[2] == 4 else picture
        Image.fromarray(colours).save(buffer, "WEBP", quality=QUALITY, method=2)
        shown = min(_ticks(start, length, MILLISECONDS), MOST_24_BITS).to_bytes(3, "little")
        replace_and_clear = b"\x03"  # the frame replaces what was there, and goes before the next one comes
        head = bytes(6) + size + shown + replace_and_clear
        self._chunk(b"ANMF", head + _bitstream(buffer.getvalue()))

    def _chunk(self, kind: bytes, body: bytes) -> None:
        self._file.write(kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2))

    def close(self) -> None:
        size = self._file.tell() - 8
        self._file.seek(4)
        self._file.write(size.to_bytes(4, "little"))


def _bitstream(webp: bytes) -> bytes:
    """The chunks of a still WebP that hold its pixels and their alpha."""
    chunks, place = [], 12
    while place < len(webp):
        end = place + 8 + int.from_bytes(webp[place + 4 : place + 8], "little")
        end += end % 2
        if webp[place : place + 4] in (b"ALPH", b"VP8 ", b"VP8L"):
            chunks.append(webp[place:end])
        place = end
    return b"".join(chunks)


class ApngWriter:
    """An animated PNG: www.w3.org/TR/png-3, the chunks acTL, fcTL and fdAT."""

    def __init__(self, file: IO[bytes], plays: int):
        self._file, self._plays = file, plays
        self._count = self._number = 0
        self._place_of_count = 0

    def add(self, picture: np.ndarray, start: Fraction, length: Fraction) -> None:
        chunks = list(_png_chunks(encode_png(picture)))
        if not self._count:
            self._file.write(b"\x89PNG\r\n\x1a\n")
            self._chunk(*chunks[0])
            self._place_of_count = self._file.tell()
            self._write_count()
            for kind, body in chunks[1:]:
                if kind not in (b"IDAT", b"IEND"):
                    self._chunk(kind, body)
        height, width = picture.shape[:2]
        shown, unit = _ticks(start, length, MILLISECONDS), MILLISECONDS
        if shown > MOST_16_BITS:
            shown, unit = min(shown // MILLISECONDS, MOST_16_BITS), 1
        clear_and_replace = b"\x01\0"
        numbers = b"".join(number.to_bytes(4, "big") for number in (width, height, 0, 0))
        delay = shown.to_bytes(2, "big") + unit.to_bytes(2, "big")
        self._chunk(b"fcTL", self._next_number() + numbers + delay + clear_and_replace)
        for kind, body in chunks:
            if kind == b"IDAT":
                self._chunk(*((b"fdAT", self._next_number() + body) if self._count else (kind, body)))
        self._count += 1

    def _next_number(self) -> bytes:
        self._number += 1
        return (self._number - 1).to_bytes(4, "big")

    def _write_count(self) -> None:
        self._chunk(b"acTL", self._count.to_bytes(4, "big") + self._plays.to_bytes(4, "big"))

    def _chunk(self, kind: bytes, body: bytes) -> None:
        self._file.write(len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big"))

    def close(self) -> None:
        self._chunk(b"IEND", b"")
        self._file.seek(self._place_of_count)
        self._write_count()


def _png_chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        end = place + 8 + int.from_bytes(png[place : place + 4], "big")
        yield png[place + 4 : place + 8], png[place + 8 : end]
        place = end + 4


class GifWriter:
    """An animated GIF: each frame has 255 colours of its own, and pixels that are there or not."""

    def __init__(self, file: IO[bytes], plays: int):
        self._file, self._plays = file, plays
        self._waiting: tuple[Image.Image, int] | None = None
        self._end = Fraction(0)

    def add(self, picture: np.ndarray, start: Fraction, length: Fraction) -> None:
        if not self._file.tell():
            height, width = picture.shape[:2]
            size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
            self._file.write(b"GIF89a" + size + bytes(3))
            if self._plays != 1:  # a GIF says how often it is repeated, 0 for ever
                repeated = max(0, self._plays - 1).to_bytes(2, "little")
                self._file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + repeated + b"\0")
        begin = round(start * CENTISECONDS)
        self._end = start + length
        if self._waiting and begin - self._waiting[1] < SHORTEST_IN_GIF:
            return  # no GIF has so many frames a second
        self._write_waiting(begin)
        self._waiting = (_with_palette(picture), begin)

    def _write_waiting(self, end: int) -> None:
        if self._waiting is None:
            return
        frame, begin = self._waiting
        shown = min(max(SHORTEST_IN_GIF, end - begin), MOST_16_BITS)
        options: dict[str, Any] = {
            "duration": shown * 10,
            "transparency": CLEAR,
            "disposal": 2,
            "include_color_table": True,
        }
        for part in GifImagePlugin.getdata(frame, **options):
            self._file.write(part)

    def close(self) -> None:
        self._write_waiting(round(self._end * CENTISECONDS))
        self._file.write(b";")


def _with_palette(picture: np.ndarray) -> Image.Image:
    opaque = picture[..., 3] >= HALF if picture.shape[2] == 4 else np.ones(picture.shape[:2], bool)
    colours = np.where(opaque[..., np.newaxis], picture[..., :3], np.uint8(0))
    frame = Image.fromarray(colours).quantize(CLEAR)
    frame.paste(CLEAR, mask=Image.fromarray(~opaque))
    return frame


def _ticks(start: Fraction, length: Fraction, in_a_second: int) -> int:
    """How long a frame is shown, so rounded that the frames after it begin when they should."""
    return round((start + length) * in_a_second) - round(start * in_a_second)
