"""TIFF, PNG and BMP put together by hand: what people have and Pillow does not write."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from PIL import Image

from tests.encoded import png

GRAY, RGB = 1, 2  # photometric values of TIFF 6.0


def tiff(pixels: np.ndarray, photometric: int, *entries: tuple[int, int, list[int]], order: str = "<") -> bytes:
    """An uncompressed TIFF of one strip, ``pixels`` as they are stored.

    ``entries``: tags, with type and values; a tag without values is left out.
    """
    height, width = pixels.shape[:2] if pixels.ndim == 2 or pixels.shape[2] < 9 else pixels.shape[1:]
    samples = pixels.size // (height * width)
    body = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [8 * pixels.itemsize] * samples), 259: (3, [1])}
    tags |= {262: (3, [photometric]), 273: (4, [8]), 277: (3, [samples]), 278: (4, [height]), 279: (4, [len(body)])}
    tags |= {tag: (kind, values) for tag, kind, values in entries}
    tags = {tag: (kind, values) for tag, (kind, values) in tags.items() if values}
    place = 8 + len(body) + len(body) % 2
    rows, more, after = b"", b"", place + 6 + 12 * len(tags)
    for tag, (kind, values) in sorted(tags.items()):
        data = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(data) > 4:
            more, data = more + data, struct.pack(f"{order}I", after + len(more))
        rows += struct.pack(f"{order}HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", place)
    return (head + body).ljust(place, b"\0") + struct.pack(f"{order}H", len(tags)) + rows + bytes(4) + more


def planes(pixels: np.ndarray, **options) -> bytes:
    """A TIFF with all of red first, then all of green, then all of blue."""
    height, width, count = pixels.shape
    size = height * width * pixels.itemsize
    stored = np.ascontiguousarray(pixels.transpose(2, 0, 1)).reshape(height, width, count)
    starts = [8 + size * plane for plane in range(count)]
    return tiff(stored, RGB, (284, 3, [2]), (273, 4, starts), (279, 4, [size] * count), **options)


def tiles(pixels: np.ndarray, side: int = 64) -> bytes:
    """A TIFF of square tiles, as scanners of slides and maps write them; the last ones reach beyond the picture."""
    height, width, count = pixels.shape
    down, across = -(-height // side), -(-width // side)
    padded = np.pad(pixels, ((0, down * side - height), (0, across * side - width), (0, 0)), mode="edge")
    stored = padded.reshape(down, side, across, side, count).swapaxes(1, 2).reshape(padded.shape)
    size = side * side * count
    starts = [8 + size * tile for tile in range(down * across)]
    strips = [(tag, 4, []) for tag in (273, 278, 279)]
    places = [(322, 3, [side]), (323, 3, [side]), (324, 4, starts), (325, 4, [size] * len(starts))]
    return tiff(stored, RGB, (256, 4, [width]), (257, 4, [height]), *strips, *places)


def png_of(pixels: np.ndarray, colour: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of 8 or 16 bits a channel, by its colour type, with more chunks."""
    height, width = pixels.shape[:2]
    big = pixels.astype(pixels.dtype.newbyteorder(">"))
    rows = big.reshape(height, -1).view(np.uint8)
    rows = np.hstack([np.zeros((height, 1), np.uint8), rows])
    return png(width, height, 8 * pixels.itemsize, colour, rows.tobytes(), *chunks)


def interlaced(pixels: np.ndarray) -> bytes:
    """A PNG in Adam's seven passes, of which each is a coarser picture (PNG, section 8.2)."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(
        b"\0" + row.tobytes()
        for left, top, across, down in passes
        for row in pixels[top::down, left::across]
        if row.size
    )
    plain = png_of(pixels, 2)
    head = plain[12:28] + b"\1"  # the last byte of IHDR is how the picture is interlaced
    start, data = plain.index(b"IDAT") - 4, zlib.compress(rows)
    return (
        plain[:12]
        + head
        + struct.pack(">I", zlib.crc32(head))
        + plain[33:start]
        + struct.pack(">I", len(data))
        + b"IDAT"
        + data
        + struct.pack(">I", zlib.crc32(b"IDAT" + data))
        + plain[plain.index(b"IEND") - 4 :]
    )


def of_iphone_program(pixels: np.ndarray) -> bytes:
    """A PNG as Xcode packs it into programs: a chunk of Apple's comes first, and the pixels lack zlib's head."""
    plain = png_of(pixels, 2, (b"CgBI", b"P\0 \2"))
    place = plain.index(b"IDAT") + 4
    return plain[:8] + plain[33:49] + plain[8:33] + plain[49:place] + plain[place + 2 :]


def bitmaps(pixels: np.ndarray) -> dict[str, bytes]:
    """BMPs as Windows has written them in thirty years, by what is odd in each."""
    height, width = pixels.shape[:2]

    def bitmap(head: bytes, rows: np.ndarray, palette: bytes = b"") -> bytes:
        lines = (row.tobytes() for row in rows)
        body = b"".join(line.ljust(-(-len(line) // 4) * 4, b"\0") for line in lines)
        start = 14 + len(head) + len(palette)
        return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + palette + body

    def head(bits: int, height: int = height, compression: int = 0, colours: int = 0) -> bytes:
        return struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, colours, 0)

    bgr = np.ascontiguousarray(pixels[:, :, ::-1])
    levels = (pixels[::-1] >> 3).astype(np.uint16)
    indexed = Image.fromarray(pixels).quantize(256)
    palette = np.zeros((256, 4), np.uint8)
    colours = np.array(indexed.getpalette(), np.uint8).reshape(-1, 3)
    palette[: len(colours), :3] = colours[:, ::-1]
    runs = np.dstack([np.ones((height, width), np.uint8), np.asarray(indexed)[::-1]]).reshape(height, -1)
    lines = b"".join(row.tobytes() + b"\0\0" for row in runs) + b"\0\1"
    return {
        "16-bits": bitmap(head(16), (levels[..., 0] << 10 | levels[..., 1] << 5 | levels[..., 2]).astype("<u2")),
        "top-down": bitmap(head(24, -height), bgr),
        "OS2": bitmap(struct.pack("<IHHHH", 12, width, height, 1, 24), bgr[::-1]),
        "runs": bitmap(
            head(8, compression=1, colours=256), np.frombuffer(lines, np.uint8)[np.newaxis], palette.tobytes()
        ),
    }
