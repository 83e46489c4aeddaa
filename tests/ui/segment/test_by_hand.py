"""What a visitor paints over a photo: kept for the visit, checked, and in everything that is shown or downloaded."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.inference.corrections import Corrections
from seg.inference.segmenter import Segmentation
from seg.serve.networks import Look
from seg.ui.segment import by_hand
from seg.ui.segment.downloads import picture_file
from seg.ui.segment.gallery_view import make_zip
from seg.ui.segment.upload_form import sample_upload
from seg.ui.segment.uploads import Upload
from tests.ui.segment.helpers import DARK, EN, buttons, file, give, halves, metrics, said, upload, visit

# A dot in the right half, where ``Brightness`` sees background.
PET_AT_THE_RIGHT = [{"role": "subject", "radius": 1000, "points": [7500, 2500]}]


def paint(at: AppTest, strokes: object, photo: Upload | None = None) -> AppTest:
    """What the browser sends after a stroke."""
    at.session_state[by_hand.component_key(photo or upload())] = {"painted": {"edit": 1, "strokes": strokes}}
    at.run()
    assert not at.exception
    return at


def open_editor(at: AppTest) -> dict | None:
    """What the browser is given when the button is pressed."""
    at.button(key="segment-by-hand").click().run()
    assert not at.exception
    return editor(at)


def editor(at: AppTest) -> dict | None:
    elements = [element.proto for element in at.get("bidi_component")]
    return next((json.loads(proto.json) for proto in elements if proto.component_name == "by_hand"), None)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.fixture
def corrected() -> Upload:
    return replace(upload(), corrections=Corrections.from_list(PET_AT_THE_RIGHT))


def test_the_photo_is_painted_over_in_a_dialog_and_nothing_of_it_is_sent_before():
    at = give(visit(), file())
    assert editor(at) is None
    sent = open_editor(at)
    assert (sent["width"], sent["height"], sent["strokes"], sent["answered"]) == (64, 32, [], 0)
    assert [brush["name"] for brush in sent["brushes"]] == ["pet", "background", "border"]
    assert sent["words"]["undo"] == EN["by_hand_undo"]
    at.button(key="segment-by-hand-done").click().run()
    assert editor(at) is None


def test_shares_and_caption_follow_what_is_painted():
    at = give(visit(), file())
    before = metrics(at)["Pet"]
    paint(at, PET_AT_THE_RIGHT)
    assert before == "50.0%" and float(metrics(at)["Pet"][:-1]) > 55
    assert EN["by_hand_made"] in said(at.caption)
    assert open_editor(at)["strokes"] == PET_AT_THE_RIGHT
    paint(at, [])
    assert metrics(at)["Pet"] == before and EN["by_hand_made"] not in said(at.caption)


def test_a_pet_that_the_network_does_not_see_is_painted_and_then_cut_out():
    dark = file("dark.png", halves(DARK, DARK))
    at = give(visit(), dark)
    assert EN["download_cutout"] not in buttons(at)
    assert open_editor(at) is not None
    paint(at, PET_AT_THE_RIGHT, upload(*dark[:1], halves(DARK, DARK)))
    assert EN["download_cutout"] in buttons(at)


@pytest.mark.parametrize("strokes", [None, "x", [{"role": "subject"}], [{**PET_AT_THE_RIGHT[0], "points": [1, -1]}]])
def test_what_is_no_stroke_changes_nothing(strokes):
    at = paint(give(visit(), file()), PET_AT_THE_RIGHT)
    before = metrics(at)["Pet"]
    assert metrics(paint(at, strokes))["Pet"] == before
    assert not at.error


def test_starting_over_forgets_what_was_painted():
    at = paint(give(visit(), file()), PET_AT_THE_RIGHT)
    at.session_state[by_hand.component_key(upload())] = {}
    at.button(key="segment-clear").click().run()
    give(at, file())
    assert metrics(at)["Pet"] == "50.0%"


def test_every_download_is_made_of_what_was_painted(weights, corrected):
    look = Look(weights)
    at = (16, 48)  # row and column of the dot
    assert pixels(picture_file("cutout", upload(), look, Segmentation.cutout))[at][3] == 0
    assert pixels(picture_file("cutout", corrected, look, Segmentation.cutout))[at][3] == 255
    archive = zipfile.ZipFile(io.BytesIO(make_zip([corrected], look)))
    assert pixels(archive.read("cat-trimap.png"))[at] == 1
    assert pixels(archive.read("cat-cutout.png"))[at][3] == 255


def test_metrics_stay_those_of_the_network():
    at = visit(sample="cat")
    before = metrics(at)
    paint(at, [{"role": "background", "radius": 1000, "points": [5000, 5000]}], sample_upload("cat"))
    after = metrics(at)
    assert after["Mean IoU"] == before["Mean IoU"] and after["Background"] != before["Background"]
