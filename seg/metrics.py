"""A confusion matrix becomes pixel accuracy, IoU by class, mean IoU."""

from __future__ import annotations

import numpy as np


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, classes: int = 3) -> np.ndarray:
    """Pixels by true label (row) and predicted label (column), int64 ``(C, C)``.

    ``true`` and ``predicted``: integer labels of the same shape. True labels of no class (255) do not count.
    """
    counted = true < classes
    pairs = true[counted].astype(np.int64) * classes + predicted[counted]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def pixel_accuracy(confusion: np.ndarray) -> float:
    """Share of pixels with the right label, in [0, 1]; nan where nothing was counted."""
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def iou_by_class(confusion: np.ndarray) -> np.ndarray:
    """Intersection over union of each class, float64 ``(C,)`` in [0, 1]; nan for a class that occurs nowhere."""
    right = np.diag(confusion).astype(float)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - right
    return np.divide(right, union, out=np.full(len(right), np.nan), where=union > 0)


def mean_iou(confusion: np.ndarray) -> float:
    """Mean IoU of the classes that occur, in [0, 1]; nan where nothing was counted."""
    iou = iou_by_class(confusion)
    return float(np.nanmean(iou)) if np.isfinite(iou).any() else float("nan")


def pet_or_border_iou(confusion: np.ndarray, background: int = 1) -> float:
    """IoU of pet and border together against background, in [0, 1]; nan where neither occurs nor is predicted.

    The convention of segmentation_models.pytorch on Oxford-IIIT Pet, here over the pixels of all photos together.
    """
    both_background = confusion[background, background]
    union = confusion.sum() - both_background
    right = union + 2 * both_background - confusion[background].sum() - confusion[:, background].sum()
    return float(right / union) if union else float("nan")


def pet_iou_without_border(confusion: np.ndarray, pet: int = 0, border: int = 2) -> float:
    """IoU of pet against the rest over the pixels whose true label is not border, in [0, 1].

    A pixel predicted as border counts as not pet; nan where no such pixel is pet or predicted as pet.
    """
    kept = confusion.copy()
    kept[border] = 0
    right = kept[pet, pet]
    union = kept[pet].sum() + kept[:, pet].sum() - right
    return float(right / union) if union else float("nan")
