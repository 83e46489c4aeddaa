"""The front page: what a visitor sees first, and what is there before a photo is."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError
from seg.texts import texts
from seg.ui.segment import page, upload_form
from tests.ui.segment.helpers import EN, ROOT, ZH, buttons, halves, metrics, said, visit

# The first view


def test_the_page_is_painted_before_the_network_is_loaded(monkeypatch):
    def fails(*_):
        raise WeightsError("weights_foreign", path="there")

    monkeypatch.setattr(Segmenter, "load", fails)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30).run()
    assert not at.exception
    assert at.title[0].value == EN["title"]
    assert EN["purpose"] in said(at.markdown)
    assert len(at.get("image")) >= 1, "the sample is not shown"
    assert "there holds tensors of another kind" in said(at.error)
    assert not buttons(at)


def test_a_server_that_has_a_network_makes_no_visitor_wait(loads, monkeypatch):
    assert EN["download_cutout"] in buttons(visit())
    monkeypatch.setattr(page, "_load_behind", lambda *_: pytest.fail("there is nothing to wait for"))
    assert EN["download_cutout"] in buttons(visit())
    assert len(loads) == 1


def test_the_first_page_says_which_dataset_is_in_use(monkeypatch):
    monkeypatch.delenv("SEG_DATA")
    at = visit()
    assert EN["download_cutout"] in buttons(at)
    assert texts("en")["sidebar"]["sample_pairs"].format(count=148, total=7349) in said(at.sidebar.caption)


def test_the_sample_is_shown_with_its_credit():
    at = visit()
    assert "Stéfan van der Walt (CC0)" in said(at.caption)
    assert "chelsea\\.jpg" in said(at.caption)


def test_a_sample_of_the_dataset_says_so_and_knows_its_truth():
    at = visit(sample="dog")
    assert EN["sample_dog_note"] in said(at.caption)
    assert EN["truth_sample"] in said(at.caption)
    assert said(at.caption).count("Parkhi") == 1
    assert EN["download_triptych"] in buttons(at)


def test_a_sample_is_kept_in_the_address():
    at = visit()
    at.segmented_control(key=upload_form.SAMPLE_KEY).set_value("cat").run()
    assert at.query_params["sample"] == "cat"
    assert EN["sample_cat_note"] in said(at.caption)


def test_the_network_looks_as_closely_as_the_visitor_wants_and_the_address_keeps_it(monkeypatch):
    details = []
    look_once = Segmenter.__call__

    def note(self, photo, detail):
        details.append(detail)
        return look_once(self, photo, detail)

    monkeypatch.setattr(Segmenter, "__call__", note)
    at = visit()
    at.segmented_control(key=upload_form.DETAIL_KEY).set_value("fine").run()
    assert at.query_params["detail"] == "fine"
    assert visit(detail="fast").segmented_control(key=upload_form.DETAIL_KEY).value == "fast"
    assert details == ["balanced", "fine", "fast"]


def test_the_camera_is_asked_for_only_when_it_is_switched_on():
    at = visit()
    assert not at.camera_input
    at.toggle(key="segment-camera").set_value(True).run()
    assert len(at.camera_input) == 1


def test_a_shot_of_the_camera_is_segmented():
    at = visit()
    at.toggle(key="segment-camera").set_value(True).run()
    jpeg = io.BytesIO()
    Image.fromarray(halves()).save(jpeg, "JPEG")
    at.camera_input[0].set_value(("shot.jpg", jpeg.getvalue(), "image/jpeg")).run()
    assert metrics(at)["Pet"].startswith("5") and "shot\\.jpg" in said(at.caption)


def test_the_page_speaks_chinese():
    at = visit(lang="zh")
    assert at.title[0].value == ZH["title"]
    assert ZH["download_cutout"] in buttons(at)


# What goes wrong before a photo is there


def test_without_weights_the_page_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_WEIGHTS", str(tmp_path / "none.safetensors"))
    at = visit()
    assert EN["no_weights"] in said(at.info) and not at.file_uploader
