"""Measure: on a split that the visitor chooses, in the background, alone or beside other weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from seg.files import cache_folder
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError
from seg.serve import evaluations, networks
from seg.texts import texts
from seg.ui.shared.select_box import widget_key
from tests.ui.pages import go_to
from tests.ui.results.helpers import EN, has_button, measure, metrics, rows, visit_measure, wait


def test_nothing_is_measured_before_the_visitor_asks(weights, folder, engine):
    at = visit_measure()
    assert at.button(key="evaluate").label == "Measure 2 photos"
    assert engine.calls == 0
    assert not at.metric


def test_metrics_are_those_of_evaluate(weights, folder, report):
    at = measure(visit_measure())
    expected = report.as_dict()
    values = [expected["mean_iou"], expected["pixel_accuracy"], *expected["iou"].values()]
    assert metrics(at)[:5] == [f"{value:.1%}" for value in values]
    at_photo_size = EN["at_photo_size"].format(value=f"{expected['own_size']['mean_iou']:.1%}")
    assert at_photo_size in [caption.value for caption in at.caption]
    assert not has_button(at, "evaluate")


def test_a_second_visitor_sees_the_metrics_without_measuring(weights, folder, engine):
    first = measure(visit_measure())
    calls = engine.calls
    second = visit_measure()
    assert metrics(second) == metrics(first)
    # The predictions of the triptychs are shared, too.
    assert engine.calls == calls


def test_metrics_survive_a_restart_of_the_server(weights, folder, restart):
    before = metrics(measure(visit_measure()))
    restart()
    assert metrics(visit_measure()) == before


def test_a_damaged_report_is_measured_again(weights, folder, restart):
    measure(visit_measure())
    for file in (cache_folder() / "results").iterdir():
        file.write_text(file.read_text()[:100])
    restart()
    assert has_button(visit_measure(), "evaluate")


def test_changed_weights_are_measured_again(weights, folder):
    measure(visit_measure())
    weights.touch()
    assert has_button(visit_measure(), "evaluate")


def test_a_full_disk_keeps_the_metrics_in_memory(weights, folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("seg.serve.evaluations.cache_folder", lambda: tmp_path / "file")
    assert metrics(measure(visit_measure()))


def test_an_empty_split_is_said_in_a_sentence(weights, small_dataset, monkeypatch):
    names = ("Abyssinian_1", "pug_1")
    root = small_dataset(names, folder="no-test", trainval=names, test=("pug_404",))
    monkeypatch.setenv("SEG_DATA", str(root))
    at = visit_measure()
    assert [info.value for info in at.info] == [EN["empty_split"].format(split=EN["split_test"])]
    assert not has_button(at, "evaluate")


def test_another_split_is_another_measurement(weights, folder):
    at = measure(visit_measure())
    at.button_group(key="split").set_value("all").run()
    assert at.button(key="evaluate").label == "Measure 8 photos"


def test_progress_and_stop(weights, folder, engine):
    engine.may_go_on.clear()
    at = visit_measure()
    at.button(key="evaluate").click().run()
    assert not has_button(at, "evaluate")
    at.button(key="evaluate-stop").click().run()
    engine.may_go_on.set()
    wait(at)
    assert EN["stopped"] in [info.value for info in at.info]
    assert has_button(at, "evaluate")
    assert not at.metric
    assert metrics(measure(at))


def test_weights_that_cannot_be_loaded_are_a_sentence(weights, folder, monkeypatch):
    def fail(path: Path) -> Segmenter:
        raise WeightsError("weights_missing", path=path)

    monkeypatch.setattr(networks, "segmenter", fail)
    at = measure(visit_measure())
    assert ["no weights" in error.value for error in at.error] == [True]
    assert has_button(at, "evaluate")


def test_an_unforeseen_error_shows_no_traceback(weights, folder, monkeypatch):
    monkeypatch.setattr(networks, "segmenter", lambda path: 1 / 0)
    at = measure(visit_measure())
    assert [error.value for error in at.error] == [texts("en")["common"]["unexpected"]]


def test_two_weights_stand_side_by_side(weights, folder, run):
    at = visit_measure()
    at.selectbox(key=widget_key("compare")).select(run.id).run()
    assert at.button(key="evaluate").label == "Measure 4 photos"
    measure(at)
    assert len(at.metric) == 2 * 5 + 2 * 1  # five metrics, one species
    first, second = (float(metric.value.rstrip("%")) for metric in (at.metric[0], at.metric[5]))
    delta = float(at.metric[5].delta.split()[0])
    assert delta == pytest.approx(second - first, abs=0.11)
    assert delta
    at.button_group(key="results-order").set_value("differ").run()
    assert len(rows(at)) == 2


def test_metrics_of_the_weights_in_use_stay_while_others_are_measured(weights, folder, run):
    at = measure(visit_measure())
    before = metrics(at)
    at.selectbox(key=widget_key("compare")).select(run.id).run()
    assert at.button(key="evaluate").label == "Measure 2 photos"
    assert metrics(at) == before


def test_choices_survive_switching_pages(weights, folder):
    at = measure(visit_measure(split="all"))
    at.number_input(key="results-rows").set_value(7).run()
    go_to(at, "dataset").run()
    go_to(at, "results").run()
    assert at.button_group(key="split").value == "all"
    assert len(rows(at)) == 7


def test_an_address_that_asks_for_nonsense_is_ignored(weights, folder):
    at = visit_measure(split="../../etc", how_many="<b>", compare="nobody")
    assert at.button(key="evaluate").label == "Measure 2 photos"


def test_too_many_measurements_are_refused_in_a_sentence(weights, folder, engine, monkeypatch):
    engine.may_go_on.clear()
    monkeypatch.setattr(evaluations.evaluations, "most_waiting", -1)
    at = visit_measure()
    at.button(key="evaluate").click().run()
    assert len(at.error) == 1 and not at.exception
