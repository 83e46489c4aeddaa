"""Files that are clips: what they are is said by their first bytes, never by their names."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from seg.clips.animation import Animation
from seg.clips.clip import Clip, ClipError
from seg.clips.video import Video
from seg.names import readable_name
from seg.photo import PhotoError
from seg.photo.formats import HEAD_BYTES, format_of, video_format_of

MOST_ANIMATION_BYTES = 512 * 2**20  # an animated picture is in memory as a file; a video is not


def find_clips(patterns: Sequence[str]) -> list[Path]:
    """Files, the clips of folders, and globs such as ``clips/**/*.mp4``, in their order, each once.

    A name that is neither a folder nor a glob is taken for a clip, whether it exists or not. Hidden files, still
    pictures and what is neither picture nor video are left out of folders. Raises ClipError where there is nothing.

    >>> from PIL import Image
    >>> from seg.clips.opening import find_clips
    >>> red, blue = (Image.new("RGB", (32, 24), colour) for colour in ("red", "blue"))
    >>> red.save("blinks.gif", save_all=True, append_images=[blue])
    >>> red.save("still.gif")
    >>> [path.name for path in find_clips(["."])]
    ['blinks.gif']
    """
    clips: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            found = [path for path in sorted(path.iterdir()) if not path.name.startswith(".") and _moves(path)]
        elif path.exists() or not glob.has_magic(pattern):
            found = [path]
        else:
            found = [path for path in sorted(map(Path, glob.glob(pattern, recursive=True))) if path.is_file()]
        if not found:
            raise ClipError("no_clips", pattern=pattern)
        clips |= dict.fromkeys(found)
    return list(clips)


@contextmanager
def open_clip(path: Path) -> Iterator[Clip]:
    """An open clip. Raises PhotoError for a file that cannot be read, ClipError for one that is no clip.

    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from seg.clips.opening import open_clip
    >>> red, blue = (Image.new("RGB", (32, 24), colour) for colour in ("red", "blue"))
    >>> red.save("blinks.gif", save_all=True, append_images=[blue], duration=500, loop=0)
    >>> with open_clip(Path("blinks.gif")) as clip:
    ...     print(clip.facts.count, clip.facts.rate, [float(frame.start) for frame in clip.frames()])
    2 30 [0.0, 0.5]
    """
    name = readable_name(path.name)
    try:
        clip = _opened(path, name)
    except FileNotFoundError:
        raise PhotoError("photo_missing", name=name) from None
    except OSError as error:
        raise PhotoError("photo_unreadable", name=name, reason=error.strerror or error) from None
    try:
        yield clip
    finally:
        clip.close()


def _opened(path: Path, name: str) -> Clip:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if format_of(head):
            data = head + file.read(MOST_ANIMATION_BYTES + 1 - len(head))
            if len(data) > MOST_ANIMATION_BYTES:
                most = str(MOST_ANIMATION_BYTES // 2**20)
                raise PhotoError("photo_bytes", name=name, megabytes=f"{most}+", most=most)
            return Animation(data, name)
    format = video_format_of(head)
    if format is None:
        raise ClipError("clip_not_a_clip", name=name)
    return Video(path, format, name)


def _moves(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    if not format_of(head):
        return video_format_of(head) is not None
    try:
        with open_clip(path):
            return True
    except (ClipError, PhotoError):
        return False
