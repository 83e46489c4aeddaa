"""A clip becomes the clip of its pet, with the network that ships."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction

import numpy as np
import pytest

from seg.clips import cut
from seg.clips.clip import ClipError, ClipFacts, Frame
from seg.clips.cut import ClipOptions, cut_clip
from seg.clips.opening import open_clip
from seg.inference.cutout_options import CutoutOptions
from seg.inference.segmenter import Segmenter
from seg.photo import Photo
from tests.clips.made import SIZE, cat_frames, write_animation, write_video

pytest.importorskip("openvino")


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter.load()


def test_a_gif_becomes_a_gif_of_its_cat(segmenter, tmp_path):
    source = write_animation(tmp_path / "cat.gif", [50, 50, 400], loop=2)
    done: list[tuple[int, int]] = []
    result = cut_clip(segmenter, source, tmp_path / "out", show=lambda *counts: done.append(counts))
    assert result.path == tmp_path / "out" / "cat.cutout.gif" and result.warnings == ()
    assert (result.frames, result.seconds, result.size) == (3, 0.5, SIZE)
    assert done == [(1, 3), (2, 3), (3, 3)]
    with open_clip(result.path) as clip:
        frames = list(clip.frames())
        assert clip.facts.plays == 3
    assert [float(frame.length) for frame in frames] == [0.05, 0.05, 0.4]
    for frame in frames:
        assert frame.photo.alpha is not None
        assert 0.1 < (frame.photo.alpha > 0).mean() < 0.95


def test_a_video_keeps_its_sound_as_a_webm_and_says_so_where_it_cannot(segmenter, tmp_path):
    import av

    source = write_video(tmp_path / "cat.mp4", [0, 40, 80], sound="aac")
    result = cut_clip(segmenter, source, tmp_path)
    assert result.path.name == "cat.cutout.webm" and result.warnings == ()
    with av.open(str(result.path)) as file:
        sound = np.concatenate([frame.to_ndarray().ravel() for frame in file.decode(audio=0)])
        assert file.streams.audio[0].codec_context.name == "opus"
    assert len(sound) == pytest.approx(24_000, abs=2500) and np.abs(sound).max() > 0.1
    silent = cut_clip(segmenter, source, tmp_path, options=ClipOptions("webp", longest_side=64))
    assert silent.size == (48, 64) and [warning.code for warning in silent.warnings] == ["clip_sound"]


def test_sound_that_a_webm_can_hold_is_copied(segmenter, tmp_path):
    import av

    source = write_video(tmp_path / "cat.webm", [0, 40, 80], "libvpx-vp9", sound="libopus")
    result = cut_clip(segmenter, source, tmp_path)

    def packets(path) -> list[bytes]:
        with av.open(str(path)) as file:
            return [bytes(packet) for packet in file.demux(audio=0) if packet.size]

    assert packets(result.path) == packets(source)


def test_a_clip_that_is_too_long_is_refused_before_anything_is_computed(segmenter, tmp_path):
    source = write_animation(tmp_path / "cat.gif", [50] * 3)
    with pytest.raises(ClipError, match="3 frames or more, and at most 2"):
        cut_clip(segmenter, source, tmp_path / "out", options=ClipOptions(most_frames=2))
    assert not (tmp_path / "out").exists()


class EndlessClip:
    """A clip that does not say how long it is, and never ends."""

    facts = ClipFacts("endless.webm", "webp", 0, 0)

    def __init__(self):
        self.warnings, self.asked = [], 0

    def frames(self):
        while True:
            self.asked += 1
            yield Frame(Photo(cat_frames(1)[0]), Fraction(self.asked, 10), Fraction(1, 10))


def test_frames_are_read_as_they_are_needed_and_a_failure_leaves_nothing(segmenter, tmp_path, monkeypatch):
    clip = EndlessClip()
    monkeypatch.setattr(cut, "open_clip", lambda path: nullcontext(clip))
    ahead = []
    with pytest.raises(ClipError, match="at most 9"):
        cut_clip(
            segmenter,
            tmp_path / "endless.webm",
            tmp_path,
            options=ClipOptions(most_frames=9),
            show=lambda done, total: ahead.append(clip.asked - done),
        )
    assert ahead and max(ahead) <= 2 * cut.AT_ONCE + 1
    assert list(tmp_path.iterdir()) == []


def test_a_clip_whose_frames_change_their_size_is_refused(segmenter, tmp_path, monkeypatch):
    class Growing(EndlessClip):
        def frames(self):
            for side in (40, 50):
                yield Frame(Photo(np.zeros((side, side, 3), np.uint8)), Fraction(side), Fraction(1))

    monkeypatch.setattr(cut, "open_clip", lambda path: nullcontext(Growing()))
    with pytest.raises(ClipError, match="changes its size"):
        cut_clip(segmenter, tmp_path / "growing.webm", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_clip_on_a_colour_is_opaque(segmenter, tmp_path):
    source = write_animation(tmp_path / "cat.webp", [50, 50])
    colour = CutoutOptions("colour", ((0, 200, 0),))
    with open_clip(cut_clip(segmenter, source, tmp_path, options=ClipOptions(cutout=colour)).path) as clip:
        frames = list(clip.frames())
    assert len(frames) == 2
    for frame in frames:
        assert frame.photo.alpha is None
        assert (np.abs(frame.photo.pixels.astype(int) - (0, 200, 0)).max(axis=2) < 20).mean() > 0.05


def test_another_alpha_is_what_is_cut_out(segmenter):
    segmentation = segmenter(cat_frames(1)[0])
    clear = segmentation.with_small_alpha(np.zeros_like(segmentation.small_matte[1]))
    assert segmentation.alpha.max() == 1 and segmentation.cutout()[..., 3].max() == 255
    assert clear.alpha.max() == 0 and not clear.cutout().any()
