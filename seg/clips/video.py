"""Frames of a video, decoded by FFmpeg through PyAV, which is installed apart: `pip install av`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from seg.clips.clip import ClipError, ClipFacts, ClipWarning, Frame
from seg.photo import read_photo

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

UNSPECIFIED, BT709, BT601 = 2, 1, 5  # how FFmpeg numbers the matrices from YCbCr to RGB
HIGH_DEFINITION = 720  # rows: a video that does not say how its colours are stored uses BT.709 from here on
USUAL_RATE, MOST_RATE = Fraction(30), 240  # frames a second; browsers' recordings say 1000, the unit of their clock
MOST_OF_REASON = 120  # letters of what FFmpeg says
# FFmpeg's own decoders of VP8 and VP9 leave alpha out.
WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


class Video:
    """A video file, ``format`` being what FFmpeg calls what takes it apart. Raises ClipError."""

    def __init__(self, path: Path, format: str, name: str):
        if not find_spec("av"):
            raise ClipError("clip_needs_av", name=name)
        import av

        with _damage(name):
            self._container: InputContainer = av.open(str(path), format=format)
        self.path, self.format = path, format
        self.start = Fraction(0)  # where the video's clock stands at its first frame, in seconds, once that is decoded
        self.warnings: list[ClipWarning] = []
        try:
            self._stream = self._video_stream(name)
        except ClipError:
            self.close()
            raise
        rate = self._stream.average_rate or self._stream.guessed_rate or USUAL_RATE
        if rate > MOST_RATE:
            rate = USUAL_RATE
        length = Fraction(self._container.duration or 0, av.time_base)
        count = self._stream.frames or int(length * rate)
        self.facts = ClipFacts(name, "webm", count, 0, Fraction(rate))

    def _video_stream(self, name: str) -> VideoStream:
        if not self._container.streams.video:
            raise ClipError("clip_no_video", name=name)
        stream = self._container.streams.video[0]
        if stream.codec_context is None:
            raise ClipError("clip_codec", name=name)
        stream.thread_type = "AUTO"
        return stream

    @property
    def has_sound(self) -> bool:
        """Whether there is a sound track that can be decoded."""
        audio = self._container.streams.audio
        return bool(audio) and audio[0].codec_context is not None

    @property
    def _tick(self) -> Fraction:
        """The unit of the frames' times, in seconds. Frames that come last do not name it."""
        return Fraction(self._stream.time_base or 1)

    def frames(self) -> Iterator[Frame]:
        waiting: VideoFrame | None = None
        begin = Fraction(0)
        for frame in self._decoded():
            if waiting is None:
                waiting, self.start = frame, (frame.pts or 0) * self._tick
                continue
            at = None if frame.pts is None else frame.pts * self._tick - self.start
            at = begin + self._usual_length(waiting) if at is None else at
            if at <= begin:  # a damaged clock; the frame would be shown for no time
                continue
            yield Frame(read_photo(_picture(waiting, self._aspect), self.facts.name), begin, at - begin)
            waiting, begin = frame, at
        if waiting is None:
            raise ClipError("clip_damaged", name=self.facts.name, reason="no frames")
        yield Frame(read_photo(_picture(waiting, self._aspect), self.facts.name), begin, self._usual_length(waiting))

    @property
    def _aspect(self) -> Fraction:
        """How wide the video's pixels are, as a share of their height."""
        return self._stream.sample_aspect_ratio or Fraction(1)

    def _usual_length(self, frame: VideoFrame) -> Fraction:
        length = (frame.duration or 0) * self._tick
        return length if length > 0 else 1 / self.facts.rate

    def _decoded(self) -> Iterator[VideoFrame]:
        """The frames; at a place that is damaged the clip ends, with a warning."""
        from av.error import FFmpegError

        decoder: Any = self._stream.codec_context
        if self._stream.metadata.get("alpha_mode") == "1" and decoder.name in WITH_ALPHA:
            import av

            extradata = decoder.extradata
            decoder = av.CodecContext.create(WITH_ALPHA[decoder.name], "r")
            decoder.extradata = extradata
        count = 0
        try:
            for packet in self._container.demux(self._stream):
                for frame in decoder.decode(_none_at_the_end(packet)):
                    yield frame
                    count += 1
        except FFmpegError as error:
            if not count:
                raise ClipError("clip_damaged", name=self.facts.name, reason=_reason(error)) from None
            self.warnings.append(ClipWarning("clip_cut", name=self.facts.name, count=count))

    def close(self) -> None:
        self._container.close()


def _none_at_the_end(packet: Packet) -> Packet | None:
    """The last packet that comes is empty, and lets the decoder give what it still holds."""
    return packet if packet.size else None


def _picture(frame: VideoFrame, aspect: Fraction) -> Image.Image:
    """A frame as RGB or RGBA, upright, its pixels square."""
    has_alpha = any(component.is_alpha for component in frame.format.components)
    matrix = frame.colorspace
    if matrix == UNSPECIFIED:
        matrix = BT709 if frame.height >= HIGH_DEFINITION else BT601
    width = max(1, round(frame.width * aspect))
    code = (int(frame.color_primaries), int(frame.color_trc))
    mode = "rgba" if has_alpha else "rgb24"
    pixels = frame.reformat(width=width, format=mode, src_colorspace=matrix).to_ndarray()
    picture = Image.fromarray(np.ascontiguousarray(np.rot90(pixels, (frame.rotation // 90) % 4)))
    picture.info["cicp"] = code  # HDR, which telephones record, is brought to sRGB by it
    return picture


@contextmanager
def _damage(name: str) -> Iterator[None]:
    from av.error import DecoderNotFoundError, FFmpegError

    try:
        yield
    except DecoderNotFoundError:
        raise ClipError("clip_codec", name=name) from None
    except FFmpegError as error:
        raise ClipError("clip_damaged", name=name, reason=_reason(error)) from None


def _reason(error: Exception) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error)).split())[:MOST_OF_REASON]
