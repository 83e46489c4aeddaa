"""A segmentation as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg.files import write_file
from seg.images import resized_blocks
from seg.inference.segmenter import Segmentation
from seg.pictures import encode_png

PARTS = ("trimap", "overlay", "cutout", "probabilities")


def save_segmentation(
    segmentation: Segmentation, folder: Path, name: str, parts: Sequence[str] | None = None
) -> list[Path]:
    """Write the ``parts`` of a segmentation into ``folder``, each file completely or not at all; returns the files.

    ``NAME.trimap.png`` holds the values on disk (1 pet, 2 background, 3 border), ``NAME.overlay.png`` the photo under
    the classes' colours, ``NAME.cutout.png`` the subject as RGBA, and ``NAME.probabilities.npz`` one array, float16
    ``(H, W, C)``, called ``probabilities``. Pictures say when, with which camera and at how many dots an inch the photo
    was taken, never where. None: the first three, without the cut-out where no class can be cut out.
    Raises OSError, SegmentationError for a cut-out that cannot be.
    """
    if parts is None:
        parts = ("trimap", "overlay", "cutout") if segmentation.classes.subject else ("trimap", "overlay")
    files = []
    for part in parts:
        file = folder / f"{name}.{part}.{'npz' if part == 'probabilities' else 'png'}"
        write_file(file, _encoded(segmentation, part))
        files.append(file)
    return files


def _encoded(segmentation: Segmentation, part: str) -> bytes:
    if part == "probabilities":
        probabilities = np.empty((*segmentation.photo.size, len(segmentation.classes)), np.float16)
        for rows, block in resized_blocks(segmentation.network_probabilities, segmentation.photo.size):
            probabilities[rows] = block.transpose(1, 2, 0)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, probabilities=probabilities)
        return buffer.getvalue()
    if part == "trimap":
        pixels = segmentation.trimap
    else:
        pixels = segmentation.overlay() if part == "overlay" else segmentation.cutout()
    return encode_png(pixels, options=segmentation.photo.details.save_options())
