"""Which photos a dataset of others keeps for training, validation and testing: by its lists, folders or files.

Lists are ``ImageSets/Segmentation/train.txt`` of PASCAL VOC and of CVAT, and ``train.txt`` beside CamVid's folders.
Folders are ``train``, ``val`` and ``test`` of Kaggle's CamVid; files are COCO's ``instances_train2017.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from seg.data.annotations.annotated import Pictures
from seg.data.annotations.errors import AnnotationError
from seg.data.listing import Picture
from seg.data.split_schemes import SPLITS
from seg.names import readable_name, text_of

MOST_LIST_BYTES = 64 * 2**20  # COCO's 118,000 names are 2 MB
_WORDS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
# VOC's other lists say what is to be found in a photo, not what is painted.
_SETS, _SEGMENTATION = "imagesets", "segmentation"

SplitOf = dict[Picture, str]  # a photo's split, one of SPLITS


def split_word(name: str) -> str | None:
    """The split that a word of a name stands for, as in ``instances_val2017``; None for none and for several."""
    words = re.split(r"[^a-z]+", name.casefold())
    splits = {_WORDS[word] for word in words if word in _WORDS}
    return splits.pop() if len(splits) == 1 else None


def splits_by_lists(folder: Path, photos: Iterable[Picture]) -> SplitOf:
    """The splits that the lists in a folder, and in those in it, give to photos.

    A line names a photo as ``Pictures.find`` reads names; its mask may follow, after a space. Raises AnnotationError
    for a list that is too large, OSError.
    """
    pictures = Pictures(photos)
    found: SplitOf = {}
    for path in sorted(folder.rglob("*.txt")):
        split = _WORDS.get(path.stem.casefold())
        if split is None or not _lists_masks(path.relative_to(folder)):
            continue
        if path.stat().st_size > MOST_LIST_BYTES:
            most = MOST_LIST_BYTES // 2**20
            raise AnnotationError("annotation_bytes", name=readable_name(path.name), most=most)
        for line in text_of(path.read_bytes()).splitlines():
            photo = pictures.find(line.strip()) or pictures.find(line.strip().partition(" ")[0])
            if photo is not None and _is_later(split, found.get(photo)):
                found[photo] = split
    return found


def splits_by_folders(photos: Iterable[Picture]) -> SplitOf:
    """The splits of photos that lie in folders called by them."""
    found: SplitOf = {}
    for photo in photos:
        splits = {_WORDS[name] for name in map(str.casefold, photo.folders) if name in _WORDS}
        if len(splits) == 1:
            found[photo] = splits.pop()
    return found


def lists_of(split_of: Mapping[Picture, str], names: Mapping[Path, str]) -> dict[str, list[str]]:
    """The sorted names of each of SPLITS; none where the dataset does not say what trains and what measures.

    ``names``: what photos are called, by their paths. Of a dataset in two parts, such as VOC, whose test masks nobody
    has, the second part is for testing: it is what others measure on.
    """
    lists: dict[str, list[str]] = {split: [] for split in SPLITS}
    for photo, split in split_of.items():
        if photo.path in names:
            lists[split].append(names[photo.path])
    if not lists["test"]:
        lists["validation"], lists["test"] = [], lists["validation"]
    return {split: sorted(found) for split, found in lists.items()} if lists["train"] and lists["test"] else {}


def _lists_masks(path: Path) -> bool:
    folders = [name.casefold() for name in path.parent.parts]
    return _SETS not in folders or folders[-1] == _SEGMENTATION


def _is_later(split: str, before: str | None) -> bool:
    """Whether a photo in two lists is of this one: a network must not be measured on what it was trained on."""
    return before is None or SPLITS.index(split) > SPLITS.index(before)
