"""The page's sections, in both languages, and what it says when there is nothing to look into."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seg.inference.inside import Inside
from seg.network.weights import WeightsError
from seg.serve import networks
from seg.ui.inside import page
from seg.ui.shared import choices
from tests.ui.inside.helpers import EN, ROOT, ZH, visit
from tests.ui.pages import go_to


@pytest.mark.parametrize("section", list(page.SECTIONS))
def test_every_section_opens_in_chinese_too(section):
    app = visit(section, lang="zh")
    assert not app.error
    assert app.title[0].value == ZH["title"]


def test_an_unknown_section_is_the_first_one():
    app = visit("../../etc/passwd")
    assert EN["layers"] in [heading.value for heading in app.header]


def test_the_first_view_needs_neither_tensorflow_nor_the_charts_library():
    code = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\nfrom tests.ui.pages import go_to\n"
        "app = go_to(AppTest.from_file('streamlit_app.py', default_timeout=60), 'inside').run()\n"
        "assert app.dataframe and not app.exception\n"
        "print(*[name for name in ('tensorflow', 'keras', 'altair') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize("section", ["maps", "skips", "scale"])
def test_without_weights_a_sentence_says_what_to_do(section, monkeypatch):
    def missing() -> Path:
        raise WeightsError("weights_missing", path="here")

    monkeypatch.setattr(choices, "weights", missing)
    app = visit(section)
    assert [info.value for info in app.info] == [EN["no_weights"]]
    assert not app.error


def test_weights_that_cannot_be_loaded_are_a_sentence(monkeypatch):
    def damaged(weights: Path) -> Inside:
        raise WeightsError("weights_foreign", path="there")

    monkeypatch.setattr(networks, "inside", damaged)
    app = visit("maps")
    assert [error.value for error in app.error] == [
        "there holds tensors of another kind: this app reads weights that it made itself."
    ]


def test_the_section_is_still_chosen_after_another_page():
    app = visit("article")
    go_to(app, "dataset").run()
    app.query_params.clear()
    go_to(app, "inside").run()
    assert EN["measured"] in [heading.value for heading in app.header]
