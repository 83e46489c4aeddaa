"""Download the official Oxford-IIIT Pet archives, check and unpack them.

    download_dataset(Path("data/pets"))    # data/pets/images/*.jpg, data/pets/annotations/trimaps/*.png, ...

Everything is made in a folder beside the dataset's, which takes its final name in one rename at the very end, so that
a folder with the final name is always complete:

    pets.download/lock             held by the one process that fills this folder
    pets.download/images.tar.gz    the bytes that have come so far; the next start continues from here
    pets.download/unpacked/        becomes pets/

After a cut connection, a stop, a full disk or a crash that folder stays, and the next start continues. Success removes
it, and so does a failure that leaves nothing worth keeping. An archive that a user puts there by hand is taken if its
checksum is right.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import requests
from filelock import FileLock, Timeout

from seg.data.archives import OFFICIAL_ARCHIVES, Archive, BadArchive, DownloadError, dataset_is_there, extract
from seg.data.download_progress import DownloadProgress, Reporter
from seg.data.fetching import DEFAULT_PATIENCE, Patience, fetch, size_of, size_text


def download_dataset(
    folder: Path,
    *,
    sources: Sequence[Archive] = OFFICIAL_ARCHIVES,
    progress: Callable[[DownloadProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    keep_archives: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
) -> Path:
    """Make ``folder`` the dataset in its official layout, and return it as an absolute path.

    A dataset that is already there is left as it is. ``progress`` and ``cancelled`` are called in the calling thread:
    ``cancelled`` for each chunk and each unpacked file, ``progress`` at most ten times a second within a step. Either
    may raise, which ends the download as a stop does. With ``keep_archives`` the archives end in ``folder``.

    Raises DownloadError when it cannot be had, DownloadCancelled when ``cancelled`` returned True. After both, the next
    call continues from what has come.

    >>> from seg.data.dataset import SAMPLE_FOLDER
    >>> from seg.data.download import download_dataset
    >>> download_dataset(SAMPLE_FOLDER) == SAMPLE_FOLDER.resolve()  # a dataset is there: nothing is downloaded
    True
    """
    folder = folder.resolve()
    work = folder.parent / f"{folder.name}.download"
    report = Reporter(folder, progress, cancelled)
    with _disk_errors_explained(folder, work):
        if dataset_is_there(folder):
            report("present")
            return folder
        _check_folder(folder)
        with _lock(folder, work):
            try:
                # Another process may have finished the dataset between the first look and the lock.
                if not dataset_is_there(folder):
                    _check_space(folder, work, sources)
                    with requests.Session() as session:
                        files = [fetch(archive, work, session, patience, report) for archive in sources]
                    unpacked = _unpack(sources, files, work, report)
                    _put_in_place(unpacked, folder, files, keep_archives)
            finally:
                if not any(size_of(work / archive.name) for archive in sources):
                    shutil.rmtree(work, ignore_errors=True)
    return folder


# Before anything is downloaded


def _check_folder(folder: Path) -> None:
    """Raise DownloadError if the dataset could not take the name ``folder`` in the end."""
    if not hasattr(tarfile, "data_filter"):
        raise DownloadError("download_python", version=sys.version.split()[0])
    if os.path.ismount(folder):
        raise DownloadError("download_mount_point", folder=folder)
    if folder.exists() and not folder.is_dir():
        raise DownloadError("download_file_in_place", folder=folder)
    if folder.exists() and any(folder.iterdir()):
        raise DownloadError("download_not_empty", folder=folder)


def _check_space(folder: Path, work: Path, sources: Sequence[Archive]) -> None:
    """Raise DownloadError if the disk cannot hold the archives and what they unpack to at the same time."""
    needed = sum(archive.unpacked_size + max(0, archive.size - size_of(work / archive.name)) for archive in sources)
    missing = needed - shutil.disk_usage(work).free
    if missing > 0:
        raise DownloadError("download_space", folder=folder, needed=size_text(needed), missing=size_text(missing))


@contextmanager
def _disk_errors_explained(folder: Path, work: Path) -> Iterator[None]:
    """Turn the operating system's errors about files into a DownloadError.

    When the disk fills up, what was unpacked is removed, but the archives stay: their bytes are right, and downloading
    them is what takes long.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError("download_disk_full", folder=folder, work=work) from error
        path, reason = error.filename or folder, error.strerror or error
        raise DownloadError("download_unwritable", path=path, reason=reason) from error


def _lock(folder: Path, work: Path) -> AbstractContextManager[object]:
    """Make the work folder and take its lock, which the system frees when the process ends, however it ends.

    Raises DownloadError if another process or thread holds the lock.
    """
    work.mkdir(parents=True, exist_ok=True)
    try:
        return FileLock(work / "lock").acquire(blocking=False)
    except Timeout as error:
        raise DownloadError("download_busy", folder=folder) from error


# Unpack


def _unpack(sources: Sequence[Archive], files: Sequence[Path], work: Path, report: Reporter) -> Path:
    """A folder with what all archives hold, or nothing. Raises BadArchive, DownloadCancelled, OSError."""
    unpacked = work / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)  # what a killed process has left
    unpacked.mkdir()
    try:
        for archive, file in zip(sources, files, strict=True):
            with file.open("rb") as stream:
                for _ in extract(archive, stream, unpacked):
                    report("unpack", archive.name, stream.tell(), archive.size)
            report("unpack", archive.name, archive.size, archive.size)
        if not dataset_is_there(unpacked):
            raise BadArchive("archive_no_pairs", archives=[archive.name for archive in sources])
    except BaseException as error:
        shutil.rmtree(unpacked, ignore_errors=True)
        if isinstance(error, BadArchive):
            for file in files:  # they would be as bad the next time
                file.unlink()
        raise
    return unpacked


def _put_in_place(unpacked: Path, folder: Path, files: Sequence[Path], keep_archives: bool) -> None:
    """Give the dataset its final name, the one moment in which it appears. Raises OSError."""
    if folder.exists():
        folder.rmdir()  # only an empty folder can be removed so; Windows renames onto no folder at all
    unpacked.rename(folder)
    for file in files:
        if keep_archives:
            file.replace(folder / file.name)
        else:
            file.unlink()
