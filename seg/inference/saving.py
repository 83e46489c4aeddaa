"""A segmentation as files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg.classes import Classes
from seg.files import write_file
from seg.images import resized_blocks
from seg.inference.cutout_options import PLAIN, SUFFIXES, CutoutOptions
from seg.inference.segmenter import Segmentation
from seg.pictures import encode, encode_png

PARTS = ("trimap", "overlay", "cutout", "probabilities")


def default_parts(classes: Classes) -> tuple[str, ...]:
    """The parts that people want; no cut-out where no class can be cut out.

    >>> from seg.classes import PETS, Classes
    >>> from seg.inference.saving import default_parts
    >>> default_parts(PETS)
    ('trimap', 'overlay', 'cutout')
    >>> rows = [{"name": name, "value": value, "colour": [90, 90, value]} for value, name in enumerate(("road", "sky"))]
    >>> default_parts(Classes.from_list(rows))  # neither has the role of a subject
    ('trimap', 'overlay')
    """
    return ("trimap", "overlay", "cutout") if classes.subject else ("trimap", "overlay")


def file_names(name: str, parts: Sequence[str], options: CutoutOptions = PLAIN) -> list[str]:
    """What the files of these parts are called, ``name`` being what they begin with.

    >>> from seg.inference.cutout_options import parse_options
    >>> from seg.inference.saving import file_names
    >>> file_names("cat", ["trimap", "cutout"])
    ['cat.trimap.png', 'cat.cutout.png']
    >>> file_names("cat", ["cutout"], parse_options({"background": "blur"}))  # nothing is clear: no need for PNG
    ['cat.cutout.jpg']
    """
    suffixes = {"cutout": SUFFIXES[options.file_format], "probabilities": "npz"}
    return [f"{name}.{part}.{suffixes.get(part, 'png')}" for part in parts]


def save_segmentation(
    segmentation: Segmentation,
    folder: Path,
    name: str,
    parts: Sequence[str] | None = None,
    options: CutoutOptions = PLAIN,
) -> list[Path]:
    """Write the ``parts`` of a segmentation into ``folder``, each file completely or not at all; returns the files.

    ``NAME.trimap.png`` holds the values on disk (1 pet, 2 background, 3 border), ``NAME.overlay.png`` the photo under
    the classes' colours, ``NAME.cutout.png`` the subject as its ``options`` say (``.webp`` or ``.jpg`` in these
    formats), and ``NAME.probabilities.npz`` one array, float16 ``(H, W, C)``, called ``probabilities``. Pictures say
    when, with which camera and at how many dots an inch the photo was taken, never where. None: ``default_parts``.

    Raises OSError, SegmentationError for a cut-out that cannot be, PhotoError for a photo behind it that cannot be
    read, FormatError for one that is too large for its format.

    >>> from pathlib import Path
    >>> import numpy as np
    >>> from seg import Dataset, Segmenter
    >>> from seg.inference.saving import save_segmentation
    >>> result = Segmenter.load()(Dataset.open()["Abyssinian_88"].photo)
    >>> Path("segmented").mkdir()
    >>> [file.name for file in save_segmentation(result, Path("segmented"), "cat", ["trimap", "probabilities"])]
    ['cat.trimap.png', 'cat.probabilities.npz']
    >>> np.load("segmented/cat.probabilities.npz")["probabilities"].dtype.name
    'float16'
    """
    if parts is None:
        parts = default_parts(segmentation.classes)
    files = [folder / file for file in file_names(name, parts, options)]
    for part, file in zip(parts, files, strict=True):
        write_file(file, _encoded(segmentation, part, options))
    return files


def _encoded(segmentation: Segmentation, part: str, options: CutoutOptions) -> bytes:
    if part == "probabilities":
        probabilities = np.empty((*segmentation.photo.size, len(segmentation.classes)), np.float16)
        for rows, block in resized_blocks(segmentation.network_probabilities, segmentation.photo.size):
            probabilities[rows] = block.transpose(1, 2, 0)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, probabilities=probabilities)
        return buffer.getvalue()
    details = segmentation.photo.details.save_options()
    if part == "cutout":
        return encode(segmentation.cutout(options), options.file_format, details)
    return encode_png(segmentation.trimap if part == "trimap" else segmentation.overlay(), options=details)
