"""Photos for measurements: random patterns, each another one, and pets of the sample, about as large as a camera's."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from seg.data.dataset import SAMPLE_FOLDER
from seg.data.photo_files import photos_in_folder
from seg.images import resize_photo
from seg.photo import read_photo


def random_photo(seed: int, size: tuple[int, int], format: str = "JPEG") -> bytes:
    """An encoded picture of this height and width, another one for each seed: a coarse random pattern."""
    shape = (max(2, size[0] // 12), max(2, size[1] // 12), 3)
    coarse = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(buffer, format, quality=90)
    return buffer.getvalue()


def sample_photos(folder: Path, count: int, pixels: int) -> list[Path]:
    """``count`` pets of the sample as JPEG files of about so many pixels each, in a new folder; their paths."""
    folder.mkdir()
    sources = photos_in_folder(SAMPLE_FOLDER / "images")
    files = []
    for number in range(count):
        picture = read_photo(sources[number % len(sources)]).pixels
        scale = (pixels / (picture.shape[0] * picture.shape[1])) ** 0.5
        enlarged = resize_photo(picture, (round(picture.shape[0] * scale), round(picture.shape[1] * scale)))
        files.append(folder / f"{number:04}.jpg")
        Image.fromarray(enlarged).save(files[-1], quality=90)
    return files
