"""A confusion matrix becomes pixel accuracy, IoU by class, mean IoU."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from seg.classes import Classes

# A number of 8 bytes is made of each: of a photo of 100 million pixels at once 800 MB.
PIXELS_AT_ONCE = 2**22


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, count: int = 3) -> np.ndarray:
    """Pixels by true label (row) and predicted label (column), int64 ``(C, C)``; ``count`` is C.

    ``true`` and ``predicted``: integer labels of the same shape. Pixels whose true label is no class (255) do not
    count; predicted labels are below C.

    >>> import numpy as np
    >>> from seg.metrics import confusion_matrix
    >>> true, predicted = np.array([0, 0, 0, 1, 2, 255]), np.array([0, 0, 1, 1, 2, 2])
    >>> confusion_matrix(true, predicted).tolist()  # a pet's pixel was called background; 255 does not count
    [[2, 1, 0], [0, 1, 0], [0, 0, 1]]
    """
    confusion = np.zeros(count**2, np.int64)
    true, predicted = true.ravel(), predicted.ravel()
    for begin in range(0, true.size, PIXELS_AT_ONCE):
        part, answer = (labels[begin : begin + PIXELS_AT_ONCE] for labels in (true, predicted))
        counted = part < count
        cells = part[counted].astype(np.int64) * count + answer[counted]  # row by row, as reshape below reads them
        confusion += np.bincount(cells, minlength=count**2)
    return confusion.reshape(count, count)


def pixel_accuracy(confusion: np.ndarray) -> float:
    """Share of pixels with the right label, in [0, 1]; nan where nothing was counted.

    >>> import numpy as np
    >>> from seg.metrics import pixel_accuracy
    >>> pixel_accuracy(np.array([[2, 1], [0, 97]])), pixel_accuracy(np.zeros((2, 2)))
    (0.99, nan)
    """
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def iou_by_class(confusion: np.ndarray) -> np.ndarray:
    """Intersection over union of each class, float64 ``(C,)`` in [0, 1]; nan for a class that occurs nowhere.

    >>> import numpy as np
    >>> from seg.metrics import iou_by_class
    >>> iou_by_class(np.array([[2, 2, 0], [0, 96, 0], [0, 0, 0]])).round(2).tolist()  # no pixel is of the third
    [0.5, 0.98, nan]
    """
    right = np.diag(confusion).astype(float)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - right
    return np.divide(right, union, out=np.full(len(right), np.nan), where=union > 0)


def mean_iou(confusion: np.ndarray) -> float:
    """Mean IoU of the classes that occur, in [0, 1]; nan where nothing was counted.

    >>> import numpy as np
    >>> from seg.metrics import mean_iou, pixel_accuracy
    >>> blind = np.array([[0, 10], [0, 90]])  # a network that calls all background
    >>> pixel_accuracy(blind), mean_iou(blind)
    (0.9, 0.45)
    """
    iou = iou_by_class(confusion)
    return float(np.nanmean(iou)) if np.isfinite(iou).any() else float("nan")


def foreground_iou(confusion: np.ndarray, background: int) -> float:
    """IoU of all classes but ``background`` together, in [0, 1]; nan where none occurs or is predicted.

    On Oxford-IIIT Pet this is pet and border together: the convention of segmentation_models.pytorch, here over the
    pixels of all photos together.

    >>> import numpy as np
    >>> from seg.metrics import foreground_iou, mean_iou
    >>> confusion = np.array([[40, 0, 10], [0, 40, 0], [10, 0, 0]])  # pet and border taken for one another
    >>> foreground_iou(confusion, background=1), round(mean_iou(confusion), 2)
    (1.0, 0.56)
    """
    foreground = np.arange(len(confusion)) != background
    right = confusion[np.ix_(foreground, foreground)].sum()  # one foreground class taken for another is right here
    union = confusion.sum() - confusion[background, background]
    return float(right / union) if union else float("nan")


def subject_iou_without_border(confusion: np.ndarray, subject: int, border: int) -> float:
    """IoU of the subject against the rest over the pixels whose true label is not border, in [0, 1].

    A pixel predicted as border counts as not subject; nan where no such pixel is subject or predicted as it.

    >>> import numpy as np
    >>> from seg.metrics import iou_by_class, subject_iou_without_border
    >>> confusion = np.array([[40, 0, 10], [0, 40, 0], [10, 0, 0]])
    >>> subject_iou_without_border(confusion, subject=0, border=2), round(float(iou_by_class(confusion)[0]), 2)
    (0.8, 0.67)
    """
    kept = confusion.copy()
    kept[border] = 0
    right = kept[subject, subject]
    union = kept[subject].sum() + kept[:, subject].sum() - right
    return float(right / union) if union else float("nan")


def summarize(confusion: np.ndarray, classes: Classes) -> dict[str, Any]:
    """All metrics of one confusion matrix as JSON has them.

    None stands for nan, and for a metric of a role that no class of ``classes`` plays.

    >>> import numpy as np
    >>> from seg.classes import PETS
    >>> from seg.metrics import summarize
    >>> summary = summarize(np.diag([1, 2, 0]), PETS)
    >>> summary["iou"], summary["mean_iou"]  # what occurs nowhere has no IoU
    ({'pet': 1.0, 'background': 1.0, 'border': None}, 1.0)
    """
    subject, background, border = classes.subject, classes.background, classes.border
    without_border = foreground = float("nan")
    if subject and border:
        without_border = subject_iou_without_border(confusion, subject.label, border.label)
    if background:
        foreground = foreground_iou(confusion, background.label)
    return {
        "pixel_accuracy": or_none(pixel_accuracy(confusion)),
        "iou": by_name(iou_by_class(confusion), classes),
        "mean_iou": or_none(mean_iou(confusion)),
        "pet_iou_without_border": or_none(without_border),
        "pet_or_border_iou": or_none(foreground),
        "confusion": confusion.tolist(),
    }


def as_row(loss: float, confusion: np.ndarray, classes: Classes) -> dict[str, float]:
    """A loss and the metrics of one confusion matrix as a row of a table, nan for what was not counted."""
    iou = iou_by_class(confusion)
    return {
        "loss": loss,
        "pixel_accuracy": pixel_accuracy(confusion),
        **{f"iou_{name}": float(value) for name, value in zip(classes.names, iou, strict=True)},
        "mean_iou": mean_iou(confusion),
    }


def by_name(values: Iterable[float], classes: Classes) -> dict[str, float | None]:
    """Values by label as JSON has them: by the name of the class, None for nan."""
    return {name: or_none(value) for name, value in zip(classes.names, values, strict=True)}


def or_none(value: float) -> float | None:
    """None for nan, which JSON does not have."""
    return None if np.isnan(value) else float(value)
