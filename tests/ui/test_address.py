"""The page's address and what a visitor has chosen: what wins, and what Back undoes."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seg.ui.dataset.gallery_view import VIEW_KEY
from seg.ui.dataset.pair_view import PAIR_KEY
from tests.ui.pages import go_to

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"


@pytest.fixture
def app(small_dataset, monkeypatch, tmp_path) -> AppTest:
    """The Dataset page, opened at an address that says nothing."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset(("pug_1", "pug_2", "pug_3"))))
    return go_to(AppTest.from_file(str(APP), default_timeout=60), "dataset").run()


def go_back(app: AppTest, **query: str) -> AppTest:
    """What the browser's Back does: the page runs again at another address, its widgets as they are."""
    app.query_params.clear()
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def press(app: AppTest, key: str, value: str) -> AppTest:
    app.session_state[key] = value
    return app.run()


def address_of(app: AppTest) -> dict[str, str]:
    return {key: values if isinstance(values, str) else values[0] for key, values in app.query_params.items()}


def test_a_choice_is_written_into_the_address_and_the_default_is_not(app):
    assert address_of(app) == {}
    assert address_of(press(app, VIEW_KEY, "gallery")) == {"view": "gallery"}
    assert address_of(press(app, VIEW_KEY, "pair")) == {}


def test_back_from_a_pair_of_the_gallery_shows_the_gallery(app):
    press(app, VIEW_KEY, "gallery")
    app.button(key="open-pug_3").click().run()
    assert address_of(app) == {"view": "pair", "pair": "pug_3"}
    go_back(app, view="gallery")
    assert app.session_state[VIEW_KEY] == "gallery"
    assert address_of(app) == {"view": "gallery"}
    go_back(app)
    assert app.session_state[VIEW_KEY] == "pair" and app.session_state[PAIR_KEY] == "pug_1"


def test_back_goes_through_the_pairs_that_were_looked_at(app):
    for _ in range(2):
        app.button(key="pair-next").click().run()
    assert address_of(app) == {"pair": "pug_3"}
    assert go_back(app, pair="pug_2").session_state[PAIR_KEY] == "pug_2"
    assert go_back(app).session_state[PAIR_KEY] == "pug_1"


def test_what_the_visitor_presses_wins_over_the_address(app):
    go_back(app, view="gallery")
    press(app, VIEW_KEY, "statistics")
    assert address_of(app) == {"view": "statistics"}


def test_an_address_that_asks_for_nothing_that_exists_is_as_good_as_silent(app):
    press(app, VIEW_KEY, "gallery")
    go_back(app, view="../../etc/passwd")
    assert app.session_state[VIEW_KEY] == "pair"
    assert address_of(app) == {}


def test_a_choice_stays_when_the_visitor_turns_to_another_page_and_back(app):
    press(app, VIEW_KEY, "gallery")
    go_back(go_to(app, "inside"))
    go_back(go_to(app, "dataset"))
    assert app.session_state[VIEW_KEY] == "gallery"
    # The empty address by which the page was entered is no earlier choice: one more Back leaves the page.
    go_back(app)
    assert app.session_state[VIEW_KEY] == "gallery"


def test_the_address_of_a_page_that_back_returns_to_wins(app):
    press(app, VIEW_KEY, "gallery")
    press(app, VIEW_KEY, "pair")
    go_back(go_to(app, "inside"))
    go_back(go_to(app, "dataset"), view="gallery")
    assert app.session_state[VIEW_KEY] == "gallery"


def test_back_undoes_a_choice_on_a_page_to_which_back_has_led(app):
    press(app, VIEW_KEY, "gallery")
    go_back(go_to(app, "inside"))
    go_back(go_to(app, "dataset"), view="gallery")
    go_back(app)
    assert app.session_state[VIEW_KEY] == "pair" and address_of(app) == {}


def one_choice() -> None:
    """A page with one choice that every page offers, as the sidebar's are."""
    import streamlit as st

    from seg.ui.shared import address

    address.recall("lang", ["en", "zh"], "en")
    st.segmented_control("Language", ["en", "zh"], key="lang", required=True)
    address.note("lang", "en")


def test_a_choice_of_the_sidebar_stays_on_every_page_and_back_undoes_it_where_it_was_made():
    app = go_to(AppTest.from_function(one_choice), "dataset").run()
    press(app, "lang", "zh")
    assert address_of(app) == {"lang": "zh"}
    assert go_back(app).session_state["lang"] == "en"
    press(app, "lang", "zh")
    go_back(go_to(app, "inside"))
    assert app.session_state["lang"] == "zh" and address_of(app) == {"lang": "zh"}
    go_back(app)
    assert app.session_state["lang"] == "zh", "it was chosen on another page"
