"""What the front page gives to programmers: lines that work when they are copied."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.inference.segmenter import Segmenter
from seg.ui.segment import programs_view
from tests.ui.segment.helpers import EN, file, give, visit


def programs(at: AppTest) -> list[str]:
    at.session_state[programs_view.KEY] = True
    at.run()
    (box,) = (box for box in at.expander if box.label == EN["programs"])
    return [code.value for code in box.code]


def test_the_page_ends_with_lines_for_http_the_command_line_and_python():
    http, command_line, python = programs(visit())
    assert "curl -F photo=@photo.jpg" in http and "/api/segment?as=shares" in http
    assert "seg predict photos/" in command_line
    assert "Segmenter.load()" in python


def test_a_page_whose_lines_nobody_asks_for_spares_the_browser_the_scripts_for_code():
    assert not visit().code


def test_many_photos_do_not_hide_them():
    assert len(programs(give(visit(), file("one.png"), file("two.png")))) == 3


def test_the_lines_of_python_write_a_cutout_and_a_trimap(loads, weights, tmp_path, monkeypatch):
    monkeypatch.setattr(Segmenter, "load", partial(Segmenter.load, weights))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(file()[1])
    exec(programs_view.PYTHON, {})
    assert Image.open("cutout.png").mode == "RGBA"
    assert set(np.unique(Image.open("trimap.png"))) == {1, 2}
