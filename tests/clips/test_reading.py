"""Clips as they are read: their frames, when each is shown, how often all are, and what is no clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.clips import video
from seg.clips.clip import ClipError, ClipFacts, Frame
from seg.clips.opening import find_clips, open_clip
from seg.photo import PhotoError
from tests.clips.made import SIZE, cat_frames, turned_clockwise, write_animation, write_video


def read(path: Path) -> tuple[ClipFacts, list[Frame], list[str]]:
    with open_clip(path) as clip:
        frames = list(clip.frames())
        return clip.facts, frames, [warning.code for warning in clip.warnings]


def milliseconds(frames: list[Frame]) -> list[int]:
    assert frames[0].start == 0
    assert [frame.start for frame in frames[1:]] == [frame.start + frame.length for frame in frames[:-1]]
    return [round(frame.length * 1000) for frame in frames]


@pytest.mark.parametrize("name", ["clip.gif", "clip.webp", "clip.png"])
def test_frames_of_a_moving_picture_keep_their_times(tmp_path, name):
    facts, frames, warnings = read(write_animation(tmp_path / name, [40, 120, 900, 200], lossless=True))
    assert milliseconds(frames) == [40, 120, 900, 200] and warnings == []
    assert (facts.count, facts.format) == (4, {".png": "apng"}.get(Path(name).suffix, name[5:]))
    for frame, expected in zip(frames, cat_frames(), strict=True):
        assert frame.photo.size == SIZE
        assert np.abs(frame.photo.pixels.astype(int) - expected).mean() < 8  # a GIF has 256 colours


@pytest.mark.parametrize(
    ("name", "options", "plays"),
    [
        ("clip.gif", {}, 1),
        ("clip.gif", {"loop": 0}, 0),
        ("clip.gif", {"loop": 2}, 3),  # a GIF says how often it is repeated
        ("clip.webp", {"loop": 2}, 2),
        ("clip.png", {"loop": 2}, 2),
        ("clip.png", {"loop": 0}, 0),
    ],
)
def test_how_often_a_moving_picture_is_played(tmp_path, name, options, plays):
    assert read(write_animation(tmp_path / name, [100, 100], **options))[0].plays == plays


def test_a_frame_that_is_to_be_shown_for_no_time_is_shown_as_long_as_browsers_do(tmp_path):
    assert milliseconds(read(write_animation(tmp_path / "clip.gif", [0, 10, 20]))[1]) == [100, 100, 20]


def test_a_picture_for_programs_that_show_no_animation_is_no_frame(tmp_path):
    path = write_animation(tmp_path / "clip.png", [100, 100, 100], default_image=True)
    facts, frames, _ = read(path)
    assert (facts.count, len(frames)) == (2, 2)
    assert np.array_equal(frames[0].photo.pixels, cat_frames(2)[1])


def test_a_video_keeps_its_own_times_and_colours(tmp_path):
    times = [0, 40, 80, 500, 540]
    facts, frames, warnings = read(write_video(tmp_path / "clip.mp4", times))
    assert milliseconds(frames)[:4] == [40, 40, 420, 40] and warnings == []
    assert (facts.count, facts.format, facts.plays) == (5, "webm", 0)
    for frame, expected in zip(frames, cat_frames(5), strict=True):
        assert np.abs(frame.photo.pixels.astype(int) - expected).mean() < 6


def test_a_video_that_begins_late_begins_with_its_first_frame(tmp_path):
    assert milliseconds(read(write_video(tmp_path / "clip.mkv", [700, 740, 780]))[1])[:2] == [40, 40]


def test_a_video_of_a_telephone_held_upright_stands_upright(tmp_path):
    frames = [np.zeros((*SIZE, 3), np.uint8) for _ in range(2)]
    for frame in frames:
        frame[:48, :64] = 255
    path = turned_clockwise(write_video(tmp_path / "clip.mp4", [0, 40], frames=frames))
    photo = read(path)[1][0].photo
    assert photo.size == SIZE[::-1]
    assert photo.pixels[20, 80].min() > 200 and photo.pixels[20, 10].max() < 50


def test_the_content_says_what_a_clip_is(tmp_path):
    path = write_animation(tmp_path / "clip.gif", [100, 100]).rename(tmp_path / "clip.mp4")
    assert read(path)[0].format == "gif"
    video = write_video(tmp_path / "other.webm", [0, 40], "libvpx-vp9").rename(tmp_path / "other.gif")
    assert read(video)[0].format == "webm"


def test_a_folder_gives_its_clips_alone(tmp_path):
    clips = [write_animation(tmp_path / "a.gif", [100, 100]), write_video(tmp_path / "b.mp4", [0, 40])]
    Image.fromarray(cat_frames(1)[0]).save(tmp_path / "c.png")
    (tmp_path / "d.txt").write_text("no clip")
    assert find_clips([str(tmp_path), str(clips[0])]) == clips
    with pytest.raises(ClipError, match="no clips in"):
        find_clips([str(tmp_path / "*.mov")])


def test_what_is_no_clip_says_why(tmp_path):
    Image.fromarray(cat_frames(1)[0]).save(tmp_path / "still.png")
    (tmp_path / "text.mp4").write_text("no clip at all, whatever it is called")
    (tmp_path / "broken.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(50))
    with pytest.raises(ClipError, match=r"still\.png is a photo"):
        read(tmp_path / "still.png")
    with pytest.raises(ClipError, match=r"text\.mp4 is not a clip"):
        read(tmp_path / "text.mp4")
    with pytest.raises(ClipError, match=r"broken\.mp4 is damaged"):
        read(tmp_path / "broken.mp4")
    with pytest.raises(PhotoError, match=r"none\.gif does not exist"):
        read(tmp_path / "none.gif")


def test_a_file_with_sound_alone_says_so(tmp_path):
    import av

    with av.open(str(tmp_path / "song.mka"), "w", format="matroska") as file:
        stream = file.add_stream("libopus", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(ClipError, match="sound alone"):
        read(tmp_path / "song.mka")


def test_without_its_package_a_video_says_what_to_install(tmp_path, monkeypatch):
    path = write_video(tmp_path / "clip.mp4", [0, 40])
    monkeypatch.setattr(video, "find_spec", lambda name: None)
    with pytest.raises(ClipError, match="pip install av"):
        read(path)


def test_a_clip_that_ends_too_early_is_read_as_far_as_it_goes(tmp_path):
    data = write_animation(tmp_path / "clip.gif", [100] * 4).read_bytes()
    (tmp_path / "cut.gif").write_bytes(data[: len(data) * 5 // 8])
    _, frames, warnings = read(tmp_path / "cut.gif")
    assert 1 <= len(frames) < 4 and warnings in ([], ["clip_cut"])
    assert sum(frame.length for frame in frames) == Fraction(len(frames), 10)
