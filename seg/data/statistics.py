"""Trimap values, class shares, sizes, breeds, splits, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seg.data.dataset import Dataset, breed_and_species, evenly_spread, read_trimap
from seg.images import resize_labels


@dataclass(frozen=True)
class Statistics:
    """Facts about a dataset; every share lies in [0, 1], sizes are height and width in pixels.

    ``trimap_values`` maps a value found in the trimaps to its share of all pixels; ``by_species`` and ``by_breed``
    map a name to its number of trimaps, ``photos``, and its pixels' share by class; as ``trimap_values``, they count
    every readable trimap, also one that is left out for its photo or its list.
    """

    title: str
    pairs: int
    trimaps: int
    trimap_values: dict[int, float]
    left_out: dict[str, list[str]]
    split_scheme: str
    splits: dict[str, int]
    by_species: dict[str, dict[str, float]]
    by_breed: dict[str, dict[str, float]]
    sizes: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: the keys of ``trimap_values`` are text."""
        return vars(self) | {"trimap_values": {str(v): share for v, share in self.trimap_values.items()}}


def statistics(dataset: Dataset) -> Statistics:
    """What the dataset's check has found, added up; reads no picture again."""
    counts = dataset.trimap_counts
    totals = _total(counts.values(), len(dataset.classes))
    pixels = int(totals.sum()) or 1
    species: dict[str, list[tuple[int, ...]]] = {}
    breeds: dict[str, list[tuple[int, ...]]] = {}
    for name, count in counts.items():
        breed, kind = breed_and_species(name)
        species.setdefault(kind or "unknown", []).append(count)
        breeds.setdefault(breed or "unknown", []).append(count)
    sizes = np.array([sample.size for sample in dataset.samples])
    common = Counter(sample.size for sample in dataset.samples).most_common(5)
    return Statistics(
        title=dataset.title,
        pairs=len(dataset),
        trimaps=len(counts),
        trimap_values={m.value: int(totals[m.label]) / pixels for m in dataset.classes if totals[m.label]},
        left_out={reason: list(names) for reason, names in dataset.left_out.items()},
        split_scheme=dataset.split_scheme,
        splits={split: len(names) for split, names in dataset.splits.items()},
        by_species={name: _group(own, dataset) for name, own in sorted(species.items())},
        by_breed={name: _group(own, dataset) for name, own in sorted(breeds.items())},
        sizes={
            "smallest": sizes[sizes.prod(axis=1).argmin()].tolist(),
            "median": np.median(sizes, axis=0).round().astype(int).tolist(),
            "largest": sizes[sizes.prod(axis=1).argmax()].tolist(),
            "most_common": [{"size": list(size), "photos": photos} for size, photos in common],
        }
        if len(sizes)
        else {},
    )


def mean_trimap(dataset: Dataset, size: int = 64, most: int = 500) -> np.ndarray:
    """How often each place of the photo shows each class, float32 ``(size, size, C)`` in [0, 1].

    Taken over at most ``most`` samples, evenly spread. Raises PhotoError or OSError when a trimap has gone.
    """
    chosen = evenly_spread(dataset.samples, most)
    total = np.zeros((size, size, len(dataset.classes)), np.float32)
    for sample in chosen:
        labels = dataset.classes.to_labels(resize_labels(read_trimap(sample.trimap), size))
        total += np.eye(len(dataset.classes), dtype=np.float32)[labels]
    return total / max(1, len(chosen))


def _total(counts: Iterable[tuple[int, ...]], classes: int) -> np.ndarray:
    rows = list(counts)
    return np.array(rows, np.int64).sum(axis=0) if rows else np.zeros(classes, np.int64)


def _group(counts: list[tuple[int, ...]], dataset: Dataset) -> dict[str, float]:
    total = _total(counts, len(dataset.classes))
    shares = {m.name: int(total[m.label]) / int(total.sum()) for m in dataset.classes}
    return {"photos": len(counts), **shares}
