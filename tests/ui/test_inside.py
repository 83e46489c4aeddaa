"""The page "inside": each section, in both languages, and what it says when there is nothing to look into."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from seg.inference.inside import Inside
from seg.network.weights import WeightsError, load_network
from seg.ui import inside, inside_article, server
from seg.ui.texts import texts

pytest_plugins = ["tests.narrow_fixtures"]

ROOT = Path(__file__).resolve().parents[2]
EN = texts("en")["inside"]


@pytest.fixture(scope="module")
def look(weights) -> Inside:
    return Inside(load_network(weights))


@pytest.fixture(autouse=True)
def server_of_its_own(tmp_path, monkeypatch, small_dataset, look):
    """A server with a narrow network and a tiny dataset."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    monkeypatch.setattr(server, "inside", lambda: look)
    st.cache_resource.clear()
    st.cache_data.clear()


def visit(section: str = "network", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in {"section": section, **query}.items():
        app.query_params[name] = value
    return app.switch_page("seg/ui/inside.py").run()


def texts_of(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.main.markdown, *app.main.caption])


@pytest.mark.parametrize("section", inside.SECTIONS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_section_opens_in_both_languages(section, lang):
    app = visit(section, lang=lang)
    assert not app.exception and not app.error
    assert app.title[0].value == texts(lang)["inside"]["title"]


def test_an_unknown_section_is_the_first_one():
    app = visit("../../etc/passwd")
    assert EN["layers"] in [heading.value for heading in app.subheader]


def test_the_table_has_every_layer_and_its_work():
    table = visit("network").dataframe[0].value
    assert len(table) == 30
    assert table[EN["parameters"]].sum() == 26_369_987
    assert table[EN["mmacs"]].sum() == pytest.approx(23_829, abs=30)


def test_feature_maps_are_those_of_the_chosen_layer(look, monkeypatch):
    asked = []
    real = look.activations
    monkeypatch.setattr(look, "activations", lambda image, layer: asked.append(layer) or real(image, layer))
    visit("maps", layer="block2_conv1")
    assert asked == ["block2_conv1"]


def test_without_a_skip_it_says_how_many_pixels_change(look):
    app = visit("skips", without="block3_conv3")
    assert app.metric[0].label == EN["changed"]
    whole = visit("skips", without="none")
    assert whole.metric[0].value == "0.0%"


def test_changed_numbers_change_the_output():
    app = visit("upsampling")
    np.testing.assert_allclose(app.dataframe[1].value.to_numpy()[:2, :2], [[0.25, 0.5], [0.5, 1.0]])
    app.slider[0].set_value(4).run()
    assert "4" in texts_of(app)


def test_every_mistake_of_the_article_has_an_answer():
    found = texts_of(visit("article"))
    for mistake in inside_article.MISTAKES:
        assert EN[f"wrong_{mistake}"].split(":")[0][:30] in found
        assert EN[f"ours_{mistake}"][:30] in found


def test_missing_weights_are_a_sentence(monkeypatch):
    def missing():
        raise WeightsError("there are no weights here: train a demo.")

    monkeypatch.setattr(server, "inside", missing)
    app = visit("maps")
    assert not app.exception
    assert [error.value for error in app.error] == ["there are no weights here: train a demo."]
