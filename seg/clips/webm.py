"""A WebM with alpha: VP9, whose transparency browsers and editors show, and the sound of the video that was cut."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seg.clips.clip import ClipError
from seg.clips.rims import without_dark_rims
from seg.clips.video import Video

if TYPE_CHECKING:
    from av import Packet
    from av.audio.stream import AudioStream

MILLISECOND = Fraction(1, 1000)
IN_WEBM = ("opus", "vorbis")  # sound that is copied; other sound becomes Opus
OPUS_RATE, OPUS_FRAME = 48_000, 960  # samples a second, and in a packet
# Constant quality. At 24 instead of 18 files are a fifth smaller, and alpha at outlines a quarter further off.
OPTIONS = {"crf": "18", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1", "auto-alt-ref": "0"}
BT709, LIMITED = 1, 1  # how FFmpeg numbers the colours of ITU-R BT.709 and values of 16 to 235


class WebmWriter:
    """Writes VP9 with alpha (yuva420p). ``name``: the file's, for errors. Raises ClipError where PyAV is missing."""

    def __init__(self, path: Path, name: str, source: Video | None = None):
        if not find_spec("av"):
            raise ClipError("clip_webm_needs_av", name=name)
        import av

        self._container = av.open(str(path), "w", format="webm")
        self._video = self._container.add_stream("libvpx-vp9", rate=source.facts.rate if source else 30)
        self._sound = Sound(source, self._container) if source and source.has_sound else None

    def add(self, picture: np.ndarray, start: Fraction, length: Fraction) -> None:
        import av
        from av.codec.context import Flags

        context: Any = self._video.codec_context
        has_alpha = picture.shape[2] == 4
        if not context.is_open:
            context.height, context.width = picture.shape[:2]
            context.pix_fmt = "yuva420p" if has_alpha else "yuv420p"
            context.options = OPTIONS
            context.time_base = MILLISECOND
            context.thread_type = "AUTO"
            context.flags |= Flags.frame_duration  # without it, all frames count as equally long
            context.colorspace = context.color_primaries = context.color_trc = BT709
            context.color_range = LIMITED
        pixels = without_dark_rims(picture) if has_alpha else np.ascontiguousarray(picture)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgba" if has_alpha else "rgb24")
        frame = frame.reformat(format=context.pix_fmt, dst_colorspace=BT709, dst_color_range=LIMITED)
        frame.time_base = MILLISECOND
        frame.pts = round(start / MILLISECOND)
        frame.duration = round((start + length) / MILLISECOND) - frame.pts
        self._container.mux(self._video.encode(frame))
        self._add_sound(start + length)

    def _add_sound(self, until: Fraction | None) -> None:
        if self._sound:
            for packet in self._sound.packets(until):
                self._container.mux(packet)

    def close(self) -> None:
        self._container.mux(self._video.encode(None))
        self._add_sound(None)
        self._container.close()

    def abandon(self) -> None:
        """Let go of the files, whether everything was written or not."""
        if self._sound:
            self._sound.close()
        with suppress(Exception):  # a container without one frame cannot be finished
            self._container.close()


class Sound:
    """The sound track of a video as packets for a WebM, read beside its frames as time goes on."""

    def __init__(self, source: Video, target: Any):
        import av

        self._source = av.open(str(source.path), format=source.format)
        self._from: AudioStream = self._source.streams.audio[0]
        self._video = source
        self.is_copied = self._from.codec_context.name in IN_WEBM
        if self.is_copied:
            self._to = target.add_stream_from_template(self._from)
        else:
            self._to = target.add_stream("libopus", rate=OPUS_RATE)
            self._to.codec_context.layout = "mono" if self._from.codec_context.channels == 1 else "stereo"
        self._packets = self._copied() if self.is_copied else self._encoded()
        self._next: tuple[Fraction, Packet] | None = None

    def packets(self, until: Fraction | None) -> Iterator[Packet]:
        """The packets that begin before ``until``, in seconds since the first frame; None: all that are left."""
        while True:
            self._next = self._next or next(self._packets, None)
            if self._next is None or (until is not None and self._next[0] >= until):
                return
            yield self._next[1]
            self._next = None

    def _copied(self) -> Iterator[tuple[Fraction, Packet]]:
        base = self._from.time_base or MILLISECOND
        shift = round(self._video.start / base)
        for packet in self._source.demux(self._from):
            # Opus begins a little early, with a packet that decoders need to start.
            if packet.pts is None or packet.pts + (packet.duration or 0) <= shift:
                continue
            packet.pts -= shift
            packet.dts = packet.pts
            packet.stream = self._to
            yield packet.pts * base, packet

    def _encoded(self) -> Iterator[tuple[Fraction, Packet]]:
        import av

        layout = self._to.codec_context.layout
        resampler = av.AudioResampler("s16", layout, OPUS_RATE, OPUS_FRAME)
        frames = (frame for frame in self._source.decode(self._from) if self._is_in_time(frame))
        for frame in chain(frames, [None]):
            for part in resampler.resample(frame):
                for packet in self._to.encode(part):
                    yield (packet.pts or 0) * (packet.time_base or MILLISECOND), packet

    def _is_in_time(self, frame: Any) -> bool:
        """Whether a frame of sound is not before the first picture; its clock is then that of the pictures."""
        base = frame.time_base or MILLISECOND
        shift = round(self._video.start / base)
        if frame.pts is None or frame.pts < shift:
            return False
        frame.pts -= shift
        return True

    def close(self) -> None:
        self._source.close()
