"""The error of mattes against true ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.evaluation.matting import MattingError, evaluate_matting


def write_discs(folder: Path) -> None:
    """Two photos of a red disc with a soft rim before blue: images, trimaps and alpha."""
    rows, columns = np.mgrid[:60, :80]
    for number, radius in ((1, 15), (2, 22)):
        distance = np.hypot(rows - 30, columns - 40) - radius
        alpha = np.clip(0.5 - distance / 8, 0, 1)[..., np.newaxis]
        pictures = {
            "images": np.uint8(alpha * [220, 40, 30] + (1 - alpha) * [20, 60, 200]),
            "trimaps": np.uint8(np.where(distance < -6, 1, np.where(distance > 6, 2, 3))),
            "alpha": np.uint8(alpha[..., 0] * 255),
        }
        for kind, picture in pictures.items():
            (folder / kind).mkdir(exist_ok=True)
            Image.fromarray(picture).save(folder / kind / f"disc-{number}.png")


@pytest.fixture
def folder(tmp_path) -> Path:
    write_discs(tmp_path)
    return tmp_path


def test_mattes_of_soft_edges_are_nearly_right_and_their_errors_are_means_over_the_photos(folder):
    seen = []
    report = evaluate_matting(folder, lambda done, count: seen.append((done, count)))
    facts = report.as_dict()
    assert seen == [(1, 2), (2, 2)]
    assert set(report.absolute_errors) == {"disc-1", "disc-2"}
    assert facts["photos"] == 2 and facts["seconds"] > 0
    assert 0 < facts["mean_absolute_error"] < 0.05
    assert facts["mean_absolute_error"] == pytest.approx(np.mean(list(report.absolute_errors.values())))
    assert 0 < facts["gradient_error"] < 1


def test_a_wrong_truth_makes_the_errors_larger(folder):
    right = evaluate_matting(folder).as_dict()
    alpha = folder / "alpha" / "disc-1.png"
    Image.fromarray(255 - np.asarray(Image.open(alpha))).save(alpha)
    wrong = evaluate_matting(folder).as_dict()
    assert wrong["mean_absolute_error"] > 3 * right["mean_absolute_error"]
    assert next(iter(wrong["by_photo"])) == "disc-1"


def test_files_that_do_not_fit_are_named(folder):
    with pytest.raises(MattingError, match="images, trimaps and alpha"):
        evaluate_matting(folder / "images")
    trimap = folder / "trimaps" / "disc-2.png"
    Image.fromarray(np.ones((60, 80), np.uint8)).save(trimap)
    with pytest.raises(MattingError, match=r"disc-2\.png has no unknown pixel"):
        evaluate_matting(folder)
    Image.fromarray(np.ones((10, 80), np.uint8)).save(trimap)
    with pytest.raises(MattingError, match=r"disc-2\.png is not as large as its photo: it must be 60 pixels high"):
        evaluate_matting(folder)
    trimap.write_text("no picture")
    with pytest.raises(MattingError, match=r"disc-2\.png cannot be read"):
        evaluate_matting(folder)
