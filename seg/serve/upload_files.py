"""Files that visitors have given, on disk while they are here: they go when the visit ends, and with the server."""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from seg.errors import SegError
from seg.files import write_file
from seg.serve import limits

PREFIX = "seg-uploads-"
LOCK = "lock"
MOST_BESIDE = 0.5  # share of what a visit, and all of them, may keep that may lie beside their files


class UploadFiles:
    """A folder for each visit, in a temporary folder; a file's name is the hash of its bytes, never a visitor's word.

    Bounded by ``limits.UPLOADS_GIGABYTES`` for all visits; what a visit may keep is asked before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folders: dict[str, Path] = {}
        self._sizes: defaultdict[str, dict[str, int]] = defaultdict(dict)  # bytes, by visit and by file

    @property
    def nbytes(self) -> int:
        """The bytes of all files that are kept."""
        with self._lock:
            return sum(size for sizes in self._sizes.values() for size in sizes.values())

    def keep(self, visit: str, key: str, data: bytes) -> Path:
        """Where these bytes are kept from now on; ``key`` is their hash. The same bytes are kept once a visit.

        Raises SegError where the visits' files would take more disk than they may, and where they cannot be written.
        """
        with self._lock:
            taken = sum(size for sizes in self._sizes.values() for size in sizes.values())
            taken -= self._sizes[visit].get(key, 0)
            if taken + len(data) > limits.UPLOADS_GIGABYTES * limits.GIGA:
                taken -= self._drop_beside()
            if taken + len(data) > limits.UPLOADS_GIGABYTES * limits.GIGA:
                raise SegError("uploads_full", most=str(limits.UPLOADS_GIGABYTES))
            # Before they are written: two visitors who give files at the same time fill the disk no further.
            self._sizes[visit][key] = len(data)
        try:
            path = self._folder(visit) / key
            if not path.exists():
                write_file(path, data)
        except OSError:  # no folder may be written, or the disk is full
            with self._lock:
                self._sizes[visit].pop(key, None)
            raise SegError("uploads_disk_full") from None
        return path

    def keep_beside(self, file: Path, ending: str, data: bytes) -> None:
        """Keep what was made of a visit's file, as long as the file itself, under the name that ``beside`` gives it.

        It can be made again. So nothing is kept where the visit has ended, where it cannot be written, or where it
        would take more than ``MOST_BESIDE`` of what this visit or all of them may keep; and ``keep`` deletes all of it
        once a photo needs the room.
        """
        path = beside(file, ending)
        with self._lock:
            visit = next((visit for visit, folder in self._folders.items() if folder == file.parent), None)
            taken = sum(size for sizes in self._sizes.values() for size in sizes.values())
            if visit is None or file.name not in self._sizes[visit]:
                return
            of_visit = sum(size for name, size in self._sizes[visit].items() if "." in name)
            if of_visit + len(data) > limits.VISITOR_MEGABYTES * limits.MEGA * MOST_BESIDE:
                return
            if taken + len(data) > limits.UPLOADS_GIGABYTES * limits.GIGA * MOST_BESIDE:
                return
            self._sizes[visit][path.name] = len(data)
        is_written = False
        with contextlib.suppress(OSError):
            write_file(path, data)
            is_written = True
        with self._lock:
            if not is_written:
                self._sizes.get(visit, {}).pop(path.name, None)
            # Meanwhile the visit may have ended, or let go of the file: nothing of it may stay.
            elif path.name not in self._sizes.get(visit, {}):
                path.unlink(missing_ok=True)
            if visit not in self._folders:
                shutil.rmtree(file.parent, ignore_errors=True)

    def _drop_beside(self) -> int:
        """Delete all that is kept beside files; returns its bytes. For a thread that has the lock."""
        dropped = 0
        for visit, sizes in self._sizes.items():
            for name in [name for name in sizes if "." in name]:
                dropped += sizes.pop(name)
                if visit in self._folders:
                    (self._folders[visit] / name).unlink(missing_ok=True)
        return dropped

    def keep_only(self, visit: str, keys: Collection[str]) -> None:
        """Delete the files of a visit whose keys are not among these, and what is kept beside them."""
        with self._lock:
            folder, sizes = self._folders.get(visit), self._sizes[visit]
            gone = [name for name in sizes if name.partition(".")[0] not in keys]
            for key in gone:
                del sizes[key]
        if folder:
            for key in gone:
                with contextlib.suppress(OSError):
                    (folder / key).unlink()

    def forget(self, visit: str) -> None:
        """A visit has ended: delete all its files."""
        with self._lock:
            folder = self._folders.pop(visit, None)
            self._sizes.pop(visit, None)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, visit: str) -> Path:
        """Raises OSError."""
        with self._lock:
            folder = self._folders.get(visit)
            # Many systems delete from time to time what is old in their temporary folder.
            if folder is None or not folder.is_dir():
                if not _place().is_dir():
                    _place.cache_clear()
                folder = self._folders[visit] = Path(tempfile.mkdtemp(dir=_place()))
            return folder


upload_files = UploadFiles()


def beside(file: Path, ending: str) -> Path:
    """Where something that was made of a file of a visit is kept, if it is."""
    return file.with_name(f"{file.name}.{ending}")


@lru_cache(maxsize=1)
def _place() -> Path:
    """A new temporary folder that this process takes away when it ends. Raises OSError.

    Those of servers that were killed are removed: nobody holds their lock any more.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))  # only this account may read it
    lock = FileLock(folder / LOCK)
    lock.acquire()
    atexit.register(_take_away, folder, lock)
    for left in folder.parent.glob(f"{PREFIX}*"):
        if left != folder:
            _remove_abandoned(left)
    return folder


def is_of_visits(file: Path) -> bool:
    """Whether a file is among those that a server keeps for its visits, or its lock on them."""
    return any(folder.name.startswith(PREFIX) for folder in file.parents)


def _take_away(folder: Path, lock: FileLock) -> None:
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    # A folder of another account cannot be locked, and one without a lock has only just been made.
    with contextlib.suppress(OSError, Timeout):
        if (folder / LOCK).exists():
            with FileLock(folder / LOCK).acquire(blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
