"""A clip in, the clip of its subject out, frame by frame: however long it is, a few frames are in memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from seg.clips.clip import Clip, ClipError, ClipWarning, Frame
from seg.clips.opening import open_clip
from seg.clips.smoothing import Smoother
from seg.clips.video import Video
from seg.clips.writing import FORMATS, clip_writer
from seg.inference.cutout_options import PLAIN, CutoutOptions
from seg.inference.second_look import DEFAULT_DETAIL, Detail
from seg.inference.segmenter import Segmentation, SegmentationError, Segmenter

MOST_FRAMES = 10_000  # five and a half minutes at 30 frames a second
AT_ONCE = 2  # frames that are segmented and matted at the same time, and as many that wait


@dataclass(frozen=True)
class ClipOptions:
    """How a clip is cut out.

    ``format``: one of ``FORMATS``, None for that of the clip, WebM for videos, whose sound it keeps. ``longest_side``:
    pixels of the longest side that the result has at most, None for the clip's. ``smooth``: alpha is averaged over some
    frames, along the motion, so that it does not flicker. ``detail``: how closely the network looks at a frame.
    ``cutout``: what lies behind the subject and around it; it is not cropped, as the frame would follow the subject.

    >>> from seg.clips.cut import ClipOptions
    >>> from seg.inference.cutout_options import parse_options
    >>> options = ClipOptions(format="webp", longest_side=480, cutout=parse_options({"background": "blur"}))
    >>> options.smooth, options.detail, options.cutout.background
    (True, 'balanced', 'blur')
    """

    format: str | None = None
    longest_side: int | None = None
    smooth: bool = True
    most_frames: int = MOST_FRAMES
    detail: Detail = DEFAULT_DETAIL
    cutout: CutoutOptions = PLAIN


DEFAULTS = ClipOptions()


@dataclass(frozen=True)
class CutClip:
    """What was written. ``seconds``: how long the clip is; ``took``: how long it took. ``size``: height and width.

    ``frames`` are those of the clip; a GIF has fewer where it cannot show so many a second.

    >>> from pathlib import Path
    >>> from seg.clips.cut import CutClip
    >>> cut = CutClip(Path("cat.cutout.gif"), frames=25, seconds=2.5, size=(240, 320), took=5.0, warnings=())
    >>> f"{cut.took / cut.frames:.1f} s a frame"
    '0.2 s a frame'
    """

    path: Path
    frames: int
    seconds: float
    size: tuple[int, int]
    took: float
    warnings: tuple[ClipWarning, ...]


def cut_clip(
    segmenter: Segmenter,
    source: Path,
    folder: Path,
    stem: str | None = None,
    options: ClipOptions = DEFAULTS,
    show: Callable[[int, int], None] = lambda done, total: None,
) -> CutClip:
    """Write ``STEM.cutout.SUFFIX`` into ``folder``: the subject of a clip, completely or not at all.

    ``stem``: None for the clip's. ``show`` is called with the frames that are done, and with how many there are, 0
    where the clip does not say it. Raises PhotoError, ClipError, SegmentationError for classes without a subject,
    OSError.

    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from seg import Dataset, Segmenter
    >>> from seg.clips.cut import cut_clip
    >>> cat = Image.open(Dataset.open()["Abyssinian_88"].photo).reduce(2)
    >>> cat.save("cat.gif", save_all=True, append_images=[cat.rotate(4)], duration=200)
    >>> cut = cut_clip(Segmenter.load(), Path("cat.gif"), Path("clips"))
    >>> cut.path.name, cut.frames, cut.seconds
    ('cat.cutout.gif', 2, 0.4)
    """
    if segmenter.classes.subject is None:
        raise SegmentationError("no_subject", names=list(segmenter.classes.names))
    started = time.perf_counter()
    with open_clip(source) as clip:
        facts = clip.facts
        if facts.count > options.most_frames:
            raise ClipError("clip_long", name=facts.name, count=facts.count, most=options.most_frames)
        chosen = options.format or facts.format
        if chosen not in FORMATS:
            raise ClipError("clip_format", format=chosen, formats=list(FORMATS))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{source.stem if stem is None else stem}.cutout{FORMATS[chosen]}"
        video = clip if isinstance(clip, Video) else None
        count, size, end = 0, (0, 0), Fraction(0)
        with clip_writer(path, chosen, facts.plays, video) as writer:
            for frame, segmentation in _smoothed(segmenter, _checked(clip, options.most_frames), options):
                writer.add(segmentation.cutout(options.cutout), frame.start, frame.length)
                count, size, end = count + 1, segmentation.photo.size, frame.start + frame.length
                show(count, facts.count)
        warnings = list(clip.warnings)
        if video and video.has_sound and chosen != "webm":
            warnings.append(ClipWarning("clip_sound", name=facts.name, format=chosen))
    return CutClip(path, count, float(end), size, time.perf_counter() - started, tuple(warnings))


def _checked(clip: Clip, most_frames: int) -> Iterator[Frame]:
    """The frames of a clip, which may have more than it says. Raises ClipError."""
    size: tuple[int, int] | None = None
    for count, frame in enumerate(clip.frames(), 1):
        if count > most_frames:
            raise ClipError("clip_long", name=clip.facts.name, count=count, most=most_frames)
        size = size or frame.photo.size
        if frame.photo.size != size:
            raise ClipError("clip_sizes", name=clip.facts.name)
        yield frame


def _smoothed(
    segmenter: Segmenter, frames: Iterable[Frame], options: ClipOptions
) -> Iterator[tuple[Frame, Segmentation]]:
    """Each frame and its segmentation, as it is to be cut out."""

    def segment(frame: Frame) -> tuple[Frame, Segmentation]:
        segmentation = replace(segmenter(frame.photo, options.detail), clean=options.cutout.clean)
        if options.longest_side:
            segmentation = segmentation.reduced(options.longest_side)
        _ = segmentation.small_matte  # what takes longest, and depends on no other frame
        return frame, segmentation

    smoother = Smoother()
    previous: Frame | None = None
    for frame, segmentation in _in_order(segment, frames):
        if options.smooth:
            since = frame.start - previous.start if previous else Fraction(0)
            alpha = smoother(*segmentation.small_matte, float(since))
            segmentation = segmentation.with_small_alpha(alpha)
        previous = frame
        yield frame, segmentation


def _in_order(
    segment: Callable[[Frame], tuple[Frame, Segmentation]], frames: Iterable[Frame]
) -> Iterator[tuple[Frame, Segmentation]]:
    """Results in the order of the frames, a few of them made ahead."""
    waiting: deque[Future[tuple[Frame, Segmentation]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for frame in frames:
                waiting.append(pool.submit(segment, frame))
                if len(waiting) > 2 * AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
