"""The true trimap of a photo: uploaded with it, shipped with a sample, or in the dataset in use."""

from __future__ import annotations

from typing import Literal

import numpy as np

from seg.classes import PETS, Classes
from seg.data.dataset import Dataset, Sample
from seg.data.trimaps import decode_trimap, upright_as
from seg.errors import SegError
from seg.photo import SIDEWAYS, PhotoError
from seg.serve import limits
from seg.serve.caches import Cache
from seg.ui.segment import upload_form, uploads
from seg.ui.segment.uploads import Upload
from seg.ui.shared import choices

Source = Literal["uploaded", "sample", "dataset"]


def true_labels(
    upload: Upload, size: tuple[int, int], classes: Classes, orientation: int = 1
) -> tuple[np.ndarray, Source] | None:
    """The true labels of a photo of this height and width, uint8 ``(H, W)``, and where they come from.

    ``orientation``: the photo's by EXIF. A trimap whose size says that it was drawn on the photo as it lies in its file
    is turned as the photo was. None where no trimap is known. Raises PhotoError for one that does not fit the photo or
    the classes.
    """
    uploaded = _uploaded(upload)
    if uploaded:
        return _labels(uploaded.data, uploaded.name, size, classes, orientation), "uploaded"
    if upload.trimap and classes == PETS:
        return _labels(upload.trimap, upload.name, size, classes), "sample"
    in_dataset = _in_dataset(upload, classes)
    return None if in_dataset is None else (_checked(in_dataset, upload.name, size, classes), "dataset")


def _uploaded(upload: Upload) -> Upload | None:
    """The uploaded trimap of the photo's name; for a single photo the last one of any name."""
    trimaps = uploads.given(upload_form.TRIMAPS)
    for trimap in trimaps:
        if trimap.stem == upload.stem:
            return trimap
    return trimaps[-1] if trimaps and len(upload_form.photos_given()) <= 1 else None


def _labels(data: bytes, name: str, size: tuple[int, int], classes: Classes, orientation: int = 1) -> np.ndarray:
    trimap = decode_trimap(data, name, limits.MAX_PIXELS)
    if orientation in SIDEWAYS and trimap.shape == size[::-1]:
        trimap = upright_as(orientation, trimap)
    return _checked(trimap, name, size, classes)


def _checked(trimap: np.ndarray, name: str, size: tuple[int, int], classes: Classes) -> np.ndarray:
    if trimap.shape != size:
        raise PhotoError("trimap_size", name=name, trimap=_pixels(trimap.shape), photo=_pixels(size))
    if not np.isin(trimap, classes.values_on_disk).all():
        raise PhotoError("trimap_values", name=name, values=list(classes.values_on_disk))
    return classes.to_labels(trimap)


def _pixels(size: tuple[int, ...]) -> str:
    return f"{size[1]} × {size[0]}"


def _in_dataset(upload: Upload, classes: Classes) -> np.ndarray | None:
    """The trimap, uint8 ``(H, W)``, of the photo with the same bytes in the dataset in use, whatever its name is."""
    try:
        dataset = choices.dataset()
        if dataset.classes.values_on_disk != classes.values_on_disk:
            return None
        for sample in _samples_by_bytes(dataset).get(upload.size, []):
            if sample.photo.read_bytes() == upload.data:
                return sample.read_trimap()
    except (SegError, OSError):
        pass  # the sidebar says what is wrong with the dataset
    return None


Index = dict[int, list[Sample]]
# The lists and the dict, for each size; the pairs themselves belong to the dataset.
_indexes: Cache[Index] = Cache(limits.memory_for("sizes of pairs"), lambda index: 250 * len(index))


def _samples_by_bytes(dataset: Dataset) -> Index:
    """A dataset's pairs by the size of the photo's file in bytes."""

    def make() -> Index:
        samples: Index = {}
        for sample in dataset:
            samples.setdefault(sample.photo.stat().st_size, []).append(sample)
        return samples

    return _indexes.get((str(dataset.root), len(dataset)), make)
