"""The metrics of a network on a dataset, and its worst, median and best photos."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seg import metrics, pictures
from seg.classes import Classes
from seg.data.breeds import breed_and_species
from seg.data.dataset import Dataset, DatasetError, Sample, evenly_spread, read_pair
from seg.evaluation.disagreement import disagreement
from seg.files import write_file
from seg.images import resize_labels, resize_probabilities
from seg.inference.second_look import Detail
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError


@dataclass(frozen=True)
class PhotoScore:
    """The metrics of one photo at network size.

    ``iou``: of each class, in [0, 1]; nan for a class that neither the trimap nor the prediction shows. ``mean_iou``:
    their mean. ``disagreement``: of ``seg.evaluation.disagreement``; nan where the trimap decides no pixel, and in
    reports of earlier versions.

    >>> from seg.evaluation.evaluate import PhotoScore
    >>> score = PhotoScore("pug_73", "pug", "dog", iou=(0.9, 0.95, 0.7), mean_iou=0.85)
    >>> score.disagreement  # unknown
    nan
    """

    name: str
    breed: str | None
    species: str | None
    iou: tuple[float, ...]
    mean_iou: float
    disagreement: float = float("nan")


@dataclass(frozen=True)
class Report:
    """What an evaluation measured.

    ``confusion``: int64 ``(C, C)``, pixels by true (row) and predicted (column) label at network size, of all photos
    together; ``confusion_at_photo_size``: the same at the size of each photo. ``size``: of what the network saw at its
    first look, in pixels; ``detail``: whether it looked again. ``scores``: of each photo, in the dataset's order.

    >>> from seg import evaluate
    >>> report = evaluate(limit=2)
    >>> 0 < report.mean_iou < 1, len(report.suspects())
    (True, 2)
    >>> worst, best = report.ranked()
    >>> worst.mean_iou <= best.mean_iou
    True
    >>> report.as_dict()["photos"], type(report).from_dict(report.as_dict(), report.classes).mean_iou == report.mean_iou
    (2, True)
    """

    dataset: str
    split: str
    weights: str
    size: int
    classes: Classes
    confusion: np.ndarray
    confusion_at_photo_size: np.ndarray
    scores: tuple[PhotoScore, ...]
    confusion_by_species: dict[str, np.ndarray]
    confusion_by_breed: dict[str, np.ndarray]
    engine: str = ""
    detail: Detail = "fast"

    @property
    def mean_iou(self) -> float:
        """At network size, in [0, 1]."""
        return metrics.mean_iou(self.confusion)

    def ranked(self) -> list[PhotoScore]:
        """Scores from the worst photo to the best."""
        return sorted(self.scores, key=lambda score: score.mean_iou)

    def suspects(self) -> list[PhotoScore]:
        """Scores from the trimap that the network disagrees with most; those without a disagreement are left out."""
        known = [score for score in self.scores if not np.isnan(score.disagreement)]
        return sorted(known, key=lambda score: (-score.disagreement, score.name))

    def as_dict(self) -> dict[str, Any]:
        """As ``report.json`` and ``evaluate --json`` have it."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "weights": self.weights,
            "engine": self.engine,
            "size": self.size,
            "detail": self.detail,
            "photos": len(self.scores),
            **metrics.summarize(self.confusion, self.classes),
            "own_size": metrics.summarize(self.confusion_at_photo_size, self.classes),
            "by_species": {
                name: metrics.summarize(matrix, self.classes) for name, matrix in self.confusion_by_species.items()
            },
            "by_breed": {
                name: metrics.summarize(matrix, self.classes) for name, matrix in self.confusion_by_breed.items()
            },
            "by_photo": [
                {
                    "name": score.name,
                    "mean_iou": metrics.or_none(score.mean_iou),
                    "iou": metrics.by_name(score.iou, self.classes),
                    "disagreement": metrics.or_none(score.disagreement),
                }
                for score in self.scores
            ],
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any], classes: Classes) -> Report:
        """The inverse of ``as_dict``. Raises KeyError, TypeError or ValueError for what is no report."""

        def matrix(row: dict[str, Any]) -> np.ndarray:
            return np.array(row["confusion"], np.int64).reshape(len(classes), len(classes))

        def score(row: dict[str, Any]) -> PhotoScore:
            breed, species = breed_and_species(row["name"], classes)
            iou = tuple(_or_nan(row["iou"][name]) for name in classes.names)
            disagreement = _or_nan(row.get("disagreement"))
            return PhotoScore(row["name"], breed, species, iou, _or_nan(row["mean_iou"]), disagreement)

        return cls(
            dataset=facts["dataset"],
            split=facts["split"],
            weights=facts["weights"],
            size=facts["size"],
            classes=classes,
            confusion=matrix(facts),
            confusion_at_photo_size=matrix(facts["own_size"]),
            scores=tuple(score(row) for row in facts["by_photo"]),
            confusion_by_species={name: matrix(row) for name, row in facts["by_species"].items()},
            confusion_by_breed={name: matrix(row) for name, row in facts["by_breed"].items()},
            engine=facts.get("engine", ""),
            detail=facts.get("detail", "fast"),
        )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def evaluate(
    weights: str | Path | Segmenter | None = None,
    data: Dataset | str | Path | None = None,
    split: str = "test",
    *,
    split_scheme: str | None = None,
    size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    limit: int | None = None,
    turn: Callable[[], AbstractContextManager[Any]] = nullcontext,
    detail: Detail = "fast",
) -> Report:
    """Run a network over a split of a dataset and count every pixel.

    ``weights``: a file, a run's folder, a Segmenter already loaded, or None for those that ship. ``split``: train,
    validation, test or all. ``size``: pixels of the side of what the network sees, by default the size that the weight
    file names. ``progress``: called with the photos done and all of them. ``limit``: at most so many photos, evenly
    spread. ``turn``: makes what is entered for each photo, where others use the same network. ``detail``: by
    default one look, as others measure networks; see ``Segmenter``. Raises DatasetError, WeightsError, PhotoError or
    DetailError.

    >>> from seg import evaluate
    >>> report = evaluate(limit=2)
    >>> report.split, len(report.scores), report.size
    ('test', 2, 224)
    >>> int(report.confusion.sum()) == 2 * 224**2  # every pixel, at the network's size
    True
    """
    dataset = data if isinstance(data, Dataset) else Dataset.open(data, split_scheme)
    samples = dataset.split(split)
    if not samples:
        raise DatasetError("dataset_split_empty", split=split, folder=dataset.root)
    if limit:
        samples = evenly_spread(samples, limit)
    segmenter = weights if isinstance(weights, Segmenter) else Segmenter.load(weights, size=size)
    check_classes(segmenter, dataset)

    count = len(dataset.classes)
    confusion, at_photo_size = np.zeros((count, count), np.int64), np.zeros((count, count), np.int64)
    by_species: dict[str, np.ndarray] = {}
    by_breed: dict[str, np.ndarray] = {}
    scores: list[PhotoScore] = []
    for sample in samples:
        # One photo at a time, whose turn ends with it: more at once take as long, and a stop would wait for them.
        with turn():
            pair = _predict(sample, dataset.classes, segmenter, detail)
        matrix = metrics.confusion_matrix(pair.true, pair.predicted, count)
        confusion += matrix
        at_photo_size += metrics.confusion_matrix(pair.photo_true, pair.photo_predicted, count)
        for groups, name in ((by_species, sample.species), (by_breed, sample.breed)):
            if name:
                groups[name] = groups.get(name, 0) + matrix
        iou = tuple(float(value) for value in metrics.iou_by_class(matrix))
        mean_iou = metrics.mean_iou(matrix)
        scores.append(PhotoScore(sample.name, sample.breed, sample.species, iou, mean_iou, pair.disagreement))
        if progress:
            progress(len(scores), len(samples))
    return Report(
        dataset=dataset.title,
        split=split,
        weights=str(segmenter.info.path),
        size=segmenter.size,
        classes=dataset.classes,
        confusion=confusion,
        confusion_at_photo_size=at_photo_size,
        scores=tuple(scores),
        confusion_by_species=dict(sorted(by_species.items())),
        confusion_by_breed=dict(sorted(by_breed.items())),
        engine=segmenter.engine.name,
        detail=detail,
    )


def check_classes(segmenter: Segmenter, dataset: Dataset) -> None:
    """Raises WeightsError for a network whose classes are not those of the dataset."""
    if segmenter.classes.values != dataset.classes.values:
        raise WeightsError("weights_other_classes", path=segmenter.info.path, folder=dataset.root)


def write_report(
    report: Report,
    dataset: Dataset,
    segmenter: Segmenter,
    folder: Path,
    rows: int = 4,
    history: Sequence[dict[str, Any]] = (),
) -> None:
    """Write a report with its pictures.

    ``report.json``; ``suspects.csv``, the photos from the trimap that the network disagrees with most; triptychs of the
    worst, median and best photos and of the first suspects; the curves of a training. ``rows``: photos in each picture.
    ``history``: one row for each epoch of the training, for the curves. Raises OSError, PhotoError.

    >>> from pathlib import Path
    >>> from seg import Dataset, Segmenter, evaluate
    >>> from seg.evaluation.evaluate import write_report
    >>> dataset, segmenter = Dataset.open(), Segmenter.load()
    >>> report = evaluate(segmenter, dataset, limit=1)
    >>> write_report(report, dataset, segmenter, Path("report"), rows=1)
    >>> sorted(path.name for path in Path("report").iterdir() if path.suffix != ".png")
    ['report.json', 'suspects.csv']
    >>> sorted(path.name for path in Path("report").glob("*.png"))
    ['triptychs-best.png', 'triptychs-median.png', 'triptychs-suspects.png', 'triptychs-worst.png']
    """
    folder.mkdir(parents=True, exist_ok=True)
    ranked = report.ranked()
    middle = max(0, len(ranked) // 2 - rows // 2)
    chosen = {"worst": ranked[:rows], "median": ranked[middle : middle + rows], "best": ranked[-rows:][::-1]}
    captions = {score.name: f"{score.name}: mean IoU {score.mean_iou:.3f}" for score in ranked}
    for name, scores in chosen.items():
        _write_triptychs(scores, captions, report, dataset, segmenter, folder / f"triptychs-{name}.png")
    suspects = report.suspects()
    if suspects:
        captions = {score.name: f"{score.name}: disagreement {score.disagreement:.3f}" for score in suspects}
        _write_triptychs(suspects[:rows], captions, report, dataset, segmenter, folder / "triptychs-suspects.png")
    write_file(folder / "suspects.csv", _suspects_csv(suspects))
    if history:
        pictures.curves({"": list(history)}).savefig(folder / "curves.png", dpi=110)
    write_file(folder / "report.json", json.dumps(report.as_dict(), indent=1))


def _write_triptychs(
    scores: Sequence[PhotoScore],
    captions: dict[str, str],
    report: Report,
    dataset: Dataset,
    segmenter: Segmenter,
    file: Path,
) -> None:
    pairs = [_predict(dataset[score.name], dataset.classes, segmenter, report.detail) for score in scores]
    triptychs = [(pair.photo, pair.photo_true, pair.photo_predicted) for pair in pairs]
    sheet = pictures.triptych_grid(triptychs, [captions[score.name] for score in scores], classes=dataset.classes)
    pictures.save_picture(sheet, file)


def _suspects_csv(suspects: Sequence[PhotoScore]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("photo", "disagreement", "mean_iou"))
    writer.writerows((score.name, f"{score.disagreement:.4f}", f"{score.mean_iou:.4f}") for score in suspects)
    return buffer.getvalue()


@dataclass(frozen=True)
class _Pair:
    """True and predicted labels of a photo, ``(S, S)`` at network size and ``(H, W)`` at the photo's size.

    ``photo``: RGB uint8 ``(H, W, 3)``; ``disagreement``: at network size, or nan.
    """

    true: np.ndarray
    predicted: np.ndarray
    photo: np.ndarray
    photo_true: np.ndarray
    photo_predicted: np.ndarray
    disagreement: float


def _predict(sample: Sample, classes: Classes, segmenter: Segmenter, detail: Detail) -> _Pair:
    photo, trimap = read_pair(sample)
    size = segmenter.size
    (probabilities,) = segmenter.probabilities([photo.pixels], detail)
    photo_true = classes.to_labels(trimap)
    true = resize_labels(photo_true, size)
    at_network_size = resize_probabilities(probabilities, (size, size))
    return _Pair(
        true=true,
        predicted=at_network_size.argmax(2),
        photo=photo.pixels,
        photo_true=photo_true,
        photo_predicted=resize_probabilities(probabilities, photo.size).argmax(2),
        disagreement=disagreement(true, at_network_size, classes),
    )
