"""Where photos come from and results go to: a folder of this machine, or one of an object store."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from seg.data.photo_files import RESULT
from seg.errors import SegError
from seg.files import write_file

# File systems, as pyarrow calls them, whose folders are parts of names: none has to be made.
STORES = ("s3", "gcs")


class PlaceError(SegError):
    """An address of photos or results that cannot be used."""


class Place:
    """A folder by its address: a path, or ``s3://``, ``gs://``, ``file://`` and what else pyarrow or fsspec know.

    It is sent to other processes as its address, and connects where it is used.
    """

    def __init__(self, address: str):
        self.address = address

    def __reduce__(self) -> tuple[type[Place], tuple[str]]:
        return Place, (self.address,)

    @property
    def is_local(self) -> bool:
        """Whether it is a path of the machine that uses it."""
        return "://" not in self.address

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system, pyarrow's, and the folder's path in it. Raises PlaceError."""
        from pyarrow import fs

        if self.is_local:
            return fs.LocalFileSystem(), str(Path(self.address).absolute())
        try:
            try:
                return fs.FileSystem.from_uri(self.address)
            except ValueError:  # a kind that pyarrow does not know
                import fsspec

                system, path = fsspec.core.url_to_fs(self.address)
                return fs.PyFileSystem(fs.FSSpecHandler(system)), path
        except (OSError, ValueError, ImportError) as error:
            raise PlaceError("place_unknown", address=self.address, reason=_first_line(error)) from None

    def names(self) -> Iterator[str]:
        """The names of all files in the folder and those within it, with ``/`` between folders, sorted.

        Hidden ones are left out. A file's own address has one name. Raises PlaceError where nothing is there.
        """
        from pyarrow import fs

        system, path = self._opened
        if self._is(fs.FileType.File):
            yield ""
            return
        with self._errors_told():
            found = system.get_file_info(fs.FileSelector(path, recursive=True))
        files = (info.path for info in found if info.type == fs.FileType.File)
        names = (posixpath.relpath(file, path) for file in files)
        yield from sorted(name for name in names if not any(part.startswith(".") for part in name.split("/")))

    def photo_names(self) -> Iterator[str]:
        """``names`` without those of results of an earlier segmentation. Raises PlaceError."""
        return (name for name in self.names() if not RESULT.fullmatch(posixpath.basename(name)))

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError."""
        system, path = self._opened
        with system.open_input_stream(posixpath.join(path, name) if name else path) as stream:
            return stream.read()

    def write(self, name: str, content: bytes) -> None:
        """Write a file completely or not at all: object stores show it once all of it is there. Raises OSError."""
        system, path = self._opened
        target = posixpath.join(path, name)
        if self.is_local:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            write_file(Path(target), content)
            return
        if system.type_name not in STORES:
            system.create_dir(posixpath.dirname(target), recursive=True)
        with system.open_output_stream(target) as stream:
            stream.write(content)

    def written(self) -> set[str]:
        """``names`` of a folder that results go to: none where it does not exist yet. Raises PlaceError."""
        from pyarrow import fs

        return set() if self._is(fs.FileType.NotFound) else set(self.names())

    def _is(self, kind: Any) -> bool:
        """Whether a file, a folder or nothing is there, as pyarrow's ``FileType`` has them. Raises PlaceError."""
        system, path = self._opened
        with self._errors_told():
            return system.get_file_info(path).type == kind

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Within the block what the file system complains of is an error for people."""
        try:
            yield
        except OSError as error:
            raise PlaceError("place_unread", address=self.address, reason=_first_line(error)) from None


def listed(path: Path) -> list[tuple[Place, str]]:
    """The photos of a list, a text file with an address a line, each as its place and its name there.

    The place is the folder above the whole path (``/``, or a store's bucket), so that two photos of the same name
    differ, and a photo has the same name in any list. Raises PlaceError.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlaceError("place_list", path=path, reason=_first_line(error)) from None
    photos = []
    for line in filter(None, map(str.strip, lines)):
        scheme, separator, rest = line.rpartition("://")
        if separator:
            bucket, _, name = rest.partition("/")
            photos.append((Place(f"{scheme}://{bucket}"), name))
        else:
            photo = Path(line).absolute()
            photos.append((Place(photo.anchor), photo.relative_to(photo.anchor).as_posix()))
    return photos


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
