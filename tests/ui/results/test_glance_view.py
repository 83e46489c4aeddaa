"""At a glance: the numbers are there at once, and the sample is measured without being asked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from seg.evaluation.stored import no_pets_of, report_file, report_of, store_report
from seg.network.weights import shipped_weights
from seg.texts import fill, texts
from tests.ui.results.helpers import EN, ZH, has_button, measure, metrics, visit, visit_measure, wait, words

CARDS = 5  # mean IoU, pixel accuracy, and the IoU of three classes

pytestmark = pytest.mark.usefixtures("small_sample")


def test_without_weights_the_page_says_what_to_do(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_WEIGHTS", str(tmp_path / "missing.safetensors"))
    at = visit()
    assert [info.value for info in at.info] == [EN["no_weights"]]
    assert not at.error


def test_the_shipped_weights_have_their_metrics_before_anything_is_measured(folder, engine):
    engine.may_go_on.clear()
    at = visit()
    report = report_of(shipped_weights())
    expected = [report.mean_iou, report.as_dict()["pixel_accuracy"], *report.as_dict()["iou"].values()]
    assert metrics(at)[:CARDS] == [f"{value:.1%}" for value in expected]
    assert EN["on_official_test"].format(count=460) in words(at)
    assert len(at.main.get("vega_lite_chart")) == 6  # confusion, photos, breeds, loss, accuracy, mean IoU
    assert not at.exception and not at.error


def test_below_the_cards_stands_what_others_measure_too_and_what_photos_without_a_pet_give(folder, engine):
    engine.may_go_on.clear()
    at = visit()
    facts, no_pets = report_of(shipped_weights()).as_dict(), no_pets_of(shipped_weights())
    together = EN["with_border"].format(name="pet", border="border", value=facts["pet_or_border_iou"])
    without = EN["on_no_pets"].format(name="pet", **no_pets._asdict())
    assert {f"{together} {EN['with_border_others']}", without} <= set(words(at))


def test_what_others_reach_on_the_official_test_photos_is_not_said_of_other_photos(weights, folder):
    said = "".join(words(wait(visit())))
    assert EN["with_border"].split("{")[0] in said and EN["with_border_others"] not in said


def test_a_stored_report_of_other_weights_is_not_shown(weights, folder, report, engine):
    store_report(report, weights)
    weights.write_bytes(b"weights that have been trained on")
    engine.may_go_on.clear()
    assert not metrics(visit())


def test_six_photos_of_the_sample_are_shown_when_they_are_measured(weights, folder, engine):
    at = wait(visit())
    shown = [text for text in words(at) if text in ("**pug_9**", "**samoyed_4**")]
    assert len(shown) == 6  # of two photos each is among the worst, the median and the best
    assert len(at.main.get("image")) >= 6 * 3
    which = EN["examples_of_sample"].format(count=2, pairs=8, total=7349)
    assert f"{which} {texts('en')['common']['cite']}" in words(at)


def test_while_the_sample_is_measured_there_is_progress_and_a_button_to_stop(weights, folder, engine):
    engine.may_go_on.clear()
    at = visit()
    assert has_button(at, "evaluate-stop")
    assert [bar.proto.text for bar in at.main.get("progress")]
    at.button(key="evaluate-stop").click().run()
    engine.may_go_on.set()
    wait(at)
    assert EN["stopped"] in words(at)
    at.button(key="examples-again").click().run()
    assert metrics(wait(at))


def test_a_second_visitor_waits_for_nothing(weights, folder, engine):
    first = metrics(wait(visit()))
    calls = engine.calls
    assert metrics(visit()) == first
    assert engine.calls == calls


def test_weights_without_a_stored_report_show_what_the_sample_gave(weights, folder):
    at = wait(visit())
    assert len(metrics(at)) == CARDS + 1  # and one species
    assert fill(
        "en", "results.on_photos", count=2, split="Test", dataset=texts("en")["sidebar"]["dataset_sample"]
    ) in words(at)


def test_a_run_shows_what_its_training_validated_and_its_curves(run, folder, run_engine):
    header = "epoch,loss,val_loss,val_mean_iou,val_pixel_accuracy,val_iou_pet,val_iou_background,val_iou_border\n"
    (run.folder / "history.csv").write_text(header + "1,0.9,0.8,0.5,0.7,0.6,0.7,0.2\n2,0.8,0.7,0.6,0.8,0.7,0.8,0.3\n")
    run_engine.may_go_on.clear()
    at = visit(weights=run.id)
    assert metrics(at) == ["60.0%", "80.0%", "70.0%", "80.0%", "30.0%"]
    assert EN["on_validation"].format(epoch=2) in words(at)
    assert len(at.main.get("vega_lite_chart")) == 3  # loss, and the validation's accuracy and mean IoU
    assert not at.exception


def test_a_report_of_all_test_photos_is_kept_in_the_folder_of_the_run(run, folder):
    measure(visit_measure(weights=run.id, how_many="all"))
    stored = json.loads(report_file(run.weights).read_text())
    assert (stored["split"], stored["photos"], stored["weights"]) == ("test", 2, f"{run.id}/weights.safetensors")
    assert str(run.folder) not in report_file(run.weights).read_text()
    assert fill("en", "results.on_photos", count=2, split="Test", dataset="pets") in words(visit(weights=run.id))


def test_a_report_of_as_many_other_photos_is_not_replaced(run, folder, report):
    store_report(replace(report, dataset="others"), run.weights)
    measure(visit_measure(weights=run.id, how_many="all"))
    assert report_of(run.weights).dataset == "others"


def test_the_page_speaks_chinese(weights, folder):
    wait(visit())
    at = visit(lang="zh")
    assert at.main.markdown[0].value == ZH["purpose"]
    assert at.metric[0].label == "平均 IoU"
    which = ZH["examples_of_sample"].format(count=2, pairs=8, total=7349)
    assert f"{which}{texts('zh')['common']['cite']}" in words(at)


def test_the_address_has_the_view(weights, folder):
    at = visit()
    at.button_group(key="show").set_value("measure").run()
    assert "measure" in at.query_params["show"]
    assert has_button(at, "evaluate")
