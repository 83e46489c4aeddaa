"""A dataset in numbers: trimap values, class shares, sizes, breeds, splits, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from seg.classes import PETS, Classes
from seg.data.breeds import breed_and_species
from seg.data.dataset import Dataset, evenly_spread
from seg.images import resize_labels
from seg.texts import fill

# The group of names that tell no breed.
UNKNOWN = "unknown"

# The number of trimaps, ``photos``, and the share of their pixels by name of class.
Group = dict[str, float]


@dataclass(frozen=True)
class Statistics:
    """Facts about a dataset; every share lies in [0, 1]. Sizes are height and width in pixels.

    ``trimap_values`` maps a value in the trimaps, of void too, to its share of all pixels. ``left_out`` maps the code
    of a reason, whose sentence is ``reason_text(code)``, to names of files. ``turned``: names of trimaps that are
    turned with their photos, by EXIF. ``by_species`` and ``by_breed`` are empty for other classes than the pets'. They
    and ``trimap_values`` count every trimap that can be used, also where its photo cannot, or is in no list.

    >>> from seg import Dataset
    >>> from seg.data.statistics import statistics
    >>> facts = statistics(Dataset.open())
    >>> {name: group["photos"] for name, group in facts.by_species.items()}, len(facts.by_breed)
    ({'cat': 48, 'dog': 100}, 37)
    >>> facts.sizes["median"], facts.as_dict()["split_scheme"]
    ([240, 320], 'official')
    """

    title: str
    pairs: int
    trimaps: int
    trimap_values: dict[int, float]
    left_out: dict[str, list[str]]
    split_scheme: str
    splits: dict[str, int]
    by_species: dict[str, Group]
    by_breed: dict[str, Group]
    sizes: dict[str, Any]
    turned: list[str]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: the keys of ``trimap_values`` are text, those of ``left_out`` English sentences."""
        return vars(self) | {
            "trimap_values": {str(value): share for value, share in self.trimap_values.items()},
            "left_out": {reason_text(reason): names for reason, names in self.left_out.items()},
        }


def reason_text(reason: str, language: str = "en") -> str:
    """Why files are left out, in a language of the texts. Raises KeyError for a code that has no text.

    >>> from seg.data.statistics import reason_text
    >>> reason_text("no_trimap"), reason_text("no_trimap", "zh")
    ('photo without a trimap of its name', '照片没有同名的三分图')
    """
    return fill(language, f"dataset.reason_{reason}")


def statistics(dataset: Dataset) -> Statistics:
    """Add up the facts that the check of the dataset has found; no picture is read again.

    >>> from seg import Dataset
    >>> from seg.data.statistics import statistics
    >>> facts = statistics(Dataset.open())
    >>> facts.pairs, facts.splits
    (148, {'train': 98, 'validation': 13, 'test': 37})
    >>> {value: round(share, 2) for value, share in facts.trimap_values.items()}
    {1: 0.24, 2: 0.65, 3: 0.12}
    """
    classes = dataset.classes
    totals = _total(dataset.trimap_counts.values(), classes)
    pixels = int(totals.sum()) or 1
    species: dict[str, list[tuple[int, ...]]] = {}
    breeds: dict[str, list[tuple[int, ...]]] = {}
    for name, counts in dataset.trimap_counts.items() if classes == PETS else ():
        breed, cat_or_dog = breed_and_species(name)
        species.setdefault(cat_or_dog or UNKNOWN, []).append(counts)
        breeds.setdefault(breed or UNKNOWN, []).append(counts)
    return Statistics(
        title=dataset.title,
        pairs=len(dataset),
        trimaps=len(dataset.trimap_counts),
        trimap_values={
            value: int(total) / pixels for value, total in zip(classes.values_on_disk, totals, strict=True) if total
        },
        left_out={reason: list(names) for reason, names in dataset.left_out.items()},
        split_scheme=dataset.split_scheme,
        splits={split: len(names) for split, names in dataset.splits.items()},
        by_species={name: _group(counts, classes) for name, counts in sorted(species.items())},
        by_breed={name: _group(counts, classes) for name, counts in sorted(breeds.items())},
        sizes=_sizes(dataset),
        turned=[sample.name for sample in dataset if sample.trimap_orientation != 1],
    )


def mean_trimap(dataset: Dataset, size: int = 64, most: int = 500) -> np.ndarray:
    """How often each place of the photo shows each class, float32 ``(size, size, C)`` in [0, 1].

    Where a photo is not labelled it shows none. Taken over at most ``most`` samples, evenly spread. Raises OSError for
    a trimap that is missing, PhotoError for one that was damaged.

    >>> from seg import Dataset
    >>> from seg.data.statistics import mean_trimap
    >>> mean = mean_trimap(Dataset.open(), size=32, most=20)
    >>> mean.shape, mean[[16, 0], [16, 0]].argmax(axis=1).tolist()  # pets are in the middle, not in the corner
    ((32, 32, 3), [0, 1])
    """
    samples = evenly_spread(dataset.samples, most)
    total = np.zeros((size, size, len(dataset.classes)), np.float32)
    for sample in samples:
        labels = dataset.classes.to_labels(resize_labels(sample.read_trimap(), size))
        total += labels[..., np.newaxis] == np.arange(len(dataset.classes))
    return total / max(1, len(samples))


def _total(counts: Collection[tuple[int, ...]], classes: Classes) -> np.ndarray:
    """Pixels by ``classes.values_on_disk``, int64 ``(V,)``."""
    return np.array(list(counts), np.int64).reshape(-1, len(classes.values_on_disk)).sum(axis=0)


def _group(counts: list[tuple[int, ...]], classes: Classes) -> Group:
    total = _total(counts, classes)
    shares = {member.name: int(total[member.label]) / int(total.sum()) for member in classes}
    return {"photos": len(counts), **shares}


def _sizes(dataset: Dataset) -> dict[str, Any]:
    """The smallest, the median and the largest size, and the five most common ones; nothing without samples."""
    if not len(dataset):
        return {}
    sizes = np.array([sample.size for sample in dataset])
    areas = sizes.prod(axis=1)
    common = Counter(sample.size for sample in dataset).most_common(5)
    return {
        "smallest": sizes[areas.argmin()].tolist(),
        "median": np.median(sizes, axis=0).round().astype(int).tolist(),
        "largest": sizes[areas.argmax()].tolist(),
        "most_common": [{"size": list(size), "photos": photos} for size, photos in common],
    }
