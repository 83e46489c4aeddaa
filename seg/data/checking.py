"""Which pairs of a dataset folder can be used, and what their trimaps hold.

Every pair is decoded once. The facts are remembered on disk by name, size and time of change, because decoding the
complete dataset takes a minute.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seg.classes import Classes
from seg.cores import available_cores
from seg.data.listing import FolderFiles
from seg.data.trimaps import read_trimap
from seg.files import cache_folder, write_file
from seg.photo import SIDEWAYS, PhotoError, check_image, jpeg, open_image
from seg.photo.upright import orientation_of

# Goes up when the check of a file finds other facts than before, so that remembered facts are not used any more.
# Part of the name of the file of facts: another check finds other facts.
CHECK_VERSION = 6

# Why a pair is left out: codes, whose sentences are the texts `dataset.reason_CODE`.
NO_TRIMAP = "no_trimap"
NO_PHOTO = "no_photo"
BAD_PHOTO = "bad_photo"
BAD_TRIMAP = "bad_trimap"
BAD_VALUES = "bad_values"
BAD_SIZE = "bad_size"
ALL_VOID = "all_void"
UNLISTED = "unlisted"

# Which of a photo that EXIF turns a trimap was drawn on, as its size says.
TURNED, AS_IN_FILE, BOTH = "turned", "file", "both"


@dataclass(frozen=True)
class PairFacts:
    """What is known about a trimap and its photo.

    ``reason``: the code of why the pair is left out, or empty. ``size``: height and width of the trimap in pixels, as
    its file has them; ``counts``: its pixels by ``Classes.values_on_disk``; both are empty for a trimap that cannot be
    used.

    ``orientation``: the photo's by EXIF, 1 for a photo that is upright in its file. ``fits``: whether the trimap has
    the size of the photo ``turned`` by it, as it lies in its ``file``, or ``both``.
    """

    reason: str = ""
    size: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    orientation: int = 1
    fits: str = TURNED


def check_pairs(
    root: Path, files: FolderFiles, classes: Classes, progress: Callable[[int, int], None] | None
) -> dict[str, PairFacts]:
    """The facts about every trimap and its photo, sorted by name.

    ``progress`` gets the number of pairs checked and the number to check; pairs whose facts are remembered do not
    count. If it raises, the check ends, and the next one continues from there.
    """
    # The facts depend on the folder and on the values that its classes have, in the order of their labels.
    of_void = f" {classes.values_on_disk}" if classes.void else ""
    key = hashlib.sha256(f"{root.resolve()} {classes.values}{of_void}".encode()).hexdigest()[:16]
    memory = cache_folder() / f"dataset-{CHECK_VERSION}-{key}.json"
    remembered = _recall(memory)
    stamps = {name: [_stamp(files.photos.get(name)), _stamp(trimap)] for name, trimap in files.trimaps.items()}
    facts = {name: fact for name, (stamp, fact) in remembered.items() if stamps.get(name) == stamp}
    unknown = [name for name in files.trimaps if name not in facts]
    # Pillow's decoders release the interpreter's lock; some threads wait for the disk.
    pool = ThreadPoolExecutor(available_cores() + 4)
    try:
        checks = pool.map(lambda name: _check_pair(files.photos.get(name), files.trimaps[name], classes), unknown)
        for done, (name, fact) in enumerate(zip(unknown, checks, strict=True), 1):
            facts[name] = fact
            if progress:
                progress(done, len(unknown))
    finally:
        # A `with` block would first check all other pairs after Ctrl-C, and then forget the facts.
        pool.shutdown(cancel_futures=True)
        if unknown:
            _remember(memory, {name: {"stamp": stamps[name], **asdict(fact)} for name, fact in facts.items()})
    return dict(sorted(facts.items()))


def _stamp(path: Path | None) -> list[int] | None:
    """What changes when a file changes: its size in bytes and its time of change."""
    if path is None:
        return None
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _recall(memory: Path) -> dict[str, tuple[Any, PairFacts]]:
    """Stamps and facts by name; nothing where they cannot be read."""
    try:
        return {
            name: (
                row["stamp"],
                PairFacts(
                    str(row["reason"]), tuple(row["size"]), tuple(row["counts"]), int(row["orientation"]), row["fits"]
                ),
            )
            for name, row in json.loads(memory.read_bytes()).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _remember(memory: Path, rows: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time at the next start, nothing else
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_file(memory, json.dumps(rows))


def _check_pair(photo: Path | None, trimap: Path, classes: Classes) -> PairFacts:
    try:
        values = read_trimap(trimap)
    except (PhotoError, OSError):
        return PairFacts(BAD_TRIMAP)
    histogram = np.bincount(values.ravel(), minlength=256)
    counts = histogram[list(classes.values_on_disk)]
    if counts.sum() != values.size:
        return PairFacts(BAD_VALUES)
    if not counts[: len(classes)].any():
        return PairFacts(ALL_VOID)
    facts = PairFacts("", values.shape, tuple(counts.tolist()))
    if photo is None:
        return replace(facts, reason=NO_PHOTO)
    try:
        size, orientation = _size_of(photo)
    except (PhotoError, OSError):
        return replace(facts, reason=BAD_PHOTO)
    in_file = size[::-1] if orientation in SIDEWAYS else size
    if values.shape not in (size, in_file):
        return replace(facts, reason=BAD_SIZE)
    fits = BOTH if size == in_file and orientation != 1 else TURNED if values.shape == size else AS_IN_FILE
    return replace(facts, orientation=orientation, fits=fits)


def drawn_as_in_file(facts: Collection[PairFacts]) -> bool:
    """Whether the trimaps of a dataset whose size does not say it were drawn on the photos as they lie in their files.

    They were drawn with the same program as those whose size does say it; without any such, on photos turned.
    """
    turned = [fact.fits for fact in facts if not fact.reason and fact.orientation in SIDEWAYS]
    return turned.count(AS_IN_FILE) > turned.count(TURNED)


def _size_of(path: Path) -> tuple[tuple[int, int], int]:
    """Upright height and width of a photo that can be decoded to its end, and its orientation by EXIF.

    Raises OSError, PhotoError.
    """
    data = path.read_bytes()
    image = open_image(data, path.name)
    check_image(image, path.name)
    if image.format == "JPEG" and jpeg.lacks_only_its_end(data):
        image = open_image(data + jpeg.END_BYTES, path.name)
    width, height = image.size
    try:
        # At an eighth of its size a JPEG is still read to its last byte, but needs a fraction of the arithmetic.
        image.draft(None, (max(1, width // 8), max(1, height // 8)))
        image.load()
        # Read after decoding: Pillow turns a TIFF itself, and a PNG may have its EXIF at the end.
        orientation = orientation_of(image)
    except Exception as error:  # damaged files make Pillow's decoders raise nearly anything
        raise PhotoError("photo_damaged", name=path.name, reason=error) from None
    return ((width, height) if orientation in SIDEWAYS else (height, width)), orientation
