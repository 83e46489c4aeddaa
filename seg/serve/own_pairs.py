"""Pairs that the server's owner keeps to learn from, and nobody else sees: corrected photos, photos of one animal."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from seg.data.kept_pairs import KeptPair, PairFolder, PairsError, pair_name
from seg.serve import limits, owner
from seg.serve.owner import Visitor
from seg.training.runs import runs_folder

# Mixed, each kind would be measured on the other's photos.
CORRECTIONS, PET = "my_corrections", "my_pet"
KINDS = (CORRECTIONS, PET)


def pairs_folder() -> Path:
    """Where pairs are kept: ``SEG_PAIRS``, else ``pairs`` in the folder of the runs."""
    return Path(os.environ.get("SEG_PAIRS") or runs_folder() / "pairs")


def folder_of(kind: str) -> PairFolder:
    """The folder of one of ``KINDS``. Raises ValueError for another name, which never becomes a path."""
    return PairFolder(pairs_folder() / KINDS[KINDS.index(kind)])


def pairs(visitor: Visitor, kind: str) -> list[KeptPair]:
    """The pairs of a kind, the newest first. Raises NotOwnerError."""
    owner.require(visitor)
    return folder_of(kind).pairs()


def keep(visitor: Visitor, kind: str, key: str, photo: np.ndarray, labels: np.ndarray, is_predicted: bool) -> KeptPair:
    """Keep a pair of photo, RGB uint8 ``(H, W, 3)``, and labels, uint8 ``(H, W)``.

    ``key``, ``is_predicted``: as ``PairFolder`` has them.

    Raises NotOwnerError, PairsError where there are too many and where the folder cannot be written.
    """
    owner.require(visitor)
    folder = folder_of(kind)
    others = [pair for pair in folder.pairs() if pair.name != pair_name(key)]
    if len(others) >= limits.MOST_PAIRS:
        raise PairsError("pairs_many", most=str(limits.MOST_PAIRS))
    return folder.keep(key, photo, labels, is_predicted=is_predicted)


def remove(visitor: Visitor, kind: str, name: str) -> None:
    """Remove a pair. Raises NotOwnerError, PairsError."""
    owner.require(visitor)
    folder_of(kind).remove(name)
