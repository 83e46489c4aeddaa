"""The verb predict writes cut-outs on other backgrounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import picture_and_trimap

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "cat.png"
    Image.fromarray(picture_and_trimap((64, 96), 1)[0]).save(path)
    return path


@pytest.mark.parametrize(
    ("options", "name", "mode"),
    [
        (("--background", "white,black", "--shadow", "50"), "cat.cutout.jpg", "RGB"),
        (("--background", "blur", "--format", "webp"), "cat.cutout.webp", "RGB"),
        (("--outline", "3", "--no-clean"), "cat.cutout.png", "RGBA"),
        (("--format", "webp"), "cat.cutout.webp", "RGBA"),
    ],
)
def test_predict_writes_the_background_and_the_format_that_are_asked_for(
    seg, weights, photo, tmp_path, options, name, mode
):
    out = tmp_path / "out"
    answer = seg("predict", photo, "-o", out, "--weights", weights, "--size", 32, "--save", "cutout", *options)
    assert answer.code == 0 and [path.name for path in out.iterdir()] == [name]
    picture = Image.open(out / name)
    assert (picture.mode, picture.size) == (mode, (96, 64))
    again = seg("predict", out, "-o", tmp_path / "again", "--weights", weights, "--size", 32)
    assert again.is_refused(2, "no photos"), "a result is no photo"


def test_predict_lays_a_photo_behind_every_cutout(seg, weights, photo, tmp_path):
    beach = tmp_path / "beach.bmp"
    Image.new("RGB", (50, 50), (0, 0, 250)).save(beach)
    answer = seg(
        "predict", photo, "-o", tmp_path, "--weights", weights, "--size", 32, "--save", "cutout", "--background", beach
    )
    assert answer.code == 0
    assert np.asarray(Image.open(tmp_path / "cat.cutout.jpg"))[..., 2].max() > 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--background", "beach.jpg"), "background is 'beach.jpg': use transparent"),
        (("--crop", "round"), "crop is 'round': use one of none, pet, square"),
        (("--format", "jpeg"), "JPEG cannot hold what is clear"),
    ],
)
def test_predict_refuses_an_option_before_it_loads_a_network(seg, photo, options, words):
    assert seg("predict", photo, *options).is_refused(2, words)
