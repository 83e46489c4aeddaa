"""The folders of photos that a run learns from besides its dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Folders of photos that a run learns from besides its dataset: without pets, of groups of pets, of corrections.

    >>> from seg.training.folders import Folders
    >>> folders = Folders.of(None, "groups", None)
    >>> folders.no_pets, folders.groups.name
    (None, 'groups')
    """

    no_pets: Path | None = None
    groups: Path | None = None
    corrections: Path | None = None

    @classmethod
    def of(cls, *folders: str | Path | None) -> Folders:
        """From paths as users give them, in the order of the fields."""
        return cls(*(Path(folder) if folder else None for folder in folders))

    def as_dict(self) -> dict[str, str]:
        return {name: str(folder.resolve()) for name, folder in vars(self).items() if folder}
