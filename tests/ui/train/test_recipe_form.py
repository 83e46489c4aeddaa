"""A new training: the settings of a recipe, and what is started with them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from seg.data.dataset import SAMPLE_FOLDER, Dataset
from seg.texts import en, zh
from seg.training.epoch import Epoch
from seg.training.recipe import RECIPES
from seg.ui.shared.select_box import widget_key
from tests.ui.pages import go_to
from tests.ui.train.helpers import TEXTS, keep, keys, make_run, open_page, weight_file, words


def test_the_page_opens_with_what_it_is_for_and_says_that_nothing_was_trained():
    app = open_page()
    assert app.title[0].value == "Train"
    assert app.main.markdown[0].value == TEXTS["purpose"]
    assert TEXTS["no_runs"] in words(app.main)
    assert not app.exception and not app.error


def test_it_says_what_the_network_learns_from():
    assert "pets: 5 photos for training, 1 for validation" in words(open_page().main).replace("**", "")


def test_with_the_sample_it_says_how_much_of_the_dataset_that_is(monkeypatch):
    monkeypatch.delenv("SEG_DATA")
    assert en.TEXTS["common"]["sample_note"] in words(open_page().main)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_that_nobody_changed_is_started_as_it_is(started, name):
    pairs = {"corrections": str(keep(3).resolve())} if name == "corrections" else {}
    app = open_page(recipe=name)
    assert TEXTS[f"recipe_{name}_text"] in words(app.main)
    app.button(key="train-start").click().run()
    assert [run.recipe for run in started] == [RECIPES[name]]
    # Pairs of one's own are mixed with the sample.
    folder, title = (SAMPLE_FOLDER, Dataset.SAMPLE_TITLE) if pairs else (Path("pets"), "pets")
    assert started[0].data == {"folder": str(folder.resolve()), "title": title, **pairs}


@pytest.mark.parametrize("name", RECIPES)
def test_every_setting_has_a_word_of_help(name):
    main = open_page(recipe=name).main
    fields = [*main.number_input, *main.selectbox]
    assert len(fields) >= 17
    assert all(len(field.help) > 40 for field in fields)


def test_settings_are_what_is_started(started):
    app = open_page()
    values = {"0-epochs": 7, "0-steps": 0, "0-batch": 4, "0-rate": 0.002, "weight_decay": 0.01, "seed": 5}
    for name, value in values.items():
        app.number_input(key=f"train-demo-{name}").set_value(value)
    choices = {"0-frozen": 3, "0-size": 96, "0-augmentation": "mirror", "scaling": "signed", "split_scheme": "article"}
    for name, value in choices.items():
        app.selectbox(key=widget_key(f"train-demo-{name}")).set_value(value)
    app.run()
    app.button(key="train-start").click().run()
    recipe = started[0].recipe
    phase = recipe.phases[0]
    assert (phase.epochs, phase.steps, phase.batch, phase.decoder_learning_rate, phase.size) == (7, None, 4, 0.002, 96)
    assert (phase.frozen_blocks, phase.encoder_learning_rate) == (3, pytest.approx(1e-4))
    assert phase.augmentation.mirror and phase.augmentation.min_area == 1
    assert (recipe.scaling, recipe.split_scheme, recipe.weight_decay, recipe.seed) == ("signed", "article", 0.01, 5)


def test_a_run_has_the_name_that_the_visitor_gives_it(started):
    app = open_page()
    app.text_input(key="train-name").set_value("high rate").run()
    app.button(key="train-start").click().run()
    assert started[0].title == "high rate"
    assert "Now: high rate" in words(app.main)


def test_the_summary_counts_the_steps_that_will_really_run():
    app = open_page()
    for name, value in {"epochs": 4, "steps": 24, "batch": 3}.items():
        app.number_input(key=f"train-demo-0-{name}").set_value(value)
    text = words(app.run().main)
    assert "5 photos in batches of 3 make 2 steps an epoch, not 24." in text
    assert "4 epochs with 8 steps in all, in which 20 photos are shown." in text
    assert TEXTS["mixed_sizes"] not in text
    assert TEXTS["mixed_sizes"] in words(open_page(recipe="corrections").main)


def test_settings_go_back_to_the_recipes_own(started):
    app = open_page()
    assert "train-reset" not in keys(app.main)
    app.number_input(key="train-demo-0-epochs").set_value(9).run()
    assert app.number_input(key="train-demo-0-epochs").proto.default == 9, "a browser that draws it anew keeps it"
    app.button(key="train-reset").click().run()
    assert app.number_input(key="train-demo-0-epochs").value == RECIPES["demo"].epochs
    assert "train-reset" not in keys(app.main)


def test_settings_outlive_another_page_and_another_language():
    app = open_page()
    app.number_input(key="train-demo-0-epochs").set_value(9).run()
    go_to(app, "dataset").run()
    go_to(app, "train").run()
    app.segmented_control(key="lang").set_value("zh").run()
    assert app.number_input(key="train-demo-0-epochs").value == 9
    assert app.title[0].value == zh.TEXTS["train"]["title"]


def test_an_epoch_shows_no_photo_twice_and_the_page_counts_so():
    app = open_page()  # demo: 8 epochs of 12 steps with 4 photos; there are 5, which make 2 steps
    assert "8 epochs with 16 steps in all, in which 40 photos are shown" in words(app.main)


def test_steps_of_several_sizes_are_counted_as_they_will_run():
    app = open_page(recipe="best")
    phases = RECIPES["best"].phases
    epochs = [phase for phase in phases for _ in range(phase.epochs)]
    steps = sum(len(Epoch(phase, 5, RECIPES["best"].seed + number)) for number, phase in enumerate(epochs, 1))
    assert f"{len(epochs)} epochs with {steps} steps in all, in which {5 * len(epochs)} photos are shown" in words(
        app.main
    )


def test_it_counts_the_photos_of_the_recipes_split_scheme_and_those_that_it_validates_on(monkeypatch):
    monkeypatch.delenv("SEG_DATA")
    official, article = (Dataset.open(split_scheme=scheme) for scheme in (None, "article"))
    assert len(official.split("train")) != len(article.split("train"))
    text = words(open_page(recipe="article").main)
    training, validation = (len(article.split(name)) for name in ("train", "validation"))
    assert f"{training} photos for training, {validation} for validation" in text.replace("**", "")


def test_a_recipe_that_validates_on_few_photos_says_how_few(monkeypatch):
    monkeypatch.delenv("SEG_DATA")
    few = replace(RECIPES["demo"], validation_photos=4)
    monkeypatch.setitem(RECIPES, "demo", few)
    assert "98 photos for training, 4 for validation" in words(open_page().main).replace("**", "")


def test_a_training_from_weights_keeps_the_scaling_they_know(tmp_path, started):
    run = make_run(tmp_path)
    weight_file(run.weights, "signed")
    app = open_page()
    app.selectbox(key=widget_key("train-demo-start_from")).set_value(run.id).run()
    assert app.selectbox(key=widget_key("train-demo-scaling")).disabled
    app.button(key="train-start").click().run()
    assert started[0].recipe.scaling == "signed"
    assert started[0].recipe.start == str(run.weights.resolve())


def test_no_path_of_the_server_is_shown(tmp_path, started):
    run = make_run(tmp_path)
    recipe = replace(run.recipe, start=str(tmp_path / "runs" / "older" / "weights.safetensors"))
    (run.folder / "recipe.json").write_text(recipe.to_json())
    app = open_page()
    assert json.loads(app.main.json[0].value)["start"] == "older"
    assert str(tmp_path) not in words(app.main)


def test_without_photos_to_learn_from_there_is_no_start(monkeypatch, small_dataset):
    root = small_dataset(folder="bare")
    for photo in (root / "images").iterdir():
        photo.write_bytes(b"no picture")
    monkeypatch.setenv("SEG_DATA", str(root))
    app = open_page()
    assert TEXTS["no_photos"] in words(app.main)
    assert app.button(key="train-start").disabled


def test_a_dataset_that_cannot_be_opened_is_a_sentence_and_the_runs_are_still_there(monkeypatch, tmp_path):
    make_run(tmp_path)
    monkeypatch.setenv("SEG_DATA", str(tmp_path / "nowhere"))
    app = open_page()
    assert "nowhere" in app.main.error[0].value
    assert len(app.main.dataframe[0].value) == 1
    assert not app.exception
