"""The page "inside": each section, in both languages, and what it says when there is nothing to look into."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from seg.inference.inside import SKIPS, Inside
from seg.network.weights import WeightsError, load_network
from seg.serve import networks
from seg.texts import texts
from seg.ui.inside import article_view, maps_view, network_view, page, photo_view, upsampling_view
from seg.ui.segment import upload_form
from seg.ui.segment.upload_form import Upload
from seg.ui.shared import choices
from tests.ui.pages import go_to

pytest_plugins = ["tests.narrow_fixtures"]

ROOT = Path(__file__).resolve().parents[2]
EN, ZH = texts("en")["inside"], texts("zh")["inside"]


@pytest.fixture(scope="module")
def look(weights) -> Inside:
    return Inside(load_network(weights))


@pytest.fixture(autouse=True)
def server_of_its_own(tmp_path, monkeypatch, small_dataset, look, weights):
    """A server with a narrow network, tiny pictures and a tiny dataset."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    monkeypatch.setenv("SEG_WEIGHTS", str(weights))
    monkeypatch.setattr(networks, "inside", lambda weights: look)
    monkeypatch.setattr(photo_view, "INPUT_SIZE", 64)


@pytest.fixture
def runs_of_the_network(look, monkeypatch) -> list[str]:
    """What the network has been asked."""
    asked: list[str] = []
    several, probabilities = look.several, look.probabilities
    monkeypatch.setattr(look, "several", lambda image, names: asked.extend(names) or several(image, names))
    monkeypatch.setattr(
        look, "probabilities", lambda image, without=None: asked.append(f"-{without}") or probabilities(image, without)
    )
    return asked


def visit(section: str = "network", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in {"section": section, **query}.items():
        app.query_params[name] = value
    go_to(app, "inside").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.main.markdown, *app.main.caption])


def pictures(app: AppTest) -> list[str]:
    """The captions of all pictures on the page."""
    return [image.caption for element in app.main.get("image") for image in element.proto.imgs if image.caption]


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


# The network


def test_the_table_has_every_layer_and_its_work():
    table = visit("network").dataframe[0].value
    assert len(table) == 30
    assert table[EN["parameters"]].sum() == 26_369_987
    assert table[EN["mmacs"]].sum() == pytest.approx(23_829, abs=30)


def test_the_diagram_shows_every_block_and_skip_with_its_work():
    drawn = network_view._diagram(network_view.layers())
    assert drawn.count("-. skip .->") == 3
    for words in ("14 × 14 × 512<br/>7,079,424 · 1.39 G", "7 × 7 × 512", "224 × 224 × 3<br/>3,459 · 0.04 G"):
        assert words in drawn
    assert "class b3,b4,b5,d0 tap" in drawn


# Feature maps


def test_feature_maps_are_those_of_the_chosen_layer(runs_of_the_network):
    app = visit("maps", layer="block2_conv1")
    assert runs_of_the_network == ["block2_conv1"]
    assert "block2_conv1: 4 channels of 32 × 32" in said(app)
    assert len(pictures(app)) == 4


def test_colours_numbers_and_languages_do_not_run_the_network_again(runs_of_the_network):
    app = visit("maps", layer="block5_conv3")
    assert len(pictures(app)) == maps_view.COUNTS[0]
    before = list(runs_of_the_network)
    app.session_state[maps_view.COUNT_KEY] = 24
    app.session_state[maps_view.COLOUR_KEY] = "grey"
    app.run()
    assert len(pictures(app)) == 16  # all that the narrow layer has
    app.session_state["lang"] = "zh"
    app.run()
    assert runs_of_the_network == before


def test_the_channels_are_shown_strongest_first_and_silent_ones_counted(look):
    app = visit("maps", layer="block3_conv3")
    means = [float(caption.split("mean ")[1]) for caption in pictures(app)]
    assert means == sorted(means, reverse=True)
    sample = upload_form.sample_upload("chelsea")
    image = photo_view.resize_photo(photo_view.read_photo(sample.data).pixels, 64)
    silent = int((look.activations(image, "block3_conv3") == 0).all(axis=(0, 1)).sum())
    assert f"{silent} of them are silent" in said(app)


def test_the_downloaded_sheet_has_a_place_for_every_map():
    maps = [np.full((4, 4), value, np.uint8) for value in range(10)]
    found = photo_view.Maps((4, 4, 10), 1, list(range(10)), [0.0] * 10, maps)
    sheet = maps_view._sheet(found, 12, "colour")
    side, columns = maps_view.SHEET_SIDE, maps_view.SHEET_COLUMNS
    assert sheet.shape[1] > columns * side and sheet.shape[0] > 2 * side


def test_a_map_without_a_pattern_is_drawn_dark():
    flat = maps_view.coloured(np.full((2, 2), 7.0), "grey")
    assert flat.dtype == np.uint8 and not flat.any()


def test_huge_activations_are_drawn_like_small_ones():
    values = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_array_equal(photo_view._levels(values * 1e9), photo_view._levels(values))


# The photo


def test_the_photo_of_the_segment_page_is_looked_at_first():
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    buffer = io.BytesIO()
    Image.fromarray(np.full((40, 60, 3), 200, np.uint8)).save(buffer, "PNG")
    app.session_state[upload_form.PHOTOS] = [Upload.of("**my** cat.png", buffer.getvalue())]
    app.query_params["section"] = "maps"
    go_to(app, "inside").run()
    assert app.selectbox(key=photo_view.PHOTO_KEY).options[0] == "From the page Segment: **my** cat.png"
    assert not app.exception and not app.error


def test_a_photo_of_the_dataset_can_be_chosen_and_cites_it(runs_of_the_network):
    app = visit("maps")
    first = list(runs_of_the_network)
    app.selectbox(key=photo_view.PHOTO_KEY).set_value("pug_1").run()
    assert len(runs_of_the_network) == 2 * len(first)
    assert texts("en")["common"]["cite"] in said(app)
    assert "pug_1" in app.query_params[photo_view.PHOTO_KEY]


def test_a_name_that_is_no_photo_counts_as_none():
    app = visit("maps", **{photo_view.PHOTO_KEY: "../../../etc/passwd"})
    assert app.selectbox(key=photo_view.PHOTO_KEY).value == photo_view.IN_USE
    assert not app.error


def test_a_broken_upload_is_a_sentence_and_another_photo_can_be_chosen():
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.session_state[upload_form.PHOTOS] = [Upload.of("broken.png", b"no picture")]
    app.query_params["section"] = "maps"
    go_to(app, "inside").run()
    assert len(app.error) == 1 and r"broken\.png" in app.error[0].value
    app.selectbox(key=photo_view.PHOTO_KEY).set_value("pug_1").run()
    assert not app.error


# Skips


def test_every_skip_is_left_out_once_and_all_else_comes_from_one_run(runs_of_the_network):
    app = visit("skips")
    assert [name for name in runs_of_the_network if name.startswith("-")] == ["-None", *(f"-{tap}" for tap in SKIPS)]
    assert len(set(runs_of_the_network)) == len(runs_of_the_network)
    captions = pictures(app)
    assert captions[0] == EN["with_all"]
    for tap in SKIPS:
        assert any(caption.startswith(f"Without {tap}: ") for caption in captions)


def test_each_addition_is_shown_before_and_after():
    captions = "\n".join(pictures(visit("skips")))
    for step, tap in ((1, "block5_conv3"), (2, "block4_conv3"), (3, "block3_conv3")):
        for words in (f"Before: decoder{step}_conv", f"Added: {tap}", f"After: skip_{tap}"):
            assert words in captions


def test_what_is_added_is_the_sum(look):
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    found = photo_view._skips("a photo", "weights", 0, _image=image)
    for tap, step in photo_view.STEP_OF.items():
        total = found.means[f"decoder{step}_conv"] + found.means[tap]
        np.testing.assert_allclose(found.means[f"skip_{tap}"], total, rtol=1e-3, atol=1e-4)


def test_another_way_of_showing_the_trimaps_does_not_run_the_network_again(runs_of_the_network):
    app = visit("skips")
    before = list(runs_of_the_network)
    app.session_state["inside-shown-as"] = "changes"
    app.run()
    assert EN["shown_as_changes_text"] in said(app)
    assert runs_of_the_network == before


# Scale


def test_the_scale_of_the_photo_stands_beside_the_two_that_were_measured(look):
    table = visit("scale").dataframe[0].value.set_index(EN["layer"])
    assert table.loc["block3_conv2", EN["scale_vgg"]] == 308
    assert table.loc["block5_conv3", EN["scale_folded"]] == 1
    assert table[EN["scale_here"]].notna().all() and len(table) == 14
    assert table[EN["scale_tap"]].sum() == 4


def test_the_first_loss_is_told_either_way():
    metrics = {metric.label: metric.value for metric in visit("scale").metric}
    assert metrics[EN["first_loss_as_is"]] == "26" and metrics[EN["first_loss_folded"]] == "1.3"


# Upsampling


def spoken(app: AppTest) -> list[str]:
    """What the three charts say to a screen reader: the input, the output so far, the whole output."""
    return [chart.proto.alt for chart in app.main.get("vega_lite_chart")]


def test_the_output_grows_stamp_by_stamp():
    app = visit("upsampling")
    whole = "0.25 0.5 0.75 1; 0.5 1 1.5 2; 1 2 2.5 3; 1.5 3 3.5 4"
    assert spoken(app) == ["1 2; 3 4", "0.25 0.5 0.25 0; 0.5 1 0.5 0; 0.25 0.5 0.25 0; 0 0 0 0", whole]
    app.slider(key=upsampling_view.STAMPS_KEY).set_value(4).run()
    assert "**4**, from row 2, column 2" in said(app)
    assert spoken(app)[1] == whole


def test_another_kernel_gives_another_output_and_is_kept():
    app = visit("upsampling")
    app.button(key="inside-kernel-ones").click().run()
    ones = "1 1 3 2; 1 1 3 2; 4 4 10 6; 3 3 7 4"
    assert spoken(app)[2] == ones
    go_to(app, "dataset").run()
    go_to(app, "inside").run()
    assert spoken(app)[2] == ones


def test_numbers_are_short_and_zero_has_no_sign():
    assert [upsampling_view._short(value) for value in (0.25, 3.0, -1.5, -0.0, -0.001)] == [
        "0.25",
        "3",
        "-1.5",
        "0",
        "0",
    ]


# The article


def test_every_mistake_of_the_article_has_an_answer():
    found = said(visit("article"))
    for mistake in article_view.MISTAKES:
        assert EN[f"wrong_{mistake}"] in found
        assert EN[f"ours_{mistake}"] in found


def test_the_measured_runs_are_all_in_the_table():
    compared, table = (own.value for own in visit("article").dataframe)
    assert len(compared) == 5 and list(compared)[1:3] == list(table)[2:4]
    assert len(table) == 13
    assert table[texts("en")["common"]["mean_iou"]].max() == 0.791


# Nothing to look into


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


def test_both_languages_have_every_text():
    assert set(EN) == set(ZH)
