"""The official Oxford-IIIT Pet archives: fetched, checked and unpacked, or one sentence that says why not.

    download_dataset(Path("data/pets"))    # data/pets/images/*.jpg, data/pets/annotations/trimaps/*.png, ...

Everything is made in a folder beside the dataset's, `pets.download`, and takes its final name in one rename
at the very end, so that whatever stands under the final name is whole:

    pets.download/lock                  held by the one process that fills this folder
    pets.download/images.tar.gz.part    what has come so far; the next start goes on from here
    pets.download/images.tar.gz.origin  where that came from, and which version of the file it was
    pets.download/images.tar.gz         all of it; one put there by hand is taken too, if its sum is right
    pets.download/unpacked/             becomes pets/

A cut connection, a stop, a full disk or a crash leaves that folder behind to go on from. Success removes it,
and so does a failure that leaves nothing worth keeping.
"""

import errno
import gzip
import hashlib
import json
import os
import shutil
import sys
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal
from urllib.parse import urlsplit

import requests
import urllib3

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

CHUNK = 64 * 1024
"""Bytes taken from the network at a time: on a slow line a stop is still heard about once a second."""

TELL_EVERY_S = 0.1
"""Seconds between two calls of `progress`: more than a page or a terminal can draw helps nobody."""

MOST_MEMBERS = 50_000
"""An archive with more entries than this is refused; the official ones have at most some 22,000."""

MOST_GROWTH = 2
"""An archive that unpacks to more than this many times its stated `unpacked_size` is refused."""

FOLDERS = ("images", "annotations")
"""What a dataset consists of; an archive may fill nothing else."""


class DownloadError(Exception):
    """The dataset could not be had; `str` is one sentence for people: what is wrong, where, what to do."""


class DownloadCancelled(Exception):
    """The caller stopped the download; what has come is kept. No DownloadError, for nothing went wrong."""


@dataclass(frozen=True)
class Archive:
    """A file to fetch: the same bytes at each of `urls`, which are tried in their order.

    `size` is exact, in bytes: a server with another size has another file. `unpacked_size` is what the
    content takes on disk at most, in bytes. Either sum proves the file: two public loaders check one each.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    unpacked_size: int
    sha256: str
    md5: str


_THOR = "https://thor.robots.ox.ac.uk/~vgg/data/pets/"  # TensorFlow Datasets' place; the SHA-256 are its
_WWW = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/"  # torchvision's place; the MD5 are its

# The small one first: what is wrong with the network or the disk then shows within seconds.
OFFICIAL_ARCHIVES = (
    Archive(
        name="annotations.tar.gz",
        urls=(_THOR + "annotations.tar.gz", _WWW + "annotations.tar.gz"),
        size=19_173_078,
        # Measured: 32 MB in 4 KiB blocks without AppleDouble; the heads' boxes, a block each, add 15.
        unpacked_size=50_000_000,
        sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
        md5="95a8c909bbe2e81eed6a22bccdf3f68f",
    ),
    Archive(
        name="images.tar.gz",
        urls=(_THOR + "images.tar.gz", _WWW + "images.tar.gz"),
        size=791_918_971,
        # Estimated: gzip takes some 1 % off JPEGs, half a block is lost on each of 7,390, 4 % are for safety.
        unpacked_size=850_000_000,
        sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
        md5="5c4f3ee8e5d25df40f4fd59a7f44e54c",
    ),
)


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, and how often to ask again. All times in seconds.

    A mirror is given up after `tries` requests in a row that brought the file no further; the wait between
    them starts at `first_wait_s` and doubles.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    tries: int = 5
    first_wait_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep


DEFAULT_PATIENCE = Patience()

Step = Literal["present", "check", "download", "wait", "unpack"]


@dataclass(frozen=True)
class DownloadProgress:
    """How far one step with one archive is.

    - `present`: a dataset is already there, nothing is done; no archive, no sizes
    - `check`: what an earlier start left of the archive is read again for its sum
    - `download`: bytes of the archive that are here, those of earlier starts included
    - `wait`: a request failed and is made again soon; `note` says why and when
    - `unpack`: bytes of the archive that are read

    `done` and `total` are bytes; `bytes_per_second` counts from where this step began, 0 while unknown.
    """

    step: Step
    archive: str
    done: int
    total: int
    note: str
    bytes_per_second: float

    @property
    def fraction(self) -> float:
        """`done` of `total`, from 0 to 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def seconds_left(self) -> float | None:
        """Until this step ends at its speed so far; None while that is unknown."""
        return (self.total - self.done) / self.bytes_per_second if self.bytes_per_second else None


def download_dataset(
    folder: Path,
    *,
    sources: Sequence[Archive] = OFFICIAL_ARCHIVES,
    progress: Callable[[DownloadProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    keep_archives: bool = False,
    patience: Patience = DEFAULT_PATIENCE,
) -> Path:
    """Make `folder` the dataset in its official layout, and return it as an absolute path.

    A dataset that is already there is left as it is. `progress` and `cancelled` are called in the calling
    thread: `cancelled` for each CHUNK and each unpacked file, `progress` at most every TELL_EVERY_S within a
    step. Either may raise, which ends the download as a stop does. With `keep_archives` the archives end in
    `folder`.

    Raises DownloadError when it cannot be had, DownloadCancelled when `cancelled` returned True. After both,
    the next call goes on from what has come.
    """
    folder = folder.resolve()
    work = folder.parent / f"{folder.name}.download"
    watch = _Watch(folder, progress, cancelled)
    with _disk_errors_explained(folder, work, sources):
        if dataset_is_there(folder):
            watch("present")
            return folder
        _check_folder(folder)
        with _only_one(folder, work):
            try:
                # Asked again, as another process may have brought it between the first question and the lock.
                if not dataset_is_there(folder):
                    _check_space(folder, work, sources)
                    with requests.Session() as session:
                        files = [_fetch(archive, work, session, patience, watch) for archive in sources]
                    unpacked = _unpack_all(sources, files, work, watch)
                    _put_in_place(unpacked, folder, files, keep_archives)
            finally:
                if not any(_kept(archive, work) for archive in sources):
                    shutil.rmtree(work, ignore_errors=True)
    return folder


def dataset_is_there(folder: Path) -> bool:
    """Whether `folder` holds photos and trimaps in the official layout."""
    return _holds(folder / "images", ".jpg") and _holds(folder / "annotations" / "trimaps", ".png")


def _holds(folder: Path, suffix: str) -> bool:
    return folder.is_dir() and any(
        path.suffix == suffix and not _is_apple_double(path.name) for path in folder.iterdir()
    )


def _is_apple_double(name: str) -> bool:
    """Whether `name` is one of macOS's `._NAME` files: attributes of NAME under its suffix, but no image."""
    return PurePosixPath(name).name.startswith("._")


# Before anything is fetched ---------------------------------------------------------------------------------


def _check_folder(folder: Path) -> None:
    """Raises DownloadError if the dataset could not take the name `folder` in the end."""
    if not hasattr(tarfile, "data_filter"):
        raise DownloadError(
            f"Python {sys.version.split()[0]} cannot unpack safely: use 3.10.12, 3.11.4, 3.12 or a newer one."
        )
    if os.path.ismount(folder):
        raise DownloadError(f"{folder} is a mount point and cannot be replaced: name one inside.")
    if folder.exists() and not folder.is_dir():
        raise DownloadError(f"{folder} is a file: name a folder for the dataset.")
    if folder.exists() and any(folder.iterdir()):
        raise DownloadError(f"{folder} holds something else than the dataset: name a new or an empty folder.")


def _check_space(folder: Path, work: Path, sources: Sequence[Archive]) -> None:
    """Raises DownloadError if the disk cannot hold the archives and what they unpack to at the same time."""
    needed = _bytes_needed(work, sources)
    missing = needed - shutil.disk_usage(work).free
    if missing > 0:
        raise DownloadError(
            f"The dataset in {folder} needs {_size_text(needed)} of disk space while it is made, and "
            f"{_size_text(missing)} of that are missing: free that much, or name a folder on another disk."
        )


def _bytes_needed(work: Path, sources: Sequence[Archive]) -> int:
    return sum(archive.unpacked_size + max(0, archive.size - _kept(archive, work)) for archive in sources)


def _kept(archive: Archive, work: Path) -> int:
    """Bytes of the archive that are on disk."""
    files = (work / archive.name, work / f"{archive.name}.part")
    return sum(file.stat().st_size for file in files if file.exists())


def _size_text(size: int) -> str:
    """Bytes for people: 791918971 -> "792 MB"."""
    if size < 1_000_000:
        return f"{-(-size // 1000)} kB"
    return f"{size / 1e6:.0f} MB" if size < 1_000_000_000 else f"{size / 1e9:.1f} GB"


@contextmanager
def _disk_errors_explained(folder: Path, work: Path, sources: Sequence[Archive]) -> Iterator[None]:
    """Turns what the operating system says about files into a DownloadError.

    When the disk fills up midway, what was half unpacked is gone by now, but what has come stays: those bytes
    are right, the finished dataset needs more room than they take, and fetching them is what takes long.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError(
                f"{error.filename or folder} cannot be read or written ({error.strerror or error}): "
                "see to that, or name another folder for the dataset."
            ) from error
        disk = next(parent for parent in folder.parents if parent.exists())
        missing = _bytes_needed(work, sources) - shutil.disk_usage(disk).free
        raise DownloadError(
            f"The disk of {folder} is full: free {_size_text(missing) if missing > 0 else 'some space'} "
            f"and start again, what has come so far is kept in {work}."
        ) from error


@contextmanager
def _only_one(folder: Path, work: Path) -> Iterator[None]:
    """Makes the work folder and holds its lock.

    The lock is the operating system's, not the file's existence: it ends with the process that holds it,
    however that ends, so that no lock is ever stale. Raises DownloadError if another holds it.
    """
    busy = f"Another download is filling {folder}: wait for its end, or name another folder."
    work.mkdir(parents=True, exist_ok=True)
    path = work / "lock"
    with path.open("a") as lock:
        try:
            _lock(lock.fileno())
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                raise DownloadError(busy) from error
            raise
        # A download that ended just now may have removed the file opened here: such a lock keeps nobody out.
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(lock.fileno())):
            raise DownloadError(busy)
        yield


def _lock(descriptor: int) -> None:
    """Raises OSError if another process, or another thread of this one, holds the lock."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class _Watch:
    """Tells the caller how far it is, and hears whether the caller wants it to stop."""

    def __init__(
        self, folder: Path, progress: Callable[[DownloadProgress], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._cancelled = cancelled
        self._doing: tuple[Step, str] | None = None
        self._began_s = self._told_s = 0.0
        self._began_at = 0

    def __call__(self, step: Step, archive: str = "", done: int = 0, total: int = 0, note: str = "") -> None:
        """Raises DownloadCancelled."""
        if self._cancelled and self._cancelled():
            raise DownloadCancelled(
                f"The download into {self._folder} was stopped: started again, it goes on from where it was."
            )
        if not self._progress:
            return
        now = time.monotonic()
        if (step, archive) != self._doing or done < self._began_at:
            self._doing, self._began_s, self._began_at = (step, archive), now, done
        elif done < total and now - self._told_s < TELL_EVERY_S:
            return
        self._told_s = now
        seconds = now - self._began_s
        speed = (done - self._began_at) / seconds if seconds else 0.0
        self._progress(DownloadProgress(step, archive, done, total, note, speed))


# Fetching ---------------------------------------------------------------------------------------------------


class _Interrupted(Exception):
    """A request failed in a way that the next one may not; `str` goes on after the name of the host."""


class _MirrorFailed(Exception):
    """This mirror does not have the file; `str` goes on after the name of the host."""


class _Part:
    """What has come of an archive, its sums, and where it came from: all that the next request must know."""

    def __init__(self, archive: Archive, work: Path, watch: _Watch) -> None:
        """Raises DownloadCancelled while it reads what an earlier start has left."""
        self.archive = archive
        self._watch = watch
        self._whole = work / archive.name
        self._path = work / f"{archive.name}.part"
        self._origin_path = work / f"{archive.name}.origin"
        if self._whole.exists():
            os.replace(self._whole, self._path)
        self.url, self.version = self._read_origin()
        self.size = 0
        self._sums = _new_sums()
        if self._path.exists():
            self._read_again()
        self._file = self._path.open("ab")

    def __enter__(self) -> "_Part":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _read_again(self) -> None:
        total = self._path.stat().st_size
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                self._count(chunk)
                self._watch("check", self.archive.name, self.size, total)

    def _count(self, chunk: bytes) -> None:
        self.size += len(chunk)
        for digest in self._sums.values():
            digest.update(chunk)

    def _read_origin(self) -> tuple[str, str]:
        """URL and version; empty where unknown, which costs a check and not the bytes."""
        try:
            origin = json.loads(self._origin_path.read_text(encoding="utf-8"))
            return str(origin["url"]), str(origin["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return "", ""

    def append(self, chunk: bytes) -> None:
        """Raises _MirrorFailed when this is too much, OSError when the disk is full, DownloadCancelled."""
        if self.size + len(chunk) > self.archive.size:
            self.start_again()
            raise _MirrorFailed("sends more than the official file")
        self._file.write(chunk)
        self._count(chunk)
        self._watch("download", self.archive.name, self.size, self.archive.size)

    def start_again(self, url: str = "", version: str = "") -> None:
        """Throws away what has come; what comes next is `version` of the file at `url`."""
        self._file.truncate(0)
        self.size = 0
        self._sums = _new_sums()
        self.url, self.version = url, version
        self._origin_path.write_text(json.dumps({"url": url, "version": version}), encoding="utf-8")

    def wait(self, seconds: float, note: str, sleep: Callable[[float], None]) -> None:
        """In slices, so that a stop need not wait. Raises DownloadCancelled."""
        for _ in range(max(1, round(seconds / TELL_EVERY_S))):
            self._watch("wait", self.archive.name, self.size, self.archive.size, note)
            sleep(min(seconds, TELL_EVERY_S))

    @property
    def is_whole(self) -> bool:
        return self.size == self.archive.size

    @property
    def is_right(self) -> bool:
        """Whether either sum is the archive's."""
        return any(digest.hexdigest() == getattr(self.archive, name) for name, digest in self._sums.items())

    def finish(self) -> Path:
        """Gives the file the archive's name, which it bears only when it is whole and right."""
        self._file.close()
        os.replace(self._path, self._whole)
        return self._whole


def _new_sums() -> dict[str, "hashlib._Hash"]:
    """By the name of the Archive's field. MD5 protects nothing here: FIPS machines must be told."""
    return {"sha256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}


def _fetch(archive: Archive, work: Path, session: requests.Session, patience: Patience, watch: _Watch) -> Path:
    """The archive's file, whole and its sum right, from the first mirror that has it.

    Raises DownloadError when none has, DownloadCancelled, OSError.
    """
    with _Part(archive, work, watch) as part:
        if part.size > archive.size or (part.is_whole and not part.is_right):
            part.start_again()
        if part.is_whole:
            return part.finish()
        reasons = []
        for url in archive.urls:
            try:
                _fetch_from(url, part, session, patience)
                return part.finish()
            except _MirrorFailed as failure:
                reasons.append(f"{urlsplit(url).hostname} {failure}")
        kept = f" ({_size_text(part.size)} have come and are kept)" if part.size else ""
        raise DownloadError(
            f"{archive.name} could not be downloaded, as {', and '.join(reasons)}: "
            f"check the connection and start again{kept}."
        )


def _fetch_from(url: str, part: _Part, session: requests.Session, patience: Patience) -> None:
    """Asks one mirror until the part is whole and right. Raises _MirrorFailed, DownloadCancelled, OSError."""
    furthest = part.size
    failures = 0
    while not part.is_whole:
        try:
            _request(url, part, session, patience)
        except _Interrupted as interruption:
            # A bad line that cuts often still brings the file, as long as each request brings it further.
            failures = 1 if part.size > furthest else failures + 1
            furthest = max(furthest, part.size)
            if failures >= patience.tries:
                raise _MirrorFailed(str(interruption)) from interruption
            seconds = patience.first_wait_s * 2 ** (failures - 1)
            note = f"{urlsplit(url).hostname} {interruption}: asked again after {seconds:g} s"
            part.wait(seconds, note, patience.sleep)
    if not part.is_right:
        part.start_again()
        raise _MirrorFailed("sent other bytes than the official file's, which were thrown away")


def _request(url: str, part: _Part, session: requests.Session, patience: Patience) -> None:
    """One request for what the part lacks. Raises _Interrupted, _MirrorFailed, DownloadCancelled, OSError."""
    timeouts = (patience.connect_s, patience.read_s)
    try:
        with session.get(url, headers=_headers(url, part), stream=True, timeout=timeouts) as response:
            _line_up(url, part, response)
            # Not decoded: some servers call a .tar.gz a tar with `Content-Encoding: gzip`, but the sums and
            # ranges are those of the file.
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                part.append(chunk)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _Interrupted(_reason(error)) from error
    if not part.is_whole:
        raise _Interrupted("cut the connection")


def _headers(url: str, part: _Part) -> dict[str, str]:
    """Asks for the rest only, and where the beginning's version is known, for the rest of that version.

    A version says nothing to another mirror: there the size, and in the end the sum, tell whether it fits.
    """
    headers = {"Accept-Encoding": "identity"}
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
        if part.version and part.url == url:
            headers["If-Range"] = part.version
    return headers


def _line_up(url: str, part: _Part, response: requests.Response) -> None:
    """Sees to it that what `response` sends goes on from the end of `part`, or else empties `part`.

    Raises _MirrorFailed, with the part untouched, if what is sent cannot be the file; _Interrupted if it has
    to be asked for again.
    """
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise _Interrupted(f"answered {status} {response.reason}")
    if status not in (200, 206, 416):
        raise _MirrorFailed(f"answered {status} {response.reason}")
    if status == 200 and response.headers.get("Content-Type", "").startswith("text/html"):
        raise _MirrorFailed("answered with a web page")  # the log-in page of a hotel's network, say
    size = _stated_size(response)
    if size not in (None, part.archive.size):
        raise _MirrorFailed(f"has a file of {size:,} bytes where {part.archive.size:,} are right")
    if status == 200:  # the whole file: the first request, or a new version, or a server that knows no ranges
        part.start_again(url, _version(response))
    elif status == 416 or not _is_the_rest(url, part, response):
        part.start_again()
        raise _Interrupted("has changed the file")


def _stated_size(response: requests.Response) -> int | None:
    """Bytes of the server's whole file; None if it does not say."""
    if response.status_code == 200:
        size = response.headers.get("Content-Length", "")
    else:
        size = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(size) if size.isdecimal() else None


def _is_the_rest(url: str, part: _Part, response: requests.Response) -> bool:
    """Whether a 206 goes on where the part ends, with the version that it began with."""
    if not response.headers.get("Content-Range", "").startswith(f"bytes {part.size}-"):
        return False
    # Servers that know ranges but not If-Range send the rest of a new version too, and its name with it.
    version = _version(response)
    return part.url != url or not part.version or not version or part.version == version


def _version(response: requests.Response) -> str:
    """What If-Range can hold: a strong ETag, or else the date; empty if there is neither."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _reason(error: Exception) -> str:
    """Why a request failed, for people, to go on after the name of the host."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "has no certificate that this machine trusts"
    if isinstance(error, requests.RequestException):
        return "could not be reached"
    return "cut the connection"


# Unpacking --------------------------------------------------------------------------------------------------


class _BadArchive(DownloadError):
    """The archive's sum is right, but it must not be unpacked."""


def _unpack_all(sources: Sequence[Archive], files: Sequence[Path], work: Path, watch: _Watch) -> Path:
    """A folder with what all archives hold, or nothing. Raises DownloadError, DownloadCancelled, OSError."""
    unpacked = work / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)  # what a process that was killed has left
    unpacked.mkdir()
    try:
        for archive, file in zip(sources, files, strict=True):
            _unpack(archive, file, unpacked, watch)
        if not dataset_is_there(unpacked):
            raise _BadArchive(
                f"{' and '.join(archive.name for archive in sources)} hold no photos with trimaps: "
                "they are not the dataset's and were removed, name other sources."
            )
    except BaseException as error:
        shutil.rmtree(unpacked, ignore_errors=True)
        if isinstance(error, _BadArchive):
            for file in files:  # they would be as bad the next time
                file.unlink()
        raise
    return unpacked


def _unpack(archive: Archive, file: Path, into: Path, watch: _Watch) -> None:
    """Raises _BadArchive, DownloadCancelled, OSError."""
    with file.open("rb") as stream:
        for _ in _extract(archive, stream, into):
            watch("unpack", archive.name, stream.tell(), archive.size)
    watch("unpack", archive.name, archive.size, archive.size)


def _extract(archive: Archive, stream: BinaryIO, into: Path) -> Iterator[None]:
    """Unpacks one entry each time it is asked. Raises _BadArchive, OSError.

    A generator, so that what the caller's `progress` raises is never taken for a fault of the archive.
    """
    size = 0
    try:
        # The official files are said to be plain tars in spite of their name: "r:*" finds out.
        with tarfile.open(fileobj=stream, mode="r:*") as tar:
            for count, member in enumerate(tar, start=1):
                size += member.size
                if count > MOST_MEMBERS or size > MOST_GROWTH * archive.unpacked_size:
                    raise _bad(archive, "unpacks to far more than the dataset")
                # AppleDouble files end in .jpg or .png but hold no image: every loader would trip over them.
                if not _is_apple_double(member.name):
                    _check_member(archive, member)
                    tar.extract(member, into, filter="data")
                yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise _bad(archive, "cannot be unpacked") from error


def _check_member(archive: Archive, member: tarfile.TarInfo) -> None:
    """Raises _BadArchive for all that the dataset has no use for, some of which tarfile's filter lets by."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise _bad(archive, f"would write outside the dataset's folder ({member.name})")
    if not (member.isfile() or member.isdir()):
        raise _bad(archive, f"holds a link or a device ({member.name})")
    if path.parts and path.parts[0] not in FOLDERS:
        raise _bad(archive, f"holds more than images and annotations ({member.name})")


def _bad(archive: Archive, what: str) -> _BadArchive:
    return _BadArchive(f"{archive.name} {what}: it is not the dataset's and was removed, name another one.")


def _put_in_place(unpacked: Path, folder: Path, files: Sequence[Path], keep_archives: bool) -> None:
    """The one moment in which the dataset appears. Raises OSError."""
    if folder.exists():
        folder.rmdir()  # empty, or this fails; Windows renames onto no folder at all
    os.rename(unpacked, folder)
    for file in files:
        if keep_archives:
            os.replace(file, folder / file.name)
        else:
            file.unlink()
