"""Encoded pictures of many kinds, and what the refusal of one says."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from seg.photo import PhotoError, read_photo

ORIENTATION = 0x0112


def colourful(height: int = 40, width: int = 60) -> np.ndarray:
    """A picture with no symmetry at all: red grows downwards, green to the right, blue marks the top left."""
    y, x = np.mgrid[:height, :width]
    blue = 255 * ((y < height / 3) & (x < width / 3))
    return np.stack([y * 255 // height, x * 255 // width, blue], axis=2).astype(np.uint8)


def encoded(image: Image.Image | np.ndarray, format: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, format, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG put together by hand: what Pillow cannot write, or what nobody should have written."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    middle = b"".join(chunk(*each) for each in chunks)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + middle
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def refusal(source, **options) -> str:
    """Why a photo is refused; holds that it is one sentence."""
    with pytest.raises(PhotoError) as caught:
        read_photo(source, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert ". " not in sentence, f"more than one sentence: {sentence}"
    assert "\n" not in sentence
    return sentence


def a_large_photo() -> np.ndarray:
    rows, columns = np.indices((1207, 1600))
    return np.dstack([rows // 5, columns // 7, (rows + columns) // 12]).astype(np.uint8)
