"""The prediction is compared with a true trimap where one is known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seg.ui.segment import upload_form
from tests.encoded import ORIENTATION, encoded
from tests.ui.segment.helpers import BRIGHT, DARK, EN, buttons, file, give, halves, metrics, said, upload, visit


def test_an_uploaded_trimap_is_compared():
    at = give(visit(), file("cat.png", halves(size=(32, 32))))
    assert not [label for label in metrics(at) if "IoU" in label]
    true = np.where(np.arange(32) < 16, 1, 2).astype(np.uint8)[np.newaxis].repeat(32, axis=0)
    give(at, file("true.png", true), to=upload_form.TRIMAPS)
    assert metrics(at)["Mean IoU"] == "100.0%"
    assert EN["truth_uploaded"] in said(at.caption)


def test_among_several_photos_a_trimap_belongs_to_the_photo_of_its_name():
    at = give(visit(), file("one.png"), file("two.png", halves(DARK, BRIGHT)))
    true = np.full((32, 64), 1, np.uint8)
    give(at, file("two.png", true), to=upload_form.TRIMAPS)
    assert "Mean IoU" not in metrics(at)
    at.button(key=f"segment-open-{upload('two.png', halves(DARK, BRIGHT)).key}").click().run()
    assert "Mean IoU" in metrics(at)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_trimap_that_was_drawn_on_the_photo_as_it_lies_in_its_file_is_turned_with_it(orientation):
    stored, exif = halves(), Image.Exif()
    exif[ORIENTATION] = orientation
    at = give(visit(), file("cat.png", encoded(stored, "PNG", exif=exif)))
    assert "32 × 64" in said(at.caption)
    true = np.where(stored[..., 0] == BRIGHT, 1, 2).astype(np.uint8)
    give(at, file("true.png", true), to=upload_form.TRIMAPS)
    assert metrics(at)["Mean IoU"] == "100.0%"


@pytest.mark.parametrize(
    ("trimap", "why"),
    [
        (np.ones((5, 7), np.uint8), "7 × 5"),
        (np.full((32, 64), 9, np.uint8), "holds other values"),
        (halves(), "holds other values"),
        (b"notes", "is not a picture"),
    ],
)
def test_a_trimap_that_does_not_fit_says_why(trimap, why):
    at = give(give(visit(), file()), file("true.png", trimap), to=upload_form.TRIMAPS)
    assert why in said(at.warning) and "true\\.png" in said(at.warning)
    assert EN["download_cutout"] in buttons(at)


def test_a_photo_of_the_dataset_brings_its_trimap_under_any_name(small_dataset):
    photo = (small_dataset(folder="same") / "images" / "pug_1.jpg").read_bytes()
    at = give(visit(), file("my dog.jpg", photo))
    assert EN["truth_dataset"] in said(at.caption) and "Parkhi" in said(at.caption)
    assert "Mean IoU" in metrics(at)


def test_a_dataset_that_cannot_be_read_does_not_stop_a_photo(tmp_path, monkeypatch):
    (tmp_path / "broken").mkdir()
    monkeypatch.setenv("SEG_DATA", str(tmp_path / "broken"))
    at = give(visit(), file())
    assert EN["download_cutout"] in buttons(at)
