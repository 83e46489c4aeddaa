"""The prediction compared with the photo's true trimap, where that is known."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from seg import pictures
from seg.classes import Classes
from seg.images import resize_labels
from seg.inference.segmenter import Segmentation
from seg.metrics import confusion_matrix, iou_by_class, mean_iou
from seg.photo import PhotoError
from seg.serve import limits, photos
from seg.serve.caches import Cache
from seg.serve.networks import Look
from seg.ui.segment import downloads, upload_form, uploads
from seg.ui.segment.preview import Preview
from seg.ui.segment.true_trimap import true_labels
from seg.ui.segment.uploads import Upload
from seg.ui.shared import choices, parts
from seg.ui.shared.language import t

BOX_KEY = "truth-box"


def show(upload: Upload, look: Look, preview: Preview) -> None:
    # The server knows whether it is open: the browser forgets it when the results of another photo take their place.
    box = st.expander(t("segment.truth_upload"), icon=":material/fact_check:", key=BOX_KEY, on_change="rerun")
    with box:
        st.caption(t("segment.truth_upload_text", values=parts.values_of(preview.classes)))
        uploads.uploader(t("segment.trimaps"), upload_form.TRIMAPS, types=("png",))
    try:
        known = true_labels(upload, preview.size, preview.classes, preview.orientation)
    except PhotoError as error:
        st.warning(parts.sentence(error), icon=":material/rule:")
        return
    if known is None:
        return
    true, source = known
    st.subheader(t("segment.truth"), anchor=False)
    credit = [t("common.cite")] if source == "dataset" and choices.dataset().is_of_oxford else []
    st.caption(parts.sentences(t(f"segment.truth_{source}"), *credit))
    truth = hashlib.sha256(true.tobytes()).hexdigest()
    confusion = _confusions.get((upload.key, *look.key, truth), lambda: _compare(upload, look, true, preview.classes))
    _metrics(confusion, preview.classes)
    _pictures(true, preview)
    downloads.button(
        "triptych",
        upload,
        look,
        lambda segmentation: _triptych(segmentation.reduced(downloads.SCREEN_SIDE), true),
        settings=truth,
    )


def _metrics(confusion: np.ndarray, classes: Classes) -> None:
    cell = parts.grid(130)
    cell().metric(t("common.mean_iou"), f"{mean_iou(confusion):.1%}", help=t("results.mean_iou_help"))
    for member, iou in zip(classes, iou_by_class(confusion), strict=True):
        value = "–" if np.isnan(iou) else f"{iou:.1%}"
        name = t("results.iou_of", name=parts.class_name(member))
        cell().metric(name, value, help=parts.class_meaning(member) or None)


def _pictures(true: np.ndarray, preview: Preview) -> None:
    small = resize_labels(true, preview.labels.shape)
    shown = (
        (preview.photo, "common.photo"),
        (pictures.colour_labels(small, preview.classes), "common.true_trimap"),
        (pictures.colour_labels(preview.labels, preview.classes), "common.predicted_trimap"),
        (pictures.mistakes(small, preview.labels, preview.photo, preview.classes), "results.mistakes"),
    )
    cell = parts.grid(170)
    for picture, title in shown:
        with cell():
            parts.picture(picture, t(title), t(title))
    if preview.classes.void:
        parts.legend(preview.classes, with_truth=True)
    st.caption(t("results.mistakes_note"))


def _triptych(segmentation: Segmentation, true: np.ndarray) -> np.ndarray:
    predicted = segmentation.labels
    true = resize_labels(true, predicted.shape)
    return pictures.triptych(segmentation.photo.pixels, true, predicted, classes=segmentation.classes)


_confusions: Cache[np.ndarray] = Cache(limits.memory_for("confusions"), lambda confusion: 200 + confusion.nbytes)


def _compare(upload: Upload, look: Look, true: np.ndarray, classes: Classes) -> np.ndarray:
    """The confusion matrix of the predicted labels with the true ones, at the photo's size."""
    with photos.full_size(upload.data, upload.name, look, file=upload.file) as segmentation:
        return confusion_matrix(true, segmentation.labels, len(classes))
