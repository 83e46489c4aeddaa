"""All runs: the table, and using, resuming, comparing, deleting one."""

from __future__ import annotations

import json

import pytest

from seg.training import runs
from seg.ui.shared import choices
from seg.ui.shared.select_box import widget_key
from seg.ui.train import curves_view
from tests.ui.pages import tick, ticked
from tests.ui.train.helpers import TEXTS, keys, make_run, open_page, words


def test_the_table_has_every_run_newest_first(tmp_path):
    first = make_run(tmp_path, "stopped", 1, "article")
    second = make_run(tmp_path, "finished", 3, "demo", seconds=3700.0)
    table = open_page().main.dataframe[0].value
    assert list(table["Run"]) == [second.id, first.id]
    row = table.iloc[0]
    assert (row["Recipe"], row["Dataset"], row["State"], row["Time"]) == ("Demo", "pets", "finished", "1 h 1 min")
    assert row["Mean IoU"] == pytest.approx(50)  # percent


def test_a_run_whose_folder_is_damaged_is_shown_as_far_as_it_goes(tmp_path):
    run = make_run(tmp_path)
    for name in ("recipe.json", "data.json", "status.json", "history.csv"):
        (run.folder / name).write_text("{]")
    app = open_page()
    row = app.main.dataframe[0].value.iloc[0]
    assert (row["Run"], row["Recipe"], row["Dataset"]) == (run.id, "–", "–")
    assert not app.exception


def test_on_a_phone_the_table_begins_with_the_number_the_name_and_the_state(tmp_path):
    make_run(tmp_path)
    table = open_page().main.dataframe[0].value
    assert list(table)[:3] == [TEXTS["best"], TEXTS["run"], TEXTS["state"]]


def test_a_run_that_somebody_names_has_the_name_wherever_it_is_shown(tmp_path):
    run, other = make_run(tmp_path), make_run(tmp_path)
    app = open_page(runs=run.id)
    app.text_input(key=f"run-name-{run.id}").set_value("  a *high*\nrate ").run()
    assert run.name == "a *high* rate"
    assert run.title in list(app.main.dataframe[0].value["Run"])
    assert run.title in app.multiselect(key="runs").options
    assert f"Run {run.title}" in app.sidebar.selectbox[0].options
    assert "**a *high* rate**" in words(app.main)
    field = open_page(runs=run.id).text_input(key=f"run-name-{run.id}")
    assert field.proto.default == run.name, "a browser that draws it anew would take the name away"
    other.rename(run.name)
    titles = app.run().sidebar.selectbox[0].options
    assert {f"Run {run.name} ({one.id})" for one in (run, other)} < set(titles), "each is told from the other"
    assert list(curves_view._histories([run, other])) == [f"{run.name} ({one.id})" for one in (run, other)]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("run.stopped_in_epoch", "Stopped on request after step 5 of epoch 3"),
        ("run.stopped_after_epoch", "Stopped on request after epoch 3"),
        ("run.waiting", TEXTS["why_waiting"]),
    ],
)
def test_a_stopped_run_says_where_it_was_stopped_and_what_to_do_next(tmp_path, code, said):
    run = make_run(tmp_path, "stopped", 2)
    run.set_status(run.status().with_message(code, step=5, epoch=3, command="seg"))
    text = words(open_page(runs=run.id).main)
    assert said in text and TEXTS["next_unfinished"] in text


def test_a_run_whose_photos_changed_says_so_for_good(tmp_path):
    run = make_run(tmp_path)
    run.set_status(run.status().with_note("run.photos_changed", before=6, now=5, epoch=2))
    run.set_status(run.status().with_message("run.waiting"))
    assert "(6 to train before, 5 now): epoch 2 was begun anew." in words(open_page(runs=run.id).main)


def test_a_finished_run_says_what_to_do_next(tmp_path):
    make_run(tmp_path)
    assert TEXTS["next_finished"] in words(open_page().main)


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
    assert app.sidebar.selectbox(key=widget_key(choices.WEIGHTS_KEY)).value == run.id
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
    # AppTest runs the complete page where a browser runs the dialog alone: press both again.
    app.button(key="run-delete").click()
    app.button(key="delete-yes").click().run()
    assert not run.folder.exists()
    assert TEXTS["no_runs"] in words(app.main)


def test_weights_of_a_deleted_run_give_way_to_those_that_ship(tmp_path):
    run = make_run(tmp_path)
    app = open_page(weights=run.id)
    assert app.sidebar.selectbox(key=widget_key(choices.WEIGHTS_KEY)).value == run.id
    runs.delete_run(run)
    app.run()
    assert app.sidebar.selectbox(key=widget_key(choices.WEIGHTS_KEY)).value == choices.SHIPPED
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


def test_runs_are_looked_at_by_ticking_their_rows_and_the_rows_follow_the_field(tmp_path):
    names = [make_run(tmp_path).id for _ in range(3)][::-1]  # newest first, as the table has them
    app = open_page()
    assert ticked(app, "runs-table") == [0]
    tick(app, "runs-table", [1, 2])
    assert app.multiselect(key="runs").value == names[1:] and TEXTS["dashes"] in words(app.main)
    app.multiselect(key="runs").set_value([names[2], names[0]]).run()
    assert ticked(app, "runs-table") == [0, 2]
    assert tick(app, "runs-table", []).multiselect(key="runs").value == [] and not app.exception


def test_a_button_that_is_pressed_while_rows_are_ticked_is_not_forgotten(tmp_path):
    runs = [make_run(tmp_path) for _ in range(2)][::-1]
    app = open_page()
    app.button(key="run-delete").click()
    tick(app, "runs-table", [1])
    assert TEXTS["delete_text"].format(run=runs[1].title) in words(app)


def test_back_undoes_the_choice_of_runs(tmp_path):
    runs = [make_run(tmp_path), make_run(tmp_path, "stopped", 2)]
    app = open_page()
    (usual,) = app.multiselect(key="runs").value
    app.multiselect(key="runs").set_value([run.id for run in runs]).run()
    app.multiselect(key="runs").set_value([]).run()
    assert "runs" not in app.query_params
    app.query_params["runs"] = [run.id for run in runs]
    assert app.run().multiselect(key="runs").value == [run.id for run in runs]
    app.multiselect(key="runs").set_value([usual]).run()
    app.query_params["runs"] = [runs[0].id, runs[1].id]
    assert len(app.run().multiselect(key="runs").value) == 2
    del app.query_params["runs"]
    assert app.run().multiselect(key="runs").value == [usual]
