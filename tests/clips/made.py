"""Small clips for tests: a cat of the sample that moves, as files of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seg.data.dataset import SAMPLE_FOLDER

SIZE = (96, 128)  # height and width in pixels


def cat_frames(count: int = 4) -> list[np.ndarray]:
    """Frames of a camera that moves over a photo of the sample, RGB uint8 ``(96, 128, 3)``."""
    photo = Image.open(SAMPLE_FOLDER / "images" / "Birman_10.jpg").convert("RGB").resize((160, 120))
    return [np.asarray(photo)[4 + t : 4 + t + SIZE[0], 3 * t : 3 * t + SIZE[1]] for t in range(count)]


def write_animation(path: Path, durations: Sequence[int], **options: Any) -> Path:
    """An animated picture of as many frames as durations in milliseconds; ``options`` are Pillow's."""
    first, *others = map(Image.fromarray, cat_frames(len(durations)))
    first.save(path, save_all=True, append_images=others, duration=list(durations), **options)
    return path


def write_video(
    path: Path,
    times: Sequence[int],
    codec: str = "libx264",
    sound: str | None = None,
    frames: Sequence[np.ndarray] | None = None,
) -> Path:
    """A video whose frames begin at ``times`` in milliseconds; ``sound``: the codec of half a second of a tone."""
    import av

    frames = frames or cat_frames(len(times))
    with av.open(str(path), "w") as file:
        video = file.add_stream(codec, rate=25)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        audio = file.add_stream(sound, rate=48_000, layout="mono") if sound else None
        for time, pixels in zip(times, frames, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        if audio:
            size = audio.codec_context.frame_size or 960
            for begin in range(0, 24_000, size):
                tone = (8000 * np.sin(np.arange(begin, begin + size) * 0.05)).astype(np.int16)
                part = av.AudioFrame.from_ndarray(tone[np.newaxis], format="s16", layout="mono")
                part.sample_rate, part.pts, part.time_base = 48_000, begin, Fraction(1, 48_000)
                file.mux(audio.encode(part))
            file.mux(audio.encode(None))
    return path


def turned_clockwise(video: Path) -> Path:
    """The same MP4 as a telephone writes it that is held upright: a matrix says how it is to be turned."""
    data = bytearray(video.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one, unit = 1 << 16, 1 << 30
    numbers = (0, one, 0, -one, 0, 0, 0, 0, unit)
    data[matrix : matrix + 36] = b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)
    video.write_bytes(data)
    return video
