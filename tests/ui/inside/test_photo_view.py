"""The photo that the page looks into the network with."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.texts import texts
from seg.ui.inside import photo_view
from seg.ui.segment import upload_form
from seg.ui.segment.uploads import Upload
from seg.ui.shared.select_box import widget_key
from tests.ui.inside.helpers import ROOT, said, visit
from tests.ui.pages import go_to


def test_the_photo_of_the_segment_page_is_looked_at_first():
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    buffer = io.BytesIO()
    Image.fromarray(np.full((40, 60, 3), 200, np.uint8)).save(buffer, "PNG")
    app.session_state[upload_form.PHOTOS] = [Upload.of("**my** cat.png", buffer.getvalue())]
    app.query_params["section"] = "maps"
    go_to(app, "inside").run()
    assert app.selectbox(key=widget_key(photo_view.PHOTO_KEY)).options[0] == "From the page Segment: **my** cat.png"
    assert not app.exception and not app.error


def test_a_photo_of_the_dataset_can_be_chosen_and_cites_it(asked):
    app = visit("maps")
    first = list(asked)
    app.selectbox(key=widget_key(photo_view.PHOTO_KEY)).set_value("pug_1").run()
    assert len(asked) == 2 * len(first)
    assert texts("en")["common"]["cite"] in said(app)
    assert "pug_1" in app.query_params[photo_view.PHOTO_KEY]


def test_a_name_that_is_no_photo_counts_as_none():
    app = visit("maps", **{photo_view.PHOTO_KEY: "../../../etc/passwd"})
    assert app.selectbox(key=widget_key(photo_view.PHOTO_KEY)).value == photo_view.IN_USE
    assert not app.error


def test_a_broken_upload_is_a_sentence_and_another_photo_can_be_chosen():
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.session_state[upload_form.PHOTOS] = [Upload.of("broken.png", b"no picture")]
    app.query_params["section"] = "maps"
    go_to(app, "inside").run()
    assert len(app.error) == 1 and r"broken\.png" in app.error[0].value
    app.selectbox(key=widget_key(photo_view.PHOTO_KEY)).set_value("pug_1").run()
    assert not app.error
