"""COCO's JSON, which CVAT and most other programs export: one file for many photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seg.data.annotations.annotated import FORM_ERRORS, Annotated, form_error, no_area, text
from seg.data.annotations.shapes import Polygon, Polygons, Runs, Shape, run_lengths
from seg.errors import SegError
from seg.photo import MAX_PIXELS


def is_coco(content: Any) -> bool:
    keys = ("images", "annotations", "categories")
    return isinstance(content, dict) and all(isinstance(content.get(key), list) for key in keys)


def read_coco(content: Mapping[str, Any], path: Path) -> tuple[list[Annotated], list[SegError]]:
    """The areas of each photo, and a sentence for what has none: boxes and key points. Raises AnnotationError.

    Large areas come first: a small one would else vanish behind the one that it lies on. ``content``: what the file at
    ``path`` holds.
    """
    shapes: dict[Any, list[tuple[str, Shape]]] = defaultdict(list)
    skipped = 0
    try:
        categories = {row["id"]: text(row, "name") for row in content["categories"]}
        for row in content["annotations"]:
            shape = _shape(row.get("segmentation"))
            if shape is None:
                skipped += 1
            else:
                shapes[row["image_id"]].append((categories[row["category_id"]], shape))
        photos = [
            Annotated(
                text(image, "file_name"),
                (image["height"], image["width"]),
                tuple(sorted(shapes[image["id"]], key=lambda each: -each[1].area)),
            )
            for image in content["images"]
        ]
    except FORM_ERRORS as error:
        raise form_error(path, error) from None
    return photos, no_area(path, skipped)


def _shape(segmentation: Any) -> Shape | None:
    """None for what has no area. Raises one of FORM_ERRORS."""
    if not segmentation:
        return None
    if isinstance(segmentation, list):
        return Polygons(tuple(Polygon(np.array(ring, float).reshape(-1, 2)) for ring in segmentation))
    packed = segmentation["counts"]
    counts = np.array(run_lengths(packed) if isinstance(packed, str) else packed, np.int64)
    if counts.ndim != 1 or (counts < 0).any() or (counts > MAX_PIXELS).any():
        raise ValueError("the run lengths are damaged")
    height, width = segmentation["size"]
    return Runs(counts, (height, width))
