"""A run while it is trained."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from seg.pictures import save_picture
from seg.texts import en
from tests.ui.train.helpers import TEXTS, keys, make_run, open_page, words


def test_a_visitor_sees_the_run_that_goes_on_and_cannot_start_another(active):
    app = open_page()
    assert f"Now: {active.id}" in words(app.main)
    assert "train-start" not in keys(app.main) and "demo-start" not in keys(app.sidebar)
    shown = {metric.label: metric.value for metric in app.main.metric}
    assert shown == {
        "Loss": "0.432",
        "Pixel accuracy": "87.6%",
        "Mean IoU": "65.4%",
        "Mean IoU, validation": "22.0%",
        "Photos per second": "6.2",
    }


def test_the_bar_says_where_it_is_and_how_long_it_takes(active):
    expected = "Epoch 3 of 4 · step 3 of 12 · 1 min 15 s to go"
    app = open_page()
    bars = [element.proto for element in app.get("progress")]
    assert [bar.text for bar in bars] == [expected, expected]  # in the sidebar and on the page
    assert {bar.value for bar in bars} == {56}


@pytest.mark.parametrize("key", ["train-stop", "sidebar-stop"])
def test_stop_asks_the_run_to_save_and_says_so(active, key):
    app = open_page()
    app.button(key=key).click().run()
    assert active.status().state == "stopping"
    app.run()
    assert app.main.caption and TEXTS["stopping"] in words(app.main)
    assert TEXTS["stopping"] in words(app.sidebar)
    assert not {"train-stop", "sidebar-stop"} & keys(app)


def test_the_slider_stays_at_the_newest_epoch_until_it_is_moved(active):
    app = open_page()
    slider = f"live-epoch-{active.id}"
    assert app.slider(key=slider).value == 2
    save_picture(np.zeros((9, 9, 3), np.uint8), active.folder / "triptychs" / "epoch-003.png")
    assert app.run().slider(key=slider).value == 3
    app.slider(key=slider).set_value(1).run()
    save_picture(np.zeros((9, 9, 3), np.uint8), active.folder / "triptychs" / "epoch-004.png")
    assert app.run().slider(key=slider).value == 1


def test_photos_are_cited_where_they_are_those_of_oxford(tmp_path, small_dataset):
    run = make_run(tmp_path)
    small_dataset(("rex_at_home", "tom_2", "IMG_0001"), folder="others")
    for folder, cited in (("pets", True), ("others", False)):
        (run.folder / "data.json").write_text(json.dumps({"folder": folder, "title": folder}))
        assert (en.TEXTS["common"]["cite"] in words(open_page().main)) == cited


def test_while_a_run_is_trained_the_page_says_why_no_other_is_offered(active):
    app = open_page()
    assert TEXTS["one_at_a_time"] in words(app.main)
    assert en.TEXTS["sidebar"]["one_at_a_time"] in words(app.sidebar)


def test_before_the_first_point_the_page_says_how_long_it_takes(tmp_path):
    run = make_run(tmp_path, "starting", 0)
    with run.claim():
        app = open_page()
        assert TEXTS["first_point"] in words(app.main)
        assert not app.exception and not app.error


def test_a_run_watched_to_its_end_is_the_one_shown(tmp_path):
    run = make_run(tmp_path, "running", 2)
    older = make_run(tmp_path)
    with run.claim():
        app = open_page()
    run.set_status(replace(run.status(), state="finished"))
    app.run()
    assert older.id > run.id  # the newest by name, which would be shown otherwise
    assert app.multiselect(key="runs").value == [run.id]
    assert "train-start" in keys(app.main)
