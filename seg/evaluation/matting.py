"""How near mattes come to true ones, given the trimaps of a folder: without a network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seg.data.photo_files import photos_in_folder
from seg.errors import SegError
from seg.images import fitting_size, reduce_photo, resize_probabilities
from seg.inference.matting import WORKING_SIDE, matte_within
from seg.photo import Photo, read_photo

FOREGROUND, BACKGROUND, UNKNOWN = 1, 2, 3  # values of the folder's trimaps
GRADIENT_SIGMA = 1.4  # pixels, as in the paper

Progress = Callable[[int, int], None]


class MattingError(SegError):
    """A folder of mattes that cannot be measured."""


@dataclass(frozen=True)
class MattingReport:
    """Errors in the unknown region of each photo, by its name, and the time that each took, in seconds.

    >>> from seg.evaluation.matting import MattingReport
    >>> report = MattingReport({"cat": 0.02, "dog": 0.04}, {"cat": 1.0, "dog": 2.0}, {"cat": 0.1, "dog": 0.1})
    >>> round(report.as_dict()["mean_absolute_error"], 3), list(report.as_dict()["by_photo"])  # the worst first
    (0.03, ['dog', 'cat'])
    """

    absolute_errors: dict[str, float] = field(default_factory=dict)
    gradient_errors: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Means over the photos, as ``evaluate --matting --json`` has them."""
        return {
            "photos": len(self.absolute_errors),
            "mean_absolute_error": float(np.mean(list(self.absolute_errors.values()))),
            "gradient_error": float(np.mean(list(self.gradient_errors.values()))),
            "seconds": float(np.mean(list(self.seconds.values()))),
            "by_photo": dict(sorted(self.absolute_errors.items(), key=lambda pair: -pair[1])),
        }


def evaluate_matting(folder: Path, progress: Progress | None = None) -> MattingReport:
    """Measure the mattes of all photos in ``folder/images``, given ``trimaps/NAME.png`` and ``alpha/NAME.png``.

    Trimaps hold 1 foreground, 2 background, 3 unknown; alphas are 8-bit grey. The absolute error is the mean of
    |alpha - truth| over the unknown pixels; the gradient error, as in C. Rhemann et al., "A Perceptually Motivated
    Online Benchmark for Image Matting", CVPR 2009, the sum over them of the squared difference of the gradients' sizes,
    in thousands. Raises MattingError, PhotoError.

    >>> from pathlib import Path
    >>> import numpy as np
    >>> from seg.evaluation.matting import evaluate_matting
    >>> from seg.pictures import save_picture
    >>> photo = np.zeros((40, 40, 3), np.uint8)
    >>> photo[:, 17:] = 200
    >>> trimap = np.full((40, 40), 3, np.uint8)  # unknown, between background and foreground
    >>> trimap[:, :10], trimap[:, 30:] = 2, 1
    >>> alpha = np.where(np.arange(40) < 17, 0, 255).astype(np.uint8)[np.newaxis].repeat(40, axis=0)
    >>> for kind, picture in (("images", photo), ("trimaps", trimap), ("alpha", alpha)):
    ...     Path(kind).mkdir()
    ...     save_picture(picture, Path(kind) / "edge.png")
    >>> report = evaluate_matting(Path("."))
    >>> list(report.absolute_errors), report.absolute_errors["edge"] < 0.01
    (['edge'], True)
    """
    files = photos_in_folder(folder / "images") if (folder / "images").is_dir() else []
    if not files:
        raise MattingError("matting_folder", folder=folder)
    report = MattingReport()
    for index, file in enumerate(files):
        photo = read_photo(file)
        trimap, truth = (_read_grey(folder / kind / f"{file.stem}.png", photo.size) for kind in ("trimaps", "alpha"))
        unknown = trimap == UNKNOWN
        if not unknown.any():
            raise MattingError("matting_nothing_unknown", file=folder / "trimaps" / f"{file.stem}.png")
        started = time.perf_counter()
        alpha = _matte_of(photo, trimap)
        report.seconds[file.stem] = time.perf_counter() - started
        true_alpha = truth / np.float32(255)
        report.absolute_errors[file.stem] = float(np.abs(alpha - true_alpha)[unknown].mean())
        difference = _gradient_size(alpha) - _gradient_size(true_alpha)
        report.gradient_errors[file.stem] = float((difference[unknown] ** 2).sum() / 1000)
        if progress:
            progress(index + 1, len(files))
    return report


def _matte_of(photo: Photo, trimap: np.ndarray) -> np.ndarray:
    """The matte at the photo's size, float32 ``(H, W)``, as it is made for a cut-out."""
    small = reduce_photo(photo.pixels, fitting_size(photo.size, WORKING_SIDE))
    known = np.stack([trimap == FOREGROUND, trimap == BACKGROUND], axis=2).astype(np.float32)
    shares = resize_probabilities(known, (small.shape[0], small.shape[1]))
    return matte_within(small, shares[..., 0], shares[..., 1]).at(photo.pixels, photo.size, slice(0, photo.size[0]))


def _gradient_size(alpha: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_gradient_magnitude

    return gaussian_gradient_magnitude(alpha, GRADIENT_SIGMA)


def _read_grey(file: Path, size: tuple[int, int]) -> np.ndarray:
    """The grey values of a picture of this height and width, uint8 ``(H, W)``. Raises MattingError."""
    try:
        with Image.open(file) as image:
            grey = np.asarray(image.convert("L"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise MattingError("matting_file", file=file, reason=error) from None
    if grey.shape != size:
        raise MattingError("matting_size", file=file, height=size[0], width=size[1])
    return grey
