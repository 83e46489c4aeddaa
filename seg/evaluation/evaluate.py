"""The figures of a network on a dataset, and its worst, median and best photos."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seg import metrics, pictures
from seg.classes import Classes
from seg.data.dataset import Dataset, DatasetError, Sample, breed_and_species, evenly_spread, read_pair
from seg.images import resize_labels, resize_photo, resize_probabilities
from seg.inference.segmenter import Segmenter
from seg.training.runs import Run, write_atomically

BATCH = 8


@dataclass(frozen=True)
class PhotoScore:
    """How one photo went at network size: IoU by class in [0, 1] (nan for a class it does not show), their mean."""

    name: str
    breed: str | None
    species: str | None
    iou: tuple[float, ...]
    mean_iou: float


@dataclass(frozen=True)
class Report:
    """What an evaluation measured.

    ``confusion``: pixels by true (row) and predicted (column) label at network size, pooled over the photos;
    ``confusion_own_size``: the same at each photo's own size; ``scores``: one a photo, in the dataset's order.
    """

    dataset: str
    split: str
    weights: str
    size: int
    classes: Classes
    confusion: np.ndarray
    confusion_own_size: np.ndarray
    scores: tuple[PhotoScore, ...]
    confusion_by_species: dict[str, np.ndarray]
    confusion_by_breed: dict[str, np.ndarray]
    engine: str = ""

    @property
    def mean_iou(self) -> float:
        return metrics.mean_iou(self.confusion)

    def ranked(self) -> list[PhotoScore]:
        """Scores from the worst photo to the best."""
        return sorted(self.scores, key=lambda score: score.mean_iou)

    def as_dict(self) -> dict[str, Any]:
        """As ``report.json`` and ``evaluate --json`` have it."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "weights": self.weights,
            "engine": self.engine,
            "size": self.size,
            "photos": len(self.scores),
            **figures(self.confusion, self.classes),
            "own_size": figures(self.confusion_own_size, self.classes),
            "by_species": {name: figures(c, self.classes) for name, c in self.confusion_by_species.items()},
            "by_breed": {name: figures(c, self.classes) for name, c in self.confusion_by_breed.items()},
            "by_photo": [
                {"name": score.name, "mean_iou": score.mean_iou, "iou": _json_iou(score.iou, self.classes)}
                for score in self.scores
            ],
        }

    @classmethod
    def from_dict(cls, told: dict[str, Any], classes: Classes) -> Report:
        """The inverse of ``as_dict``. Raises KeyError, TypeError or ValueError for what is no report."""

        def matrix(figures: dict[str, Any]) -> np.ndarray:
            return np.array(figures["confusion"], np.int64).reshape(len(classes), len(classes))

        def score(row: dict[str, Any]) -> PhotoScore:
            iou = (row["iou"][name] for name in classes.names)
            breed, species = breed_and_species(row["name"])
            numbers = tuple(float("nan") if value is None else float(value) for value in iou)
            return PhotoScore(row["name"], breed, species, numbers, float(row["mean_iou"]))

        return cls(
            dataset=told["dataset"],
            split=told["split"],
            weights=told["weights"],
            size=told["size"],
            classes=classes,
            confusion=matrix(told),
            confusion_own_size=matrix(told["own_size"]),
            scores=tuple(score(row) for row in told["by_photo"]),
            confusion_by_species={name: matrix(row) for name, row in told["by_species"].items()},
            confusion_by_breed={name: matrix(row) for name, row in told["by_breed"].items()},
            engine=told.get("engine", ""),
        )


def figures(confusion: np.ndarray, classes: Classes) -> dict[str, Any]:
    """The figures of one confusion matrix, as JSON has them: None for what nan stands for."""
    pet, background, border = (classes[name].label for name in ("pet", "background", "border"))
    return {
        "pixel_accuracy": _json_number(metrics.pixel_accuracy(confusion)),
        "iou": _json_iou(metrics.iou_by_class(confusion), classes),
        "mean_iou": _json_number(metrics.mean_iou(confusion)),
        "pet_iou_without_border": _json_number(metrics.pet_iou_without_border(confusion, pet, border)),
        "pet_or_border_iou": _json_number(metrics.pet_or_border_iou(confusion, background)),
        "confusion": confusion.tolist(),
    }


def _json_iou(iou: Iterable[float], classes: Classes) -> dict[str, float | None]:
    return {name: _json_number(value) for name, value in zip(classes.names, iou, strict=True)}


def _json_number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def evaluate(
    weights: str | Path | Segmenter | None = None,
    data: Dataset | str | Path | None = None,
    split: str = "test",
    *,
    split_scheme: str | None = None,
    size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    limit: int | None = None,
) -> Report:
    """Run a network over a split of a dataset and count every pixel.

    ``weights``: a file, a run's folder, a Segmenter already loaded, or None for those that ship. ``split``: train,
    validation, test or all. ``size``: what the network sees, default 224 px. ``limit``: at most so many photos, evenly
    spread. Raises DatasetError, WeightsError or PhotoError.
    """
    dataset = data if isinstance(data, Dataset) else Dataset.open(data, split_scheme)
    samples = dataset.split(split)
    if not samples:
        raise DatasetError("dataset_split_empty", split=split, folder=dataset.root)
    if limit:
        samples = evenly_spread(samples, limit)
    segmenter = weights if isinstance(weights, Segmenter) else Segmenter.load(weights, size=size or 224)

    count = len(dataset.classes)
    confusion, own_size = np.zeros((count, count), np.int64), np.zeros((count, count), np.int64)
    by_species: dict[str, np.ndarray] = {}
    by_breed: dict[str, np.ndarray] = {}
    scores: list[PhotoScore] = []
    for begin in range(0, len(samples), BATCH):
        group = samples[begin : begin + BATCH]
        for sample, true, predicted, own_true, own_predicted in _predict(group, dataset.classes, segmenter):
            matrix = metrics.confusion_matrix(true, predicted, count)
            confusion += matrix
            own_size += metrics.confusion_matrix(own_true, own_predicted, count)
            for groups, key in ((by_species, sample.species), (by_breed, sample.breed)):
                if key:
                    groups[key] = groups.get(key, 0) + matrix
            iou = tuple(float(v) for v in metrics.iou_by_class(matrix))
            scores.append(PhotoScore(sample.name, sample.breed, sample.species, iou, metrics.mean_iou(matrix)))
        if progress:
            progress(len(scores), len(samples))
    return Report(
        dataset=dataset.title,
        split=split,
        weights=str(segmenter.info.path),
        size=segmenter.size,
        classes=dataset.classes,
        confusion=confusion,
        confusion_own_size=own_size,
        scores=tuple(scores),
        confusion_by_species=dict(sorted(by_species.items())),
        confusion_by_breed=dict(sorted(by_breed.items())),
        engine=segmenter.engine.name,
    )


def write_report(report: Report, dataset: Dataset, segmenter: Segmenter, folder: Path, rows: int = 4) -> None:
    """Write ``report.json``, triptychs of the worst, median and best photos, and, where the weights come from a run,
    its curves."""
    folder.mkdir(parents=True, exist_ok=True)
    ranked = report.ranked()
    middle = max(0, len(ranked) // 2 - rows // 2)
    chosen = {"worst": ranked[:rows], "median": ranked[middle : middle + rows], "best": ranked[-rows:][::-1]}
    for name, scores in chosen.items():
        samples = [dataset[score.name] for score in scores]
        triptychs = [
            (read_pair(sample)[0].pixels, own_true, own_predicted)
            for sample, _, _, own_true, own_predicted in _predict(samples, dataset.classes, segmenter)
        ]
        captions = [f"{score.name}: mean IoU {score.mean_iou:.3f}" for score in scores]
        sheet = pictures.triptych_grid(triptychs, captions, classes=dataset.classes)
        pictures.save_picture(sheet, folder / f"triptychs-{name}.png")
    history = Run(Path(report.weights).parent).history()
    if history:
        pictures.curves({"": history}).savefig(folder / "curves.png", dpi=110)
    write_atomically(folder / "report.json", json.dumps(report.as_dict(), indent=1))


def _predict(
    samples: Sequence[Sample], classes: Classes, segmenter: Segmenter
) -> list[tuple[Sample, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """For each sample: true and predicted labels at network size, and at its own size."""
    pairs = [read_pair(sample) for sample in samples]
    size = segmenter.size
    images = np.stack([resize_photo(photo.pixels, size) for photo, _ in pairs]).astype(np.float32)
    rows = []
    for sample, (photo, trimap), small in zip(samples, pairs, segmenter.engine.probabilities(images), strict=True):
        own_true = classes.to_labels(trimap)
        own_predicted = resize_probabilities(small, photo.size).argmax(2)
        rows.append((sample, resize_labels(own_true, size), small.argmax(2), own_true, own_predicted))
    return rows
