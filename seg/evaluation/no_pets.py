"""What a network answers on photos without a pet, and on small pets: the dataset has neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seg import metrics
from seg.data.dataset import Dataset, DatasetError, read_pair
from seg.data.mixing import paste_pet
from seg.data.no_pets import is_held_back, photos_in
from seg.evaluation.evaluate import check_classes
from seg.images import resize_labels, resize_photo, resize_probabilities
from seg.inference.second_look import Detail
from seg.inference.segmenter import Segmenter
from seg.names import readable_name
from seg.network.weights import WeightsError
from seg.photo import PhotoError, read_photo

BATCH = 8
MISTAKEN_SHARE = 0.02  # of the pixels: above it a photo without a pet counts as mistaken
SMALL_SIDE = 0.25  # side of a pasted picture, as a share of the side of the photo around it
PLACES_SEED = 2020

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NoPetsReport:
    """What is called pet on photos without one.

    ``shares``: by the photo's name, the share of its pixels that are called pet, in [0, 1], at the photo's size;
    ``failed``: why photos could not be read, a sentence each.

    >>> from seg.evaluation.no_pets import NoPetsReport
    >>> report = NoPetsReport({"street.jpg": 0.0, "teddy.jpg": 0.3})
    >>> report.mean_pet_share, report.above_2_percent, report.as_dict()["photos"]
    (0.15, 0.5, 2)
    """

    shares: dict[str, float]
    failed: tuple[str, ...] = ()

    @property
    def mean_pet_share(self) -> float:
        """Mean over the photos of the share of their pixels that are called pet, in [0, 1]."""
        return float(np.mean(list(self.shares.values())))

    @property
    def above_2_percent(self) -> float:
        """Share of the photos, in [0, 1], of which more than 2 % was called pet."""
        return float(np.mean([share > MISTAKEN_SHARE for share in self.shares.values()]))

    def as_dict(self) -> dict[str, Any]:
        """As ``evaluate --no-pets --json`` has it."""
        return {
            "photos": len(self.shares),
            "mean_pet_share": self.mean_pet_share,
            "above_2_percent": self.above_2_percent,
            "by_photo": dict(sorted(self.shares.items(), key=lambda pair: -pair[1])),
            "failed": list(self.failed),
        }


def choose_photos(folder: str | Path, held_back: bool = False) -> tuple[Path, ...]:
    """The photos of a folder; with ``held_back`` those that training leaves alone. Raises DatasetError for none."""
    photos = photos_in(folder)
    chosen = tuple(photo for photo in photos if is_held_back(photo)) if held_back else photos
    if not chosen:
        raise DatasetError("dataset_none_held_back", folder=folder)
    return chosen


def evaluate_no_pets(
    segmenter: Segmenter, photos: Sequence[Path], progress: Progress | None = None, detail: Detail = "fast"
) -> NoPetsReport:
    """Segment photos without a pet, and count the pixels that are called pet nevertheless.

    The pet is the class whose role is subject. A photo that cannot be read is reported, and the others go on.
    ``detail``: by default one look. Raises PhotoError where none can be read, WeightsError for a network whose classes
    have no subject, DetailError.

    >>> from pathlib import Path
    >>> from seg import Segmenter
    >>> from seg.evaluation.no_pets import evaluate_no_pets
    >>> from seg.pictures import checkerboard, save_picture
    >>> save_picture(checkerboard(240, 320, square=40), Path("floor.png"))
    >>> report = evaluate_no_pets(Segmenter.load(), [Path("floor.png"), Path("missing.png")])
    >>> list(report.shares), report.failed
    (['floor.png'], ('missing.png does not exist: check the path.',))
    """
    subject = segmenter.classes.subject
    if subject is None:
        raise WeightsError("weights_no_subject", path=segmenter.info.path)
    shares: dict[str, float] = {}
    failed = []
    for done, photo in enumerate(photos, 1):
        try:
            shares[readable_name(photo.name)] = segmenter(photo, detail).shares[subject.name]
        except PhotoError as error:
            failed.append(str(error))
        if progress:
            progress(done, len(photos))
    if not shares:
        raise PhotoError("photos_all_bad", count=len(photos), first=failed[0])
    return NoPetsReport(shares, tuple(failed))


def evaluate_small_pets(
    segmenter: Segmenter,
    dataset: Dataset,
    surrounds: Sequence[Path],
    split: str = "test",
    side: float = SMALL_SIDE,
    progress: Progress | None = None,
    detail: Detail = "fast",
) -> np.ndarray:
    """The confusion matrix, int64 ``(C, C)``, over the pets of a split, each pasted small into a photo without one.

    Pixels count at network size. ``side``: the side of the pasted picture as a share of the side of the photo around
    it. A fixed seed draws that photo and the place in it, so that every network sees the same. ``detail``: by default
    one look. Raises DatasetError, WeightsError, PhotoError, DetailError.

    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> from seg import Dataset, Segmenter
    >>> from seg.evaluation.no_pets import evaluate_small_pets
    >>> from seg.pictures import checkerboard, save_picture
    >>> save_picture(checkerboard(240, 320, square=40), Path("floor.png"))
    >>> dataset = Dataset.open()
    >>> two = replace(dataset, splits=dataset.splits | {"test": dataset.splits["test"][:2]})
    >>> confusion = evaluate_small_pets(Segmenter.load(), two, [Path("floor.png")])
    >>> confusion.shape, int(confusion.sum()) == 2 * 224**2
    ((3, 3), True)
    """
    check_classes(segmenter, dataset)
    samples = dataset.split(split)
    if not samples:
        raise DatasetError("dataset_split_empty", split=split, folder=dataset.root)
    random = np.random.default_rng(PLACES_SEED)
    size, count = segmenter.size, len(dataset.classes)
    confusion = np.zeros((count, count), np.int64)
    for begin in range(0, len(samples), BATCH):
        pictures, truths = [], []
        for sample in samples[begin : begin + BATCH]:
            photo, trimap = read_pair(sample)
            surround = read_photo(surrounds[int(random.integers(len(surrounds)))])
            top, left = random.random(2)
            labels = resize_labels(dataset.classes.to_labels(trimap), size)
            picture, truth = paste_pet(
                resize_photo(photo.pixels, size),
                labels,
                resize_photo(surround.pixels, size),
                side,
                (top, left),
                dataset.classes,
            )
            pictures.append(picture)
            truths.append(truth)
        for truth, answer in zip(truths, segmenter.probabilities(pictures, detail), strict=True):
            predicted = resize_probabilities(answer, (size, size)).argmax(-1)
            confusion += metrics.confusion_matrix(truth, predicted, count)
        if progress:
            progress(min(begin + BATCH, len(samples)), len(samples))
    return confusion
