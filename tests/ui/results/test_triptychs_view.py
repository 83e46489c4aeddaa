"""Single photos: which are shown in what order, what is drawn of each, and that nothing is predicted twice."""

from __future__ import annotations

from seg.ui.results import examples
from seg.ui.results.metrics_view import Measured
from tests.ui.pages import tick, ticked
from tests.ui.results.helpers import EN, measure, metrics, rows, visit_measure


def test_without_one_of_its_photos_a_dataset_is_another_that_was_not_measured(weights, folder):
    at = measure(visit_measure())
    assert metrics(at)
    (folder / "images" / "pug_9.jpg").unlink()
    at.run()
    assert not at.exception and not at.error
    assert metrics(at) == []


def test_the_second_weights_make_predictions_of_their_own(weights, folder, run, dataset):
    shipped = examples.predict(weights, dataset["pug_1"], dataset.classes)
    other = examples.predict(run.weights, dataset["pug_1"], dataset.classes)
    assert (shipped.predicted != other.predicted).any()
    assert (shipped.true == other.true).all()


def test_rows_are_ordered_by_iou(weights, folder):
    at = measure(visit_measure(split="all"))
    at.number_input(key="results-rows").set_value(8).run()
    worst_first = rows(at)
    assert len(worst_first) == 8
    at.button_group(key="results-order").set_value("best").run()
    assert rows(at) == worst_first[::-1]
    at.number_input(key="results-rows").set_value(2).run()
    assert rows(at) == worst_first[:-3:-1]
    at.button_group(key="results-order").set_value("median").run()
    assert rows(at) == worst_first[3:5]


def test_others_draws_other_photos(weights, folder):
    at = measure(visit_measure(split="all"))
    at.button_group(key="results-order").set_value("random").run()
    at.number_input(key="results-rows").set_value(3).run()
    draws = {tuple(rows(at))}
    for _ in range(5):
        at.button(key="results-others").click().run()
        draws.add(tuple(rows(at)))
    assert len(draws) > 1


def test_photos_are_chosen_by_name_and_a_name_of_another_split_is_let_go(weights, folder):
    at = measure(visit_measure(split="all"))
    at.button_group(key="results-order").set_value("by_name").run()
    assert EN["no_names"] in [info.value for info in at.info]
    at.multiselect(key="results-names").select("beagle_3").select("pug_9").run()
    assert rows(at) == ["beagle_3", "pug_9"]
    measure(at.button_group(key="split").set_value("test").run())
    assert rows(at) == ["pug_9"]
    assert not at.error


def test_photos_are_chosen_by_their_rows_in_a_table_the_worst_first(weights, folder):
    at = measure(visit_measure(split="all"))
    worst = rows(at)[0]
    at.button_group(key="results-order").set_value("by_name").run()
    table = at.main.dataframe[-1].value
    assert table["Photo"][0] == worst and list(table["Mean IoU"]) == sorted(table["Mean IoU"])
    tick(at, "results-names-table", [0])
    assert rows(at) == at.multiselect(key="results-names").value == [worst]
    at.multiselect(key="results-names").set_value(["pug_9"]).run()
    assert [table["Photo"][row] for row in ticked(at, "results-names-table")] == ["pug_9"]


def test_mistakes_are_one_more_picture_and_nothing_is_predicted_again(weights, folder, engine):
    at = measure(visit_measure())
    pictures, calls = len(at.main.get("image")), engine.calls
    at.toggle(key="results-mark").set_value(True).run()
    assert len(at.main.get("image")) == pictures + 2  # one for each of two photos
    assert EN["mistakes_note"] in [caption.value for caption in at.caption]
    at.button_group(key="results-order").set_value("best").run()
    assert engine.calls == calls


def test_the_sheet_has_a_row_for_each_photo_and_weights(weights, run, dataset, report):
    measured = [Measured("one", weights, report), Measured("two", run.weights, report)]
    names = [score.name for score in report.scores]
    predicted = examples.predict_all(names, measured, dataset)
    two = examples.sheet(names, predicted, measured, False).shape
    of_first = {name: both[:1] for name, both in predicted.items()}
    one = examples.sheet(names, of_first, measured[:1], False).shape
    marked = examples.sheet(names, predicted, measured, True).shape
    assert two[0] > 1.8 * one[0]  # height
    assert marked[1] > 1.3 * two[1]  # width
