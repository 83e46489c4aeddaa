"""My photos: the recipe that learns from the owner's pairs, what it has brought, and how much of it is used."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from seg.data.dataset import SAMPLE_FOLDER
from seg.serve import learning, own_pairs
from seg.serve.jobs import Jobs
from seg.texts import en
from seg.training import blend
from seg.training.blend import SHARES, Blend, Quality
from seg.training.runs import PRIVATE, Run
from seg.ui.shared import choices
from tests.owners import OWNER
from tests.ui.train.helpers import TEXTS, keep, keys, make_run, open_page, weight_file, words

PAIRS = en.TEXTS["pairs"]
HELD_OUT = (0.5, 0.55, 0.62, 0.66, 0.7)  # mean IoU by share
OF_DATASET = (0.8, 0.8, 0.79, 0.78, 0.76)


@pytest.fixture
def learned(tmp_path) -> Run:
    """A finished run that has learned from pairs, not measured yet."""
    run = make_run(tmp_path, "finished", 4, "corrections")
    (run.folder / PRIVATE).touch()
    run.keep_start(run.weights)
    return run


def measured(run: Run, held_out: int, predicted: int = 0) -> None:
    blend.keep_measured(
        run,
        [
            Blend(
                share, Quality(own, own + 0.1, held_out, predicted) if held_out else None, Quality(of_dataset, 0.9, 37)
            )
            for share, own, of_dataset in zip(SHARES, HELD_OUT, OF_DATASET, strict=True)
        ],
    )


def metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.main.metric}


def table_of(app: AppTest) -> pd.DataFrame | None:
    """Before and after, side by side."""
    return next((table.value for table in app.dataframe if PAIRS["share_column"] in table.value.columns), None)


def test_without_a_pair_nothing_can_be_started_and_the_page_says_where_pairs_come_from(started):
    app = open_page(recipe="corrections")
    assert PAIRS["nothing_to_learn"] in words(app.main)
    assert app.button(key="train-start").disabled and not started


def test_pairs_are_learned_from_with_the_sample_mixed_in_whatever_dataset_is_in_use(started):
    folder = keep(4)
    app = open_page(recipe="corrections")
    assert PAIRS["counted"].format(count=4, learned=3, held_out=1) in words(app.main)
    app.button(key="train-start").click().run()
    assert not app.exception
    assert [run.data["folder"] for run in started] == [str(SAMPLE_FOLDER.resolve())]
    assert started[0].data["corrections"] == str(folder.resolve()) and started[0].is_private


def test_my_own_pet_is_learned_from_apart_from_the_corrections(started):
    folder = keep(3, own_pairs.PET)
    app = open_page(recipe="corrections")
    app.segmented_control(key="pairs-kind").set_value(own_pairs.PET).run()
    app.button(key="train-start").click().run()
    assert [run.data["corrections"] for run in started] == [str(folder.resolve())]


def test_it_goes_on_from_the_weights_in_use(started, tmp_path):
    run = make_run(tmp_path)
    keep(3)
    app = open_page(recipe="corrections", weights=run.id)
    assert "train-reset" not in keys(app.main), "nobody has changed anything"
    app.button(key="train-start").click().run()
    assert started[0].recipe.start == str(run.weights.resolve())


def test_a_stranger_sees_neither_the_run_nor_its_pictures_nor_that_it_is_trained(tmp_path, learned, visitor):
    measured(learned, 6)
    visitor(listens_on="0.0.0.0")
    for query in ({}, {"runs": learned.id, "weights": learned.id}):
        app = open_page(**query)
        assert learned.id not in words(app) + str([select.options for select in app.selectbox])
        assert not app.get("image") and not app.dataframe
        assert PAIRS["gain"] not in words(app.main)
    with learned.claim():
        learned.set_status(make_run(tmp_path, "running", 2).status())
        shutil.rmtree(sorted((tmp_path / "runs").iterdir())[-1])
        app = open_page()
        assert not app.get("progress") and learned.id not in words(app)


def test_the_owner_is_told_that_nobody_else_sees_the_run(learned):
    app = open_page()
    assert PAIRS["private"] in words(app.main)
    assert app.get("image")
    assert TEXTS["last_text"].split("{")[0] in words(app.main)


def test_a_public_run_has_no_before_and_after(tmp_path):
    make_run(tmp_path)
    assert PAIRS["gain"] not in words(open_page().main)


def test_it_is_measured_by_a_button_with_its_progress(learned, monkeypatch):
    jobs: Jobs = Jobs("learning", 1)
    monkeypatch.setattr(learning, "measurements", jobs)
    asked = []

    def measure(run, progress, turn):
        asked.append(run)
        progress(3, 20)
        measured(run, 6)

    monkeypatch.setattr(learning, "measure", measure)
    app = open_page()
    assert table_of(app) is None
    app.button(key="learned-measure").click().run()
    jobs.wait(20)
    app.run()
    assert asked == [learned] and table_of(app) is not None


def test_before_and_after_stand_side_by_side_and_the_slider_says_what_each_share_gives(learned):
    measured(learned, 6)
    app = open_page()
    table = table_of(app)
    assert list(table[PAIRS["share_column"]]) == [100 * share for share in SHARES]
    assert list(table[PAIRS["yours"]]) == [100 * value for value in HELD_OUT]
    assert list(table[PAIRS["test"]]) == [100 * value for value in OF_DATASET]
    assert PAIRS["test_are"].format(count=37) in words(app.main)
    yours, others = "Mean IoU, 6 of yours", "Mean IoU, 37 test photos"
    assert metrics(app)[yours] == ("70.0%", "+20.0 points") and metrics(app)[others] == ("76.0%", "-4.0 points")
    app.select_slider(key=f"learned-share-{learned.id}").set_value(0.5).run()
    assert metrics(app)[yours] == ("62.0%", "+12.0 points") and metrics(app)[others] == ("79.0%", "-1.0 points")
    assert metrics(app)["Pet IoU, 37 test photos"] == ("90.0%", PAIRS["no_change"])


def test_a_browser_that_draws_the_slider_anew_shows_the_share_in_use(learned):
    measured(learned, 6)
    learning.use(OWNER, learned, 0.5)
    slider = open_page().select_slider(key=f"learned-share-{learned.id}")
    assert slider.value == 0.5 and list(slider.proto.default) == [SHARES.index(0.5)]


@pytest.mark.parametrize(("held_out", "sentence"), [(0, "no_held_out"), (2, "few_held_out")])
def test_too_few_held_out_pairs_are_said_to_say_little(learned, held_out, sentence):
    measured(learned, held_out)
    assert PAIRS[sentence].format(count=held_out) in words(open_page().main)


def test_figures_on_predictions_that_nobody_corrected_are_said_to_be_no_measure_of_quality(learned):
    measured(learned, 6)
    before = PAIRS["predicted_held_out"].split("{")[0]
    assert before not in words(open_page().main)
    measured(learned, 6, predicted=2)
    assert PAIRS["predicted_held_out"].format(count=2, photos=6) in words(open_page().main)


def test_a_share_is_used_on_every_page_by_a_button(learned):
    measured(learned, 6)
    used = []
    app = open_page()
    app.select_slider(key=f"learned-share-{learned.id}").set_value(0.5).run()
    app.button(key="learned-use").click().run()
    assert not app.exception
    assert blend.share_in_use(learned) == 0.5
    assert app.session_state[choices.WEIGHTS_KEY] == learned.id
    assert app.button(key="learned-use").disabled and not used


def test_weights_that_cannot_be_averaged_are_a_sentence(learned, tmp_path):
    learned.keep_start(weight_file(tmp_path / "signed.safetensors", scaling="signed"))
    app = open_page()
    app.select_slider(key=f"learned-share-{learned.id}").set_value(0.25).run()
    app.button(key="learned-use").click().run()
    assert "nothing lies between" in " ".join(error.value for error in app.error)
    assert np.isclose(blend.share_in_use(learned), 1.0)
