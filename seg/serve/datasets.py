"""The datasets that visitors may choose, opened and checked once for all of them."""

from __future__ import annotations

import os
from pathlib import Path

from seg.data import dataset
from seg.data.dataset import SAMPLE_FOLDER, Dataset
from seg.data.listing import stamp_of
from seg.serve import limits, own_pairs, owner
from seg.serve.caches import Cache
from seg.serve.owner import Visitor

# The choices: what the server's owner has named, what the Dataset page has downloaded, and the sample that ships; for
# the owner also the pairs that they have kept, by their kind.
CONFIGURED, OFFICIAL, SAMPLE = "configured", "official", "sample"


def _bytes(opened: Dataset) -> int:
    # A pair takes 1.4 kB, measured with all that is kept of it: sizes, names, splits.
    return 1400 * (len(opened) + sum(map(len, opened.left_out.values())))


_datasets: Cache[Dataset] = Cache(limits.memory_for("datasets"), _bytes, lasting=True)


def folders(visitor: Visitor) -> dict[str, Path]:
    """What a visitor may choose, the default first: never a path of the visitor's, who could then read any folder."""
    official = dataset.DEFAULT_FOLDER
    named = os.environ.get("SEG_DATA")
    choices: dict[str, Path] = {}
    if named or official.is_dir():
        choices[CONFIGURED] = Path(named or official)
    if official.is_dir() and choices[CONFIGURED].resolve() != official.resolve():
        choices[OFFICIAL] = official
    return choices | {SAMPLE: SAMPLE_FOLDER} | _of_owner(visitor)


def _of_owner(visitor: Visitor) -> dict[str, Path]:
    if not owner.is_owner(visitor):
        return {}
    kept = {kind: own_pairs.folder_of(kind) for kind in own_pairs.KINDS}
    return {kind: pairs.folder for kind, pairs in kept.items() if pairs.pairs()}


def open_dataset(folder: Path, split_scheme: str | None = None) -> Dataset:
    """The dataset of a folder as it is now, with the splits of a scheme or, by default, of its lists where it has some.

    Photos and lists that were added since the last time are in it. Takes seconds the first time, and after a change as
    long as the new pairs need. Raises DatasetError.
    """
    return _datasets.get((str(folder), stamp_of(folder), split_scheme), lambda: Dataset.open(folder, split_scheme))
