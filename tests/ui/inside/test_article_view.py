"""The article: its steps, its mistakes, and what was measured."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from seg.texts import texts
from seg.ui.inside import article_view, steps_view
from tests.ui.inside.helpers import EN, ROOT, said, visit
from tests.ui.pages import go_to


def test_every_mistake_of_the_article_has_an_answer():
    words = said(visit("article"))
    for mistake in article_view.MISTAKES:
        assert EN[f"wrong_{mistake}"] in words
        assert EN[f"ours_{mistake}"] in words


def test_the_measured_runs_are_all_in_the_table():
    compared, table = (frame.value for frame in visit("article").dataframe)
    assert len(compared) == 5
    mean_iou = texts("en")["common"]["mean_iou"]
    accuracy = texts("en")["common"]["pixel_accuracy"]
    assert list(compared) == [mean_iou, EN["training"], accuracy], "a phone has room for no more"
    assert list(table) == [mean_iou, EN["epochs"], EN["training"]]
    assert len(table) == 13
    assert table[mean_iou].max() == pytest.approx(79.1), "in percent, as on every page"


def test_the_article_is_introduced_and_each_of_its_steps_says_what_is_different():
    words = said(visit("steps"))
    assert "Chinese tutorial" in words and "names no author" in words
    assert len(steps_view.STEPS) == 11
    for number, step in enumerate(steps_view.STEPS, 1):
        assert f"**{number}. {EN[f'step_{step}']}**" in words
        assert EN[f"step_{step}_text"] in words
        assert EN[f"step_{step}_here"] in words


@pytest.mark.parametrize(
    "name", [name for name, (page, query) in steps_view.LINKS.items() if page != "train" and query]
)
def test_a_link_of_a_step_leads_to_what_it_names(name):
    page, query = steps_view.LINKS[name]
    app = go_to(AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60), page)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert {key: app.session_state[key] for key in query} == query
    assert not app.exception


def test_a_view_of_the_same_page_is_opened_from_a_step():
    app = visit("steps")
    app.button(key="step-taps-skips").click().run()
    assert app.query_params["section"] == "skips"
    assert EN["without"] in [heading.value for heading in app.header]
