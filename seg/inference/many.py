"""Many photos: decoded, segmented and written side by side, with results in the photos' order and bounded memory."""

from __future__ import annotations

import errno
import stat
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from seg.cores import available_cores
from seg.errors import SegError
from seg.inference.segmenter import Segmentation
from seg.names import readable_name
from seg.photo import MAX_PIXELS, Photo, PhotoError, open_image, read_photo
from seg.pictures import FormatError

MOST_BYTES = 512 * 2**20  # that all photos at work may take together; a larger one works alone
BYTES_OF_A_PIXEL = 16  # from decoding a photo to its last result: 4 GB for 250 million pixels
MOST_BYTES_TO_OPEN = 64 * 2**20  # of a file; a larger one counts as a photo of the largest size
# Results that wait until those of an earlier, larger photo are there. They are names and numbers, not pictures.
MOST_WAITING = 64
SECONDS_BETWEEN_QUESTIONS = 0.2  # whether to stop, while a pipe is waited for

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Saved:
    """A photo whose results are written: ``shares`` of its pixels by class in [0, 1], ``seconds`` of the network.

    >>> from pathlib import Path
    >>> from seg.inference.many import Failed, Saved
    >>> outcome = Saved(Path("cat.jpg"), [Path("segmented/cat.trimap.png")], {"pet": 0.4}, seconds=0.06, warnings=[])
    >>> isinstance(outcome, Failed), outcome.files[0].name
    (False, 'cat.trimap.png')
    """

    photo: Path
    files: list[Path]
    shares: dict[str, float]
    seconds: float
    warnings: list[str]


@dataclass(frozen=True)
class Failed:
    """A photo without results, and why; ``is_last``: no photo after it would fare better.

    >>> from pathlib import Path
    >>> from seg.inference.many import Failed
    >>> from seg.photo import PhotoError
    >>> outcome = Failed(Path("cat.jpg"), PhotoError("photo_missing", name="cat.jpg"))
    >>> print(outcome.error)
    cat.jpg does not exist: check the path.
    """

    photo: Path
    error: PhotoError
    is_last: bool = False


def save_all(
    photos: Iterable[tuple[Path, str]],
    segment: Callable[[Path | Photo], Segmentation],
    save: Callable[[Segmentation, str], list[Path]],
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Saved | Failed]:
    """Segment photos and write what ``save`` makes of each; yields one outcome a photo, in their order.

    ``photos``: each with the stem of its results' names. ``segment`` and ``save`` are called from several threads. Bad
    photos and full disks are outcomes; after a full disk comes no more. Once ``is_stopped`` none begins, and no pipe is
    waited for. Raises what is no photo's fault, such as a cut-out of classes without a subject.

    >>> from pathlib import Path
    >>> from seg import Dataset, Segmenter
    >>> from seg.inference.many import save_all
    >>> from seg.inference.saving import save_segmentation
    >>> Path("segmented").mkdir()
    >>> photos = [(Dataset.open()["pug_73"].photo, "pug"), (Path("missing.jpg"), "missing")]
    >>> save = lambda result, stem: save_segmentation(result, Path("segmented"), stem, ["trimap"])
    >>> for outcome in save_all(photos, Segmenter.load(), save):
    ...     print(type(outcome).__name__, outcome.photo.name)
    Saved pug_73.jpg
    Failed missing.jpg
    """

    def work(item: tuple[Path, str]) -> Saved | Failed | None:
        path, stem = item
        try:
            photo = _read_patiently(path, is_stopped) if _is_no_file(path) else path
            if photo is None:
                return None
            segmentation = segment(photo)
            files = save(segmentation, stem)
            warnings = [str(warning) for warning in segmentation.photo.warnings]
            return Saved(path, files, segmentation.shares, segmentation.seconds, warnings)
        except PhotoError as error:
            return Failed(path, error)
        except FormatError as error:
            return Failed(path, PhotoError("in_file", name=readable_name(path.name), reason=error))
        except OSError as error:
            unwritten = PhotoError("photo_unwritten", name=readable_name(path.name), reason=error.strerror)
            return Failed(path, unwritten, is_last=error.errno == errno.ENOSPC)
        except SegError:
            raise
        except Exception as error:  # one photo in a thousand is no reason to lose the others
            reason = f"{type(error).__name__}: {error}"
            return Failed(path, PhotoError("photo_failed", name=readable_name(path.name), reason=reason))

    outcomes: Iterator[Saved | Failed] = in_order(photos, work, lambda item: bytes_for(item[0]), is_stopped)
    for outcome in outcomes:
        yield outcome
        if isinstance(outcome, Failed) and outcome.is_last:
            return


def in_order(
    items: Iterable[Item],
    work: Callable[[Item], Result | None],
    bytes_of: Callable[[Item], int],
    is_stopped: Callable[[], bool] = lambda: False,
    at_once: int | None = None,
    most_waiting: int = MOST_WAITING,
) -> Generator[Result, None, None]:
    """Yield ``work(item)`` for each item, in their order, while other threads work on those that follow.

    None is left out. ``at_once`` threads; None: two more than there are cores, so that the network, which keeps all
    cores busy, has its next photos when it is ready. Together the items at work take ``MOST_BYTES``, as ``bytes_of``
    knows them, or there is one. ``most_waiting``: results and items at work, beyond which none begins before the first
    result is taken. Once ``is_stopped``, and at an exception, no further item begins, and those at work are finished:
    no file is left half written.
    """
    room = Room(MOST_BYTES)
    ended = threading.Event()
    waiting: deque[Future[Result | None]] = deque()

    def run(item: Item, size: int) -> Result | None:
        with room.left_at_the_end(size):
            return None if ended.is_set() or is_stopped() else work(item)

    def results(keep: int) -> Iterator[Result]:
        while len(waiting) > keep or (waiting and waiting[0].done()):
            result = waiting.popleft().result()
            if result is not None:
                yield result

    with ThreadPoolExecutor(at_once or available_cores() + 2, "photo") as threads:
        try:
            for item in items:
                yield from results(keep=most_waiting - 1)
                size = room.enter(bytes_of(item))
                waiting.append(threads.submit(run, item, size))
                if is_stopped():
                    break
            yield from results(keep=0)
        finally:
            ended.set()


def _is_no_file(path: Path) -> bool:
    """Whether a path is there and leads to something else: a pipe, a terminal, another device."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _read_patiently(path: Path, is_stopped: Callable[[], bool]) -> Photo | None:
    """Read what may never begin or end; returns None once ``is_stopped``. Raises PhotoError.

    Nothing ends a thread that waits for a pipe, but a daemon's does not keep the process.
    """
    reading: Future[Photo] = Future()

    def read() -> None:
        try:
            reading.set_result(read_photo(path))
        except Exception as error:
            reading.set_exception(error)

    threading.Thread(target=read, name="pipe", daemon=True).start()
    while not is_stopped():
        with suppress(TimeoutError):
            return reading.result(SECONDS_BETWEEN_QUESTIONS)
    return None


def bytes_for(path: Path) -> int:
    """About how many bytes the work on a photo takes, by the size in its head; as many as any, where that is unread."""
    # What is no file, such as a pipe, can be read only once.
    with suppress(OSError, PhotoError):
        if path.is_file() and (size := path.stat().st_size) < MOST_BYTES_TO_OPEN:
            image = open_image(path.read_bytes(), path.name)
            # The head of a raw file names a small preview; the large one has about a pixel a byte.
            return max(image.width * image.height, size) * BYTES_OF_A_PIXEL
    return MAX_PIXELS * BYTES_OF_A_PIXEL


class Room:
    """A number of bytes that threads share; who needs more than there is gets all of it, and nobody before them."""

    def __init__(self, size: int):
        self._size = self._free = size
        self._first = threading.Lock()
        self._changed = threading.Condition()

    def enter(self, size: int) -> int:
        """Wait until there is room; returns the bytes that were taken."""
        size = min(size, self._size)
        # Those behind a large one wait with it: small ones that came and went would never leave room enough for it.
        with self._first, self._changed:
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        return size

    @contextmanager
    def left_at_the_end(self, size: int) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()
