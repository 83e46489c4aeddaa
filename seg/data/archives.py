"""The official archives: where they lie, what proves them, and how they are unpacked without harm."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from seg.errors import SegError

READ_BYTES = 1024 * 1024  # read from disk at a time
# An archive with more entries is refused; the official ones have at most some 22,000.
MOST_MEMBERS = 50_000
# An archive that unpacks to more than this many times its stated `unpacked_size` is refused.
MOST_GROWTH = 2
# A dataset consists of these folders; an archive may fill nothing else.
FOLDERS = ("images", "annotations")


class DownloadError(SegError):
    """The dataset could not be downloaded or unpacked."""


class BadArchive(DownloadError):
    """An archive with the right checksum that must not be unpacked."""


@dataclass(frozen=True)
class Archive:
    """A file to download: the same bytes at each of ``urls``, which are tried in their order.

    ``size`` is exact, in bytes: a server with another size has another file. ``unpacked_size`` is the most that the
    content takes on disk, in bytes. Either checksum proves the file: two public loaders check one each.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    unpacked_size: int
    sha256: str
    md5: str

    def is_proved_by(self, file: Path, progress: Callable[[int], None]) -> bool:
        """Whether a file has one of the two checksums. ``progress`` gets the bytes read so far. Raises OSError."""
        # On a FIPS machine MD5 is refused where it protects something, which it does not here.
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        with file.open("rb") as stream:
            while block := stream.read(READ_BYTES):
                sha256.update(block)
                md5.update(block)
                progress(stream.tell())
        return sha256.hexdigest() == self.sha256 or md5.hexdigest() == self.md5


_THOR = "https://thor.robots.ox.ac.uk/~vgg/data/pets/"  # used by TensorFlow Datasets, which checks the SHA-256
_WWW = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/"  # used by torchvision, which checks the MD5

# The small archive comes first: what is wrong with the network or the disk then shows within seconds.
OFFICIAL_ARCHIVES = (
    Archive(
        name="annotations.tar.gz",
        urls=(_THOR + "annotations.tar.gz", _WWW + "annotations.tar.gz"),
        size=19_173_078,
        # Measured: 32 MB in blocks of 4 KiB without AppleDouble files; the boxes of the heads, a block each, add 15 MB.
        unpacked_size=50_000_000,
        sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
        md5="95a8c909bbe2e81eed6a22bccdf3f68f",
    ),
    Archive(
        name="images.tar.gz",
        urls=(_THOR + "images.tar.gz", _WWW + "images.tar.gz"),
        size=791_918_971,
        # Estimated: gzip makes JPEGs some 1 % smaller, each of 7,390 files wastes half a block, 4 % are for safety.
        unpacked_size=850_000_000,
        sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
        md5="5c4f3ee8e5d25df40f4fd59a7f44e54c",
    ),
)


def dataset_is_there(folder: Path) -> bool:
    """Whether a folder holds photos and trimaps in the official layout."""
    return _holds(folder / "images", ".jpg") and _holds(folder / "annotations" / "trimaps", ".png")


def _holds(folder: Path, suffix: str) -> bool:
    return folder.is_dir() and any(
        path.suffix == suffix and not _is_apple_double(path.name) for path in folder.iterdir()
    )


def _is_apple_double(name: str) -> bool:
    """Whether a file is one of macOS's ``._NAME``: it holds the attributes of NAME and no image."""
    return PurePosixPath(name).name.startswith("._")


def extract(archive: Archive, stream: BinaryIO, folder: Path) -> Iterator[None]:
    """Unpack one entry of an archive at each step of the iteration. Raises BadArchive, OSError.

    A generator, so that an exception that the caller raises between two steps is not taken for a fault of the archive.
    """
    size = 0
    try:
        # The official files are said to be plain tars in spite of their names: "r:*" looks at the content.
        with tarfile.open(fileobj=stream, mode="r:*") as tar:
            for count, member in enumerate(tar, start=1):
                size += member.size
                if count > MOST_MEMBERS or size > MOST_GROWTH * archive.unpacked_size:
                    raise BadArchive("archive_too_large", archive=archive.name)
                # AppleDouble files end in .jpg or .png but hold no image: loaders fail on them.
                if not _is_apple_double(member.name):
                    _check_member(archive, member)
                    tar.extract(member, folder, filter="data")
                yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise BadArchive("archive_damaged", archive=archive.name) from error


def _check_member(archive: Archive, member: tarfile.TarInfo) -> None:
    """Raise BadArchive for what a dataset never holds; tarfile's filter "data" lets some of it through."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise BadArchive("archive_outside", archive=archive.name, member=member.name)
    if not (member.isfile() or member.isdir()):
        raise BadArchive("archive_link", archive=archive.name, member=member.name)
    if path.parts and path.parts[0] not in FOLDERS:
        raise BadArchive("archive_other_folder", archive=archive.name, member=member.name)
