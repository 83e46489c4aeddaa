"""AVIF of ten bits, with or without alpha, put together by hand: Pillow writes eight, and pillow-heif no AVIF.

ISO/IEC 23008-12 and the AV1 Image File Format: a box ``meta`` says where each picture's AV1 data lie in the box
``mdat`` and what they are; alpha is a second picture that says of itself that it is the first one's alpha.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

SRGB_CODE = (1, 13)  # primaries and transfer (ITU-T H.273)
# Which properties, by their place in ``ipco`` from 1 on, the colours and alpha have; a program must know the last two.
PROPERTIES = ((1, 2, 3, 6), (1, 4, 5, 7))
ESSENTIAL = (6, 7)
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"


def avif10(pixels: np.ndarray, alpha: np.ndarray | None = None, code: tuple[int, int] = SRGB_CODE) -> bytes:
    """RGB uint16 ``(H, W, 3)`` and alpha uint16 ``(H, W)`` in [0, 65535], as an AVIF that names its space by ``code``.

    Needs PyAV, which has the encoder SVT-AV1.
    """
    height, width = pixels.shape[:2]
    pictures = [_av1(pixels)]
    if alpha is not None:
        pictures.append(_av1(alpha[..., np.newaxis].repeat(3, axis=2)))
    properties = (
        _box(b"ispe", bytes(4), struct.pack(">II", width, height)),
        _box(b"colr", b"nclx", struct.pack(">HHHB", *code, 1, 128)),  # BT.709's matrix, full range
        _box(b"pixi", bytes(4), bytes([3, 10, 10, 10])),
        _box(b"pixi", bytes(4), bytes([1, 10])),
        _box(b"auxC", bytes(4), ALPHA),
        *(_box(b"av1C", _content(picture, b"av1C")) for picture in pictures),
    )
    data = [_content(picture, b"mdat") for picture in pictures]
    head = _box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")
    start = len(head) + len(_meta(properties, data, 0)) + 8
    return head + _meta(properties, data, start) + _box(b"mdat", *data)


def _meta(properties: tuple[bytes, ...], data: list[bytes], start: int) -> bytes:
    """The box that describes pictures whose ``data`` follow one another from ``start`` on."""
    numbers = range(1, len(data) + 1)
    starts = [start + sum(map(len, data[:number])) for number in range(len(data))]
    places = (
        struct.pack(">HHHII", number, 0, 1, at, len(each))
        for number, at, each in zip(numbers, starts, data, strict=True)
    )
    names = (_box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), b"av01\0") for number in numbers)
    owned = (
        struct.pack(">HB", number, len(owns)) + bytes(place | 0x80 * (place in ESSENTIAL) for place in owns)
        for number, owns in zip(numbers, PROPERTIES[: len(data)], strict=True)
    )
    is_alpha_of = [_box(b"iref", bytes(4), _box(b"auxl", struct.pack(">HHH", 2, 1, 1)))] if len(data) > 1 else []
    return _box(
        b"meta",
        bytes(4),
        _box(b"hdlr", bytes(8), b"pict", bytes(13)),
        _box(b"pitm", bytes(4), b"\0\1"),
        _box(b"iloc", bytes(4), b"\x44\0", struct.pack(">H", len(data)), *places),
        _box(b"iinf", bytes(4), struct.pack(">H", len(data)), *names),
        *is_alpha_of,
        _box(b"iprp", _box(b"ipco", *properties), _box(b"ipma", bytes(4), struct.pack(">I", len(data)), *owned)),
    )


def _av1(pixels: np.ndarray) -> bytes:
    """An AVIF of colours alone, as FFmpeg writes it."""
    import av

    buffer = io.BytesIO()
    with _priority_kept(), av.open(buffer, "w", format="avif") as container:
        stream = container.add_stream(
            "libsvtav1", rate=1, options={"crf": "10", "preset": "8", "svtav1-params": "lp=1"}
        )
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = "yuv420p10le"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb48le")
        frame = frame.reformat(format="yuv420p10le", dst_colorspace=1, dst_color_range=2)  # BT.709, full range
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 2
        for packet in (*stream.encode(frame), *stream.encode()):
            container.mux(packet)
    return buffer.getvalue()


@contextmanager
def _priority_kept() -> Iterator[None]:
    """Within the block no encoder changes how the system schedules this process.

    SVT-AV1 gives itself, where it runs as root, real-time priority. It would stay with this process and all that it
    starts, browsers and servers, which leave the machine no time for anything else.
    """
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _content(data: bytes, kind: bytes) -> bytes:
    """What stands in the first box of a kind, at any depth."""
    place = data.index(kind)
    return data[place + 4 : place - 4 + int.from_bytes(data[place - 4 : place], "big")]
