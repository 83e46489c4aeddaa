"""A folder whose photos are segmented as they come.

The folder is looked at every second. Notices from the system would come sooner, but not from folders of other machines
(NFS, SMB, a container's), and a file that is being written needs a second look anyway.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seg.data.photo_files import photos_in_folder
from seg.files import free_name
from seg.names import compared, readable_name, shortened, storable_name

SECONDS_BETWEEN_LOOKS = 1.0
RECORD = ".watched.jsonl"  # in the folder of the results: a line for each photo that is done


class State(NamedTuple):
    """What changes while a file is written: its bytes, and when it was changed last, in nanoseconds."""

    size: int
    changed: int


class WatchedFolder:
    """Which photos of ``folder`` are complete and not yet done; ``results`` remembers that for the next time.

    A photo is complete when two looks find the same size and time of change. It is done once it was segmented, or
    failed, in that state: a photo that is replaced comes again, and its results replace the earlier ones. What failed
    comes again at the next start.

    >>> import shutil
    >>> from pathlib import Path
    >>> from seg import Dataset
    >>> from seg.inference.watched import WatchedFolder
    >>> for name in ("incoming", "results"):
    ...     Path(name).mkdir()
    >>> watched = WatchedFolder(Path("incoming"), Path("results"))
    >>> photo = shutil.copy(Dataset.open()["pug_73"].photo, Path("incoming/pug.jpg"))
    >>> watched.look()  # it may still be being written
    []
    >>> [(path.name, stem) for path, stem in watched.look()]
    [('pug.jpg', 'pug')]
    >>> watched.note(photo, files=[])
    >>> watched.look()
    []
    """

    def __init__(self, folder: Path, results: Path):
        self._folder, self._results = folder, results
        self._seen: dict[str, State] = {}
        self._done: dict[str, State] = {}
        self._stems: dict[str, str] = {}
        self._taken: set[str] = set()
        for line in _lines(results / RECORD):
            with suppress(ValueError, KeyError, TypeError):  # a line that was cut off with its process
                row = json.loads(line)
                self._stems[row["photo"]] = row["stem"]
                self._taken.add(compared(row["stem"]))
                if all((results / name).exists() for name in row["files"]):
                    self._done[row["photo"]] = State(row["size"], row["changed"])

    def look(self) -> list[tuple[Path, str]]:
        """The photos that are complete and not done, each with the stem of its results. Raises OSError."""
        states: dict[str, State] = {}
        complete = []
        for path in photos_in_folder(self._folder):
            with suppress(OSError):  # it has gone meanwhile
                status = path.stat()
                states[path.name] = state = State(status.st_size, status.st_mtime_ns)
                if state.size and state == self._seen.get(path.name) and state != self._done.get(path.name):
                    complete.append((path, self._stem(path)))
        self._seen = states
        return complete

    def note(self, photo: Path, files: list[Path] | None) -> None:
        """The photo is done, in the state in which it was seen; ``files``: its results, None where it failed."""
        state = self._done[photo.name] = self._seen[photo.name]
        if files is None:
            return
        row = {
            "photo": photo.name,
            **state._asdict(),
            "stem": self._stem(photo),
            "files": [file.name for file in files],
        }
        with (self._results / RECORD).open("a", encoding="utf-8") as record:
            record.write(json.dumps(row) + "\n")

    def _stem(self, photo: Path) -> str:
        if photo.name not in self._stems:
            stem = shortened(storable_name(readable_name(photo.stem)))
            self._stems[photo.name] = free_name(stem, self._taken)
        return self._stems[photo.name]


def _lines(file: Path) -> list[str]:
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    return []
