"""labelme's files: one a photo, with the outlines that were drawn on it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seg.data.annotations.annotated import FORM_ERRORS, Annotated, form_error, no_area, text
from seg.data.annotations.shapes import Polygon, Shape, Stamp, circle, rectangle
from seg.data.trimaps import decode_trimap
from seg.errors import SegError

POLYGONS = ("polygon", "oriented_rectangle")
WITHOUT_AREA = ("point", "points", "line", "linestrip")


def is_labelme(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("shapes"), list)


def read_labelme(content: Mapping[str, Any], path: Path) -> tuple[Annotated, list[SegError]]:
    """The areas of a photo, and a sentence for what has none: points and lines. Raises AnnotationError.

    ``content``: what the file at ``path`` holds.
    """
    try:
        shapes, skipped = [], 0
        for row in content["shapes"]:
            # Files of labelme before version 3 have polygons alone, and do not say so.
            if row.get("shape_type", "polygon") in WITHOUT_AREA:
                skipped += 1
            else:
                shapes.append((text(row, "label"), _shape(row)))
        size = (content["imageHeight"], content["imageWidth"])
        annotated = Annotated(text(content, "imagePath"), size, tuple(shapes))
    except FORM_ERRORS as error:
        raise form_error(path, error) from None
    return annotated, no_area(path, skipped)


def _shape(row: Mapping[str, Any]) -> Shape:
    """Raises one of FORM_ERRORS, PhotoError."""
    kind, points = row.get("shape_type", "polygon"), row["points"]
    if kind in POLYGONS:
        return Polygon(np.array(points, float))
    if kind == "rectangle":
        return rectangle(*points)
    if kind == "circle":
        return circle(*points)
    if kind == "mask":
        picture = decode_trimap(base64.b64decode(row["mask"]), "mask")
        left, top = (round(float(part)) for part in points[0])
        return Stamp(picture > 0, left, top)
    raise ValueError(f"{kind} is no shape that is known here")
