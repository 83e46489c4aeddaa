"""Clips as they are written: what another decoder sees of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.clips import webm
from seg.clips.clip import ClipError
from seg.clips.rims import without_dark_rims
from seg.clips.writing import FORMATS, clip_writer
from tests.clips.made import SIZE, cat_frames

LENGTHS = [40, 70, 1200, 100]  # milliseconds


def cut_frames() -> list[np.ndarray]:
    """A disc of each frame of the cat, half of it half clear, black where it is clear: RGBA uint8."""
    y, x = np.indices(SIZE)
    alpha = np.where(np.hypot(y - 48, x - 64) < 30, np.where(x < 64, 255, 128), 0).astype(np.uint8)
    return [np.dstack([np.where(alpha[..., np.newaxis] > 0, frame, 0), alpha]) for frame in cat_frames()]


def write(path: Path, format: str, pictures: list[np.ndarray], lengths: list[int], plays: int = 0) -> Path:
    with clip_writer(path, format, plays) as writer:
        start = Fraction(0)
        for picture, length in zip(pictures, lengths, strict=True):
            writer.add(picture, start, Fraction(length, 1000))
            start += Fraction(length, 1000)
    return path


def seen(path: Path) -> tuple[list[np.ndarray], list[float], Image.Image]:
    """Frames as RGBA and their milliseconds, as Pillow sees them."""
    image = Image.open(path)
    frames, shown = [], []
    for index in range(image.n_frames):
        image.seek(index)
        image.load()
        frames.append(np.asarray(image.convert("RGBA")).copy())
        shown.append(image.info["duration"])
    return frames, shown, image


@pytest.mark.parametrize(("format", "repeated"), [("webp", 3), ("apng", 3), ("gif", 2)])
def test_moving_pictures_have_alpha_times_and_plays(tmp_path, format, repeated):
    path = write(tmp_path / f"clip{FORMATS[format]}", format, cut_frames(), LENGTHS, plays=3)
    frames, shown, image = seen(path)
    assert shown == LENGTHS and image.info["loop"] == repeated
    for frame, expected in zip(frames, cut_frames(), strict=True):
        alpha = np.where(expected[..., 3] >= 128, 255, 0) if format == "gif" else expected[..., 3]
        assert np.array_equal(frame[..., 3], alpha)
        opaque = expected[..., 3] == 255
        assert np.abs(frame[opaque].astype(int) - expected[opaque]).mean() < 8
        assert format == "webp" or not frame[alpha == 0].any()  # what is clear hides nothing


def test_a_webm_has_alpha_and_times(tmp_path):
    import av

    path = write(tmp_path / "clip.webm", "webm", cut_frames(), LENGTHS)
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert stream.metadata["alpha_mode"] == "1" and file.duration == pytest.approx(1_410_000, abs=2000)
        decoder = av.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own decoder leaves alpha out
        packets = [packet for packet in file.demux(stream) if packet.size]
        frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    assert [frame.pts for frame in frames] == [0, 40, 110, 1310]
    for frame, expected in zip(frames, cut_frames(), strict=True):
        pixels = frame.to_ndarray(format="rgba").astype(int)
        assert np.abs(pixels[..., 3] - expected[..., 3]).mean() < 2
        opaque = expected[..., 3] == 255
        assert np.abs(pixels[opaque] - expected[opaque]).mean() < 8


@pytest.mark.parametrize("format", FORMATS)
def test_a_clip_on_a_background_is_opaque(tmp_path, format):
    from seg.clips.opening import open_clip

    path = write(tmp_path / f"clip{FORMATS[format]}", format, cat_frames(), LENGTHS)
    with open_clip(path) as clip:
        frames = list(clip.frames())
    for frame, expected in zip(frames, cat_frames(), strict=True):
        assert frame.photo.alpha is None
        assert np.abs(frame.photo.pixels.astype(int) - expected).mean() < 8


def test_pictures_are_shown_at_their_times_however_they_are_rounded(tmp_path):
    with clip_writer(tmp_path / "clip.apng", "apng", 0) as writer:
        for index in range(4):
            writer.add(cut_frames()[0], Fraction(index, 30), Fraction(1, 30))
    assert seen(tmp_path / "clip.apng")[1] == [33, 34, 33, 33]


def test_a_gif_leaves_out_what_it_cannot_show_in_time(tmp_path):
    # 100 frames a second: a GIF shows 50.
    frames, shown, _ = seen(write(tmp_path / "clip.gif", "gif", cut_frames() * 2, [10] * 8))
    assert shown == [20] * 4 and len(frames) == 4


def test_what_is_clear_has_the_colours_of_the_subject_nearby():
    cut = cut_frames()[0]
    cut[..., :3] = np.where(cut[..., 3:] > 0, np.array([200, 120, 40], np.uint8), 0)
    filled = without_dark_rims(cut)
    assert np.array_equal(filled[..., 3], cut[..., 3])
    assert np.abs(filled[..., :3].astype(int) - (200, 120, 40)).max() <= 1
    assert not without_dark_rims(np.zeros((5, 7, 4), np.uint8)).any()


@pytest.mark.parametrize("format", FORMATS)
def test_a_clip_that_fails_leaves_nothing(tmp_path, format):
    with pytest.raises(RuntimeError), clip_writer(tmp_path / "clip", format, 0) as writer:
        writer.add(cut_frames()[0], Fraction(0), Fraction(1, 10))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_without_its_package_a_webm_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(webm, "find_spec", lambda name: None)
    with pytest.raises(ClipError, match=r"pip install av"), clip_writer(tmp_path / "clip.webm", "webm", 0):
        pass
    assert list(tmp_path.iterdir()) == []
