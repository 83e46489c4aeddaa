"""Single photos with their true and predicted trimaps, and how a page shows one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from seg.classes import Classes
from seg.data.dataset import Dataset, Sample, read_pair
from seg.evaluation.evaluate import PhotoScore
from seg.pictures import colour_labels, mistakes, triptych_grid
from seg.serve import limits, networks
from seg.serve.caches import Cache
from seg.serve.photos import PHOTO_QUEUE
from seg.ui.results.metrics_view import Measured, class_title
from seg.ui.shared import parts
from seg.ui.shared.language import t

MOST_ROWS = 50
SIDE = 512  # pixels of the longest side that is kept of a photo and its labels

Picture = tuple[np.ndarray, str]  # RGB uint8 (H, W, 3), and its caption


@dataclass(frozen=True, eq=False)
class Example:
    """A photo RGB uint8 ``(H, W, 3)``, its true labels and those predicted, uint8 ``(H, W)``; at most SIDE pixels."""

    photo: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    classes: Classes

    @property
    def mistakes(self) -> np.ndarray:
        return mistakes(self.true, self.predicted, self.photo, self.classes)

    @property
    def nbytes(self) -> int:
        return self.photo.nbytes + self.true.nbytes + self.predicted.nbytes


_examples: Cache[Example] = Cache(limits.memory_for("examples"), lambda example: example.nbytes)


def predict_all(names: Iterable[str], measured: Sequence[Measured], dataset: Dataset) -> dict[str, list[Example]]:
    """For each photo what each of the weights predicts. Raises PhotoError, WeightsError, OSError."""
    return {name: [predict(one.weights, dataset[name], dataset.classes) for one in measured] for name in names}


def predict(weights: Path, sample: Sample, classes: Classes) -> Example:
    """``classes``: of the dataset, in whose colours both trimaps are shown.

    Raises PhotoError, WeightsError, OSError for files that have gone.
    """
    times = tuple(path.stat().st_mtime_ns for path in (weights, sample.photo, sample.trimap))
    return _examples.get((str(weights), str(sample.photo), times, classes), lambda: _predict(weights, sample, classes))


def _predict(weights: Path, sample: Sample, classes: Classes) -> Example:
    pixels, trimap = read_pair(sample)
    network = networks.segmenter(weights)
    with PHOTO_QUEUE.turn():
        segmentation = network(pixels, "fast")  # as the reports, which measure one look
    true = _smaller(classes.to_labels(trimap))
    return Example(parts.shown(pixels.pixels, SIDE), true, _smaller(segmentation.labels), classes)


def _smaller(labels: np.ndarray) -> np.ndarray:
    """Labels as large as ``parts.shown`` makes their photo, with no label in between."""
    size = parts.shown(labels, SIDE).shape
    return np.asarray(Image.fromarray(labels).resize((size[1], size[0]), Image.Resampling.NEAREST))


def scores_by_name(one: Measured) -> dict[str, PhotoScore]:
    return {score.name: score for score in one.report.scores}


def show(name: str, examples: Sequence[Example], measured: Sequence[Measured], marked: bool) -> None:
    """One photo in a frame: its IoUs, the photo, the true trimap and, for each of the weights, the predicted one."""
    with st.container(border=True):
        st.markdown(f"**{parts.plain(name)}**")
        for one in measured:
            score = scores_by_name(one)[name]
            iou = " · ".join(
                f"{parts.plain(class_title(kind))} {value:.1%}"
                for kind, value in zip(one.report.classes.names, score.iou, strict=True)
                if not np.isnan(value)
            )
            text = t("results.row", value=score.mean_iou, classes=iou)
            st.caption(text if len(measured) == 1 else t("common.colon", name=parts.plain(one.title), text=text))
        pictures = truth(examples[0])
        for one, example in zip(measured, examples, strict=True):
            shown = [prediction(example)]
            if marked:
                shown.append((example.mistakes, t("results.mistakes")))
            if len(measured) > 1:
                title = parts.plain(one.title)
                shown = [(pixels, t("common.colon", name=caption, text=title)) for pixels, caption in shown]
            pictures += shown
        side_by_side(name, pictures)


def truth(example: Example) -> list[Picture]:
    """The photo and its true trimap."""
    return [(example.photo, t("common.photo")), (colour_labels(example.true, example.classes), t("common.true_trimap"))]


def prediction(example: Example) -> Picture:
    return colour_labels(example.predicted, example.classes), t("common.predicted_trimap")


def side_by_side(name: str, pictures: Sequence[Picture]) -> None:
    """The pictures of one photo, of which only the first is a photo."""
    cell = _cells(len(pictures))
    for place, (pixels, caption) in enumerate(pictures):
        with cell():
            alt = t("results.picture_alt", what=caption, name=name)
            # Labels as PNG: JPEG would put colours of no class around every edge.
            st.image(pixels, caption, alt=alt, width="stretch", output_format="PNG" if place else "JPEG")


def _cells(count: int) -> Callable[[], DeltaGenerator]:
    """As many cells side by side as there are pictures; on a phone three, or two where three leave one over."""
    return st.grid(count, min_column_width=96 if count == 3 else 118, gap="xsmall").cell


def sheet(
    names: Sequence[str], examples: dict[str, list[Example]], measured: Sequence[Measured], marked: bool
) -> np.ndarray:
    """All rows as one picture, RGB uint8; with two weights two rows a photo."""
    rows, captions = [], []
    for name in names:
        for one, example in zip(measured, examples[name], strict=True):
            # Pillow's font has Latin letters only: English, in whatever language the page is.
            weights = "" if len(measured) == 1 else f", {'/'.join(one.weights.parts[-2:])}"
            captions.append(f"{name}{weights}: mean IoU {scores_by_name(one)[name].mean_iou:.1%}")
            rows.append((example.photo, example.true, example.predicted))
    classes = examples[names[0]][0].classes
    return triptych_grid(rows, captions, classes=classes, with_mistakes=marked)
