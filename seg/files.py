"""A file or a folder written completely or not at all, and names that are still free."""

from __future__ import annotations

import atexit
import contextlib
import glob
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from platformdirs import user_cache_path

from seg.names import compared, shortened

UNFINISHED = ".part"  # the suffix of files and folders that are still being written
ABANDONED = 24 * 3600.0  # seconds after which what is unfinished is taken for that of a process that was killed


def cache_folder() -> Path:
    """Where facts that take long to compute are kept: ``SEG_CACHE``, else the user's cache folder.

    For a user without a home folder it is a temporary one, which this process takes away when it ends.
    """
    named = os.environ.get("SEG_CACHE")
    if named:
        return Path(named)
    # Without HOME and an account, as in many containers, platformdirs raises; earlier versions left "~" as it was.
    with contextlib.suppress(RuntimeError):
        folder = user_cache_path("seg", appauthor=False)
        if folder.is_absolute():
            return folder
    return _temporary_cache()


def give_matplotlib_a_folder() -> None:
    """Name a folder where Matplotlib keeps what it found out about fonts, in a home that cannot be written.

    It would complain on standard error otherwise, and look for fonts at every start. Keras loads it, too.
    """
    if "MPLCONFIGDIR" in os.environ:
        return
    try:
        is_homeless = why_unwritable(Path.home()) is not None
    except RuntimeError:
        is_homeless = True
    if is_homeless:
        cache = cache_folder()
        os.environ["MPLCONFIGDIR"] = str((_temporary_cache() if why_unwritable(cache) else cache) / "matplotlib")


@lru_cache(maxsize=1)
def _temporary_cache() -> Path:
    # One that others may guess could be filled by them.
    folder = tempfile.mkdtemp(prefix="seg-cache-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def why_unwritable(folder: Path) -> str | None:
    """Why no file can be made in a folder, or the folder itself, in the system's words; None where it can."""
    try:
        existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return error.strerror or str(error)


@contextmanager
def complete_file(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``: what the block writes there becomes ``path`` when the block ends.

    If the block raises, ``path`` stays as it was and nothing is left. Two threads or processes that write the same
    file never share a temporary name; the last to finish wins.
    """
    unfinished = _beside(path)
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def complete_files(path: Path) -> Iterator[Path]:
    """As ``complete_file``, for a writer that needs the name's suffix or writes files beside ``path``.

    The temporary path has the name of ``path`` in a temporary folder. When the block ends, all files of that folder
    move beside ``path``; ``path`` itself is the last, so that the others are complete once it exists.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    folder = _beside(path)
    folder.mkdir()
    try:
        yield folder / path.name
        for file in sorted(folder.iterdir(), key=lambda file: file.name == path.name):
            os.replace(file, path.parent / file.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def complete_folder(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """A temporary folder beside ``path``, made now, which becomes ``path`` when the block ends.

    If the block raises, ``path`` stays as it was and nothing is left. Raises FileExistsError where ``path`` is a file,
    or, unless ``overwrite``, a folder that is not empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    unfinished = _beside(path)
    unfinished.mkdir()
    replaced = _beside(path)
    try:
        yield unfinished
        if path.is_dir() and (overwrite or not any(path.iterdir())):
            path.rename(replaced)
        elif path.exists():
            raise FileExistsError(f"{path} exists")
        try:
            unfinished.rename(path)
        except OSError:  # for example, another process has made ``path`` again
            with contextlib.suppress(FileNotFoundError):
                replaced.rename(path)
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file completely or not at all; text as UTF-8 with its line endings kept. Raises OSError."""
    with complete_file(path) as unfinished:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)


def free_name(stem: str, taken: set[str]) -> str:
    """``stem``, or ``stem-2``, ``stem-3``, ...: the first that is not in ``taken``, where it is then added.

    ``taken`` holds names as ``names.compared`` makes them: some file systems do not tell upper case from lower.
    """
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    name = next(name for name in names if compared(name) not in taken)
    taken.add(compared(name))
    return name


def make_free_folder(parent: Path, stem: str) -> Path:
    """Make the folder ``stem`` in ``parent``, or ``stem-2``, ``stem-3``, ...: the first that does not exist yet.

    Safe against another process that does the same. Raises OSError.
    """
    parent.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    while True:
        folder = parent / free_name(stem, taken)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder


def folder_size(folder: Path) -> int:
    """The bytes of all files in a folder and below; what is being deleted meanwhile does not count."""
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_size if path.is_file() else 0
    return size


def _beside(path: Path) -> Path:
    """A free, hidden name in the same folder: a rename within one file system happens at once or not at all."""
    return path.with_name(f"{_hidden(path)}{uuid4().hex[:12]}{UNFINISHED}")


def _hidden(path: Path) -> str:
    return f".{shortened(path.name, 80)}."


def _remove_abandoned(path: Path) -> None:
    """Remove what processes that were killed while they wrote ``path`` have left; nobody writes for a day."""
    for left in path.parent.glob(f"{glob.escape(_hidden(path))}*{UNFINISHED}"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
