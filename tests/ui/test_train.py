"""The Train page and the sidebar's demo: starting, watching, stopping, going on, comparing, using, deleting."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest

from seg.data.dataset import Dataset
from seg.network.weights import FORMAT
from seg.pictures import save_picture
from seg.serve import trainings
from seg.serve.errors import BusyError
from seg.texts import en, zh
from seg.training import runs
from seg.training.recipe import RECIPES, Recipe
from seg.training.runs import Run, Status
from seg.ui.shared import choices, run_status
from seg.ui.train import curves_view
from tests.ui.pages import go_to

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
TEXTS = en.TEXTS["train"]
HISTORY = "epoch,loss,pixel_accuracy,mean_iou,val_loss,val_pixel_accuracy,val_mean_iou,photos_per_second\n"
LIVE = "epoch,loss,pixel_accuracy,mean_iou\n"


def weight_file(path: Path, scaling: str = "imagenet", split: str = "validation", photos: int = 9) -> Path:
    """A weight file by its header; nobody here loads a network."""
    metrics = json.dumps({"mean_iou": 0.7, "split": split, "photos": photos})
    save_file({"x": np.zeros(1)}, path, {"format": FORMAT, "scaling": scaling, "metrics": metrics})
    return path


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small_dataset) -> None:
    """A server with weights, a small dataset and no runs yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "shipped.safetensors")))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs whose process would have been started; none is."""
    begun: list[Run] = []

    def start(run: Run) -> SimpleNamespace:
        begun.append(run)
        run.set_status(replace(run.status(), state="starting"))
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(runs, "start_process", start)
    return begun


def make_run(tmp_path: Path, state: str = "finished", epochs: int = 3, recipe: str = "demo", **status) -> Run:
    """A run that has trained ``epochs`` epochs, as its folder would be."""
    run = runs.create_run(Recipe.named(recipe), tmp_path / "pets", "pets", tmp_path / "runs")
    best = 0.2 + 0.1 * epochs if epochs else None
    told = Status(state=state, epoch=epochs, epochs=4, seconds=125.0, best_mean_iou=best, best_epoch=epochs or None)
    run.set_status(replace(told, **status))
    numbers = range(1, epochs + 1)
    (run.folder / "history.csv").write_text(
        HISTORY + "".join(f"{n},{1 / n},0.{n}5,0.{n}1,{1.1 / n},0.{n}4,0.{n}2,7.5\n" for n in numbers)
    )
    (run.folder / "triptychs").mkdir()
    for n in numbers:
        save_picture(np.full((30, 40, 3), 40 * n, np.uint8), run.folder / "triptychs" / f"epoch-{n:03d}.png")
    if epochs:
        weight_file(run.weights)
    return run


@pytest.fixture
def active(tmp_path: Path) -> Iterator[Run]:
    """A run in the middle of its third epoch, with a process that holds its lock."""
    run = make_run(
        tmp_path, "running", 2, step=3, steps=12, eta=75.0, activity="training", photos_per_second=6.25, loss=0.4321
    )
    (run.folder / "steps.csv").write_text(LIVE + "0.5,1.2,0.5,0.3\n2.25,0.4321,0.876,0.654\n")
    with run.claim():
        yield run


def open_page(page: str = "train", **query: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    go_to(app, page)
    return app.run()


def words(part) -> str:
    """All that can be read on a part of the page, as people read it: without Markdown's backslashes."""
    read = [*part.markdown, *part.caption, *part.info, *part.warning, *part.error, *part.header]
    return re.sub(r"\\(.)", r"\1", "\n".join(element.value for element in read))


def keys(part) -> set[str]:
    return {button.key for button in part.button}


# A new training


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
    app = open_page(recipe=name)
    assert TEXTS[f"recipe_{name}_text"] in words(app.main)
    app.button(key="train-start").click().run()
    assert [run.recipe for run in started] == [RECIPES[name]]
    assert started[0].data == {"folder": str(Path("pets").resolve()), "title": "pets"}


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
        app.selectbox(key=f"train-demo-{name}").set_value(value)
    app.run()
    app.button(key="train-start").click().run()
    recipe = started[0].recipe
    phase = recipe.phases[0]
    assert (phase.epochs, phase.steps, phase.batch, phase.decoder_learning_rate, phase.size) == (7, None, 4, 0.002, 96)
    assert (phase.frozen_blocks, phase.encoder_learning_rate) == (3, pytest.approx(1e-4))
    assert phase.augmentation.mirror and phase.augmentation.min_area == 1
    assert (recipe.scaling, recipe.split_scheme, recipe.weight_decay, recipe.seed) == ("signed", "article", 0.01, 5)


def test_settings_go_back_to_the_recipes_own(started):
    app = open_page()
    assert "train-reset" not in keys(app.main)
    app.number_input(key="train-demo-0-epochs").set_value(9).run()
    app.button(key="train-reset").click().run()
    assert app.number_input(key="train-demo-0-epochs").value == RECIPES["demo"].epochs
    assert "train-reset" not in keys(app.main)


@pytest.mark.parametrize(
    ("split", "photos", "english", "chinese"),
    [
        ("validation", 1143, "Mean IoU 0.700 on 1,143 validation photos", "平均 IoU 0.700（1,143 张验证照片）"),
        ("test", 460, "Mean IoU 0.700 on 460 test photos", "平均 IoU 0.700（460 张测试照片）"),
    ],
)
def test_the_sidebar_says_in_the_visitors_language_what_the_weights_were_measured_on(
    split, photos, english, chinese, monkeypatch, tmp_path
):
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "other.safetensors", split=split, photos=photos)))
    app = open_page()
    assert english in [caption.value for caption in app.sidebar.caption]
    app.segmented_control(key="lang").set_value("zh").run()
    assert chinese in [caption.value for caption in app.sidebar.caption]


def test_the_sidebar_shows_no_mean_iou_of_weights_that_do_not_say_on_which_photos(monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "other.safetensors", split="*mine*")))
    assert not any("0.700" in caption.value for caption in open_page().sidebar.caption)


def test_settings_outlive_another_page_and_another_language():
    app = open_page()
    app.number_input(key="train-demo-0-epochs").set_value(9).run()
    go_to(app, "dataset").run()
    go_to(app, "train").run()
    app.segmented_control(key="lang").set_value("zh").run()
    assert app.number_input(key="train-demo-0-epochs").value == 9
    assert app.title[0].value == zh.TEXTS["train"]["title"]


def test_an_epoch_shows_no_photo_twice_and_the_page_counts_so():
    app = open_page()  # demo: 4 epochs of 12 steps with 16 photos; there are 5
    assert "4 epochs with 4 steps in all, in which 20 photos are shown" in words(app.main)


def test_a_training_from_weights_keeps_the_scaling_they_know(tmp_path, started):
    run = make_run(tmp_path)
    weight_file(run.weights, "signed")
    app = open_page()
    app.selectbox(key="train-demo-start_from").set_value(run.id).run()
    assert app.selectbox(key="train-demo-scaling").disabled
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


def test_a_process_that_ends_at_once_is_told_with_its_last_words(monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho something\necho 'ImportError: no *tensorflow* here' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(runs.sys, "executable", str(python))
    app = open_page()
    app.button(key="train-start").click().run()
    run = runs.list_runs(tmp_path / "runs")[0]
    for _ in range(100):
        if run.status().state == "failed":
            break
        time.sleep(0.05)
        app.run()
    assert "ImportError: no *tensorflow* here" in run.status().message
    app.run()
    assert "ImportError: no *tensorflow* here" in words(app.sidebar)
    assert "ImportError: no *tensorflow* here" in words(app.main)
    assert "train-start" in keys(app.main)


def test_a_process_that_cannot_be_started_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(runs.sys, "executable", str(tmp_path / "gone"))
    app = open_page()
    app.button(key="train-start").click().run()
    assert app.main.error[0].value.startswith("The training could not be started (No such file")
    assert runs.list_runs(tmp_path / "runs")[0].status().state == "failed"


# While it runs


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


def test_two_who_press_at_once_get_one_run_and_one_sentence(active, started):
    with pytest.raises(BusyError, match=active.id):
        trainings.start(Recipe.named("demo"), Dataset.open())
    with pytest.raises(BusyError, match=active.id):
        trainings.resume(active)
    assert not started


@pytest.mark.parametrize("key", ["train-stop", "sidebar-stop"])
def test_stop_asks_the_run_to_save_and_says_so(active, key):
    app = open_page()
    app.button(key=key).click().run()
    assert active.stop_file.exists()
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


def test_photos_are_cited(tmp_path):
    run = make_run(tmp_path)
    (run.folder / "data.json").write_text(json.dumps({"folder": "pets", "title": "pets"}))
    assert en.TEXTS["common"]["cite"] in words(open_page().main)


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


# All runs


def test_the_table_has_every_run_newest_first(tmp_path):
    first = make_run(tmp_path, "stopped", 1, "article")
    second = make_run(tmp_path, "finished", 3, "demo", seconds=3700.0)
    table = open_page().main.dataframe[0].value
    assert list(table["Run"]) == [second.id, first.id]
    row = table.iloc[0]
    assert (row["Recipe"], row["Dataset"], row["State"], row["Time"]) == ("Demo", "pets", "finished", "1 h 1 min")
    assert row["Best mean IoU"] == pytest.approx(0.5)


def test_a_run_whose_folder_is_damaged_is_shown_as_far_as_it_goes(tmp_path):
    run = make_run(tmp_path)
    for name in ("recipe.json", "data.json", "status.json", "history.csv"):
        (run.folder / name).write_text("{]")
    app = open_page()
    row = app.main.dataframe[0].value.iloc[0]
    assert (row["Run"], row["Recipe"], row["Dataset"]) == (run.id, "–", "–")
    assert not app.exception


def test_a_finished_run_cannot_go_on_and_a_stopped_one_can(tmp_path, started):
    finished, stopped = make_run(tmp_path), make_run(tmp_path, "stopped", 2)
    assert "run-resume" not in keys(open_page(runs=finished.id).main)
    open_page(runs=stopped.id).button(key="run-resume").click().run()
    assert started == [stopped]


@pytest.mark.parametrize(("state", "said"), [("failed", "the disk is full"), ("running", "ended from outside")])
def test_a_run_that_broke_says_why_and_can_go_on(tmp_path, started, state, said):
    run = make_run(tmp_path, state, 2, message="the disk is full")  # running, with no process: interrupted
    app = open_page(runs=run.id)
    assert said in words(app.main) and said in words(app.sidebar)
    app.button(key="run-resume").click().run()
    assert started == [run]


def test_while_another_is_trained_no_run_goes_on(active, tmp_path):
    stopped = make_run(tmp_path, "stopped", 2)
    assert open_page(runs=stopped.id).button(key="run-resume").disabled


def test_a_runs_weights_are_used_with_one_click(tmp_path):
    run = make_run(tmp_path)
    app = open_page()
    app.button(key="run-use").click().run()
    assert app.sidebar.selectbox(key=choices.WEIGHTS_KEY).value == run.id
    assert run.id in app.query_params[choices.WEIGHTS_KEY]
    assert app.button(key="run-use").disabled


def test_weights_and_history_can_be_downloaded(tmp_path):
    run = make_run(tmp_path)
    labels = [button.proto.label for button in open_page().main.get("download_button")]
    assert labels[:3] == [TEXTS["download_weights"], TEXTS["download_history"], TEXTS["download_curves"]]
    assert curves_view._png([run]).startswith(b"\x89PNG")


def test_delete_asks_first(tmp_path):
    run = make_run(tmp_path)
    app = open_page()
    app.button(key="run-delete").click().run()
    assert run.folder.is_dir()
    app.button(key="delete-no").click().run()
    assert run.folder.is_dir()
    app.button(key="run-delete").click().run()
    # AppTest runs the whole page where a browser runs the dialog alone: press both again.
    app.button(key="run-delete").click()
    app.button(key="delete-yes").click().run()
    assert not run.folder.exists()
    assert TEXTS["no_runs"] in words(app.main)


def test_weights_of_a_deleted_run_give_way_to_those_that_ship(tmp_path):
    run = make_run(tmp_path)
    app = open_page(weights=run.id)
    assert app.sidebar.selectbox(key=choices.WEIGHTS_KEY).value == run.id
    runs.delete_run(run)
    app.run()
    assert app.sidebar.selectbox(key=choices.WEIGHTS_KEY).value == choices.SHIPPED
    assert not app.exception and not app.error


def test_several_runs_are_compared_and_the_address_brings_them_back(tmp_path):
    first, second = make_run(tmp_path), make_run(tmp_path, "stopped", 2)
    app = open_page(runs=[first.id, second.id, "../../etc", "gone"])
    assert app.multiselect(key="runs").value == [first.id, second.id]
    assert TEXTS["dashes"] in words(app.main)
    assert "run-delete" not in keys(app.main)
    charts = [json.loads(chart.proto.spec) for chart in app.main.get("vega_lite_chart")]
    assert len(charts) == 3
    assert charts[0]["layer"][0]["encoding"]["color"]["scale"]["domain"] == [first.id, second.id]
    older = min(first.id, second.id, key=lambda run_id: (len(run_id), run_id))
    app.multiselect(key="runs").set_value([older]).run()
    assert older in app.query_params["runs"]


def test_curves_are_live_within_the_epoch_for_one_run_and_by_epoch_for_several(active):
    history, live = active.history(), active.live()
    alone = curves_view._points(active.id, history, live, "loss")
    assert [row["epoch"] for row in alone if row["split"] == "training"] == [0.5, 2.25]
    assert [row["value"] for row in alone if row["split"] == "validation"] == [1.1, 0.55]
    together = curves_view._points(active.id, history, [], "loss")
    assert [row["epoch"] for row in together if row["split"] == "training"] == [1, 2]


def test_a_long_run_has_no_more_points_than_a_chart_can_show_and_keeps_the_last():
    rows = [{"epoch": number} for number in range(10_001)]
    thinned = curves_view._thinned(rows)
    assert len(thinned) <= curves_view.MOST_POINTS
    assert thinned[-1] == rows[-1]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")]
)
def test_times_are_said_as_people_say_them(seconds, said):
    assert run_status.duration(seconds) == said


@pytest.mark.parametrize("texts", [en.TEXTS, zh.TEXTS])
def test_every_state_has_its_word(texts):
    states = {*runs.ACTIVE, "stopped", "finished", "failed", "interrupted"}
    assert {f"state_{state}" for state in states} <= set(texts["train"])


# The sidebar, on every page


def test_the_sidebar_starts_a_demo_with_its_settings(started):
    app = open_page("dataset")
    epochs, steps, batch, rate = app.sidebar.number_input
    epochs.set_value(2)
    steps.set_value(3)
    batch.set_value(4)
    rate.set_value(0.002)
    app.sidebar.radio[0].set_value(False)
    app.sidebar.button(key="demo-start").click().run()
    phase = started[0].recipe.phases[0]
    assert (phase.epochs, phase.steps, phase.batch, phase.decoder_learning_rate) == (2, 3, 4, 0.002)
    assert (phase.frozen_blocks, phase.encoder_learning_rate) == (0, pytest.approx(0.0002))
    assert f"Training {started[0].id}" in words(app.sidebar)


def test_the_sidebar_says_how_the_last_training_went(tmp_path):
    make_run(tmp_path, "stopped", 2)
    assert "Last training: stopped, best mean IoU 0.400" in words(open_page("dataset").sidebar)


def test_a_real_child_that_is_still_starting_is_left_alone(tmp_path):
    run = make_run(tmp_path, "starting", 0)
    with subprocess.Popen(["sleep", "60"]) as process:
        trainings._processes[run] = process
        assert trainings.active() == run
        process.kill()
        process.wait()
        assert trainings.active() is None
    assert "exit code -9" in run.status().message
