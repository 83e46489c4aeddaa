"""Downloads of one photo: a picture at the photo's size, made when its button is pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from seg.inference.segmenter import Segmentation
from seg.pictures import encode_png
from seg.serve import photos
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import download_buttons
from seg.ui.shared.language import t

# Makes the picture that is downloaded, uint8 ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
Maker = Callable[[Segmentation], np.ndarray]


def button(kind: str, upload: Upload, weights: Path, make: Maker, main: bool = False) -> None:
    """A download button; ``kind`` names its texts and ends the file's name, ``main`` makes it stand out."""
    download_buttons.file(
        t(f"segment.download_{kind}"),
        lambda: full_size(upload, weights, make),
        f"{upload.file_stem}-{kind}.png",
        key=f"segment-download-{kind}",
        type="primary" if main else "secondary",
        help=t(f"segment.download_{kind}_help"),
    )


def full_size(upload: Upload, weights: Path, make: Maker) -> bytes:
    """A picture at the photo's size as PNG. Raises PhotoError."""
    with photos.full_size(upload.data, upload.name, weights) as segmentation:
        return encode_png(make(segmentation), level=3)
