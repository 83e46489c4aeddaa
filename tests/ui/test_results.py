"""The page "results": measuring in the background, what is kept, what is shown, and what goes wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from seg.data.dataset import Dataset, cache_folder
from seg.evaluation.evaluate import Report, evaluate
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError, WeightsInfo
from seg.photo import read_photo
from seg.serve import evaluations, networks
from seg.texts import texts
from seg.training import runs
from seg.training.recipe import Recipe
from seg.ui.results import metrics_view, triptychs_view
from seg.ui.results.metrics_view import Judged
from tests.ui.pages import go_to

ROOT = Path(__file__).resolve().parents[2]
EN, ZH = texts("en")["results"], texts("zh")["results"]


class Brightness:
    """Takes bright pixels for pet, dark blue ones for background; counts its calls and waits when told to."""

    name = "brightness"

    def __init__(self, threshold: float = 150.0) -> None:
        self.threshold = threshold
        self.calls = 0
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        self.calls += 1
        assert self.may_go_on.wait(20)
        labels = np.where(batch[..., 0] > self.threshold, 0, np.where(batch[..., 0] < 80, 1, 2))
        return np.eye(3, dtype=np.float32)[labels]


@pytest.fixture
def engine() -> Brightness:
    return Brightness()


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secret" / "pets.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"for the page a weight file is a path and a time")
    monkeypatch.setenv("SEG_WEIGHTS", str(path))
    return path


@pytest.fixture
def folder(small_dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    root = small_dataset()
    monkeypatch.setenv("SEG_DATA", str(root))
    return root


@pytest.fixture
def dataset(folder: Path) -> Dataset:
    return Dataset.open(folder)


@pytest.fixture(autouse=True)
def server_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Brightness) -> Iterator[None]:
    """A server that has just been started, whose network is the engine above; a run's weights are a stricter one."""
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))

    def load(path: Path) -> Segmenter:
        own = Brightness(190) if tmp_path / "runs" in path.parents else engine
        return Segmenter(own, WeightsInfo(path, "imagenet"), size=32)

    monkeypatch.setattr(networks, "segmenter", load)
    yield
    engine.may_go_on.set()
    evaluations.evaluations.wait(20)


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> runs.Run:
    own = runs.create_run(Recipe.named("demo"), folder, "pets", tmp_path / "runs")
    own.set_status(runs.Status(state="finished"))
    own.weights.write_bytes(b"other weights")
    return own


def visit(**query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    go_to(at, "results").run()
    assert not at.exception
    return at


def measure(at: AppTest) -> AppTest:
    at.button(key="evaluate").click().run()
    evaluations.evaluations.wait(20)
    at.run()
    assert not at.exception
    return at


def has_button(at: AppTest, key: str) -> bool:
    return any(button.key == key for button in at.button)


def metrics(at: AppTest) -> list[str]:
    return [metric.value for metric in at.metric]


def rows(at: AppTest) -> list[str]:
    """The names of the photos shown, in order."""
    names = ("Abyssinian", "Bengal", "beagle", "pug", "samoyed")
    told = (text.value.strip("*").replace("\\", "") for text in at.main.markdown)
    return [text for text in told if text.startswith(names)]


def test_without_weights_the_page_says_what_to_do(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("SEG_WEIGHTS", str(tmp_path / "missing.safetensors"))
    at = visit()
    assert [info.value for info in at.info] == [EN["no_weights"]]
    assert not has_button(at, "evaluate")
    assert not at.error


def test_nothing_is_measured_before_the_visitor_asks(weights, folder, engine):
    at = visit()
    assert at.button(key="evaluate").label == "Measure 2 photos"
    assert engine.calls == 0
    assert not at.metric


def test_figures_are_those_of_evaluate(weights, folder, dataset, engine):
    at = measure(visit())
    report = evaluate(Segmenter(engine, WeightsInfo(weights, "imagenet"), size=32), dataset, "test")
    told = report.as_dict()
    wanted = [told["mean_iou"], told["pixel_accuracy"], *told["iou"].values()]
    assert metrics(at)[:5] == [f"{value:.1%}" for value in wanted]
    own_size = f"own size: {told['own_size']['mean_iou']:.1%}"
    assert own_size in [caption.value for caption in at.caption]
    assert not has_button(at, "evaluate")


def test_a_second_visitor_finds_the_figures(weights, folder, engine):
    first = measure(visit())
    calls = engine.calls
    second = visit()
    assert metrics(second) == metrics(first)
    # The triptychs' predictions are shared too.
    assert engine.calls == calls


def test_figures_survive_a_restart_of_the_server(weights, folder, restart):
    before = metrics(measure(visit()))
    restart()
    assert metrics(visit()) == before


def test_a_damaged_report_is_measured_again(weights, folder, restart):
    measure(visit())
    for file in (cache_folder() / "results").iterdir():
        file.write_text(file.read_text()[:100])
    restart()
    assert has_button(visit(), "evaluate")


def test_changed_weights_are_measured_again(weights, folder):
    measure(visit())
    weights.touch()
    assert has_button(visit(), "evaluate")


def test_a_full_disk_keeps_the_figures_in_memory(weights, folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("seg.serve.evaluations.cache_folder", lambda: tmp_path / "file")
    assert metrics(measure(visit()))


def test_an_empty_part_is_told_in_a_sentence(weights, small_dataset, monkeypatch):
    names = ("Abyssinian_1", "pug_1")
    root = small_dataset(names, folder="no-test", trainval=names, test=("pug_404",))
    monkeypatch.setenv("SEG_DATA", str(root))
    at = visit()
    assert [info.value for info in at.info] == [EN["empty_part"].format(part=EN["part_test"])]
    assert not has_button(at, "evaluate")


def test_another_part_is_measured_on_its_own(weights, folder):
    at = measure(visit())
    at.button_group(key="part").set_value("all").run()
    assert at.button(key="evaluate").label == "Measure 8 photos"


def test_progress_and_stop(weights, folder, engine):
    engine.may_go_on.clear()
    at = visit()
    at.button(key="evaluate").click().run()
    assert not has_button(at, "evaluate")
    at.button(key="evaluate-stop").click().run()
    engine.may_go_on.set()
    evaluations.evaluations.wait(20)
    at.run()
    assert EN["stopped"] in [info.value for info in at.info]
    assert has_button(at, "evaluate")
    assert not at.metric
    assert metrics(measure(at))


def test_weights_that_cannot_be_loaded_are_told_in_a_sentence(weights, folder, monkeypatch):
    def fail(path: Path) -> Segmenter:
        raise WeightsError("weights_foreign", path="there")

    monkeypatch.setattr(networks, "segmenter", fail)
    at = measure(visit())
    assert [error.value.replace("\\", "") for error in at.error] == [
        "there holds tensors of another kind: this app reads weights that it made itself."
    ]
    assert has_button(at, "evaluate")


def test_an_unforeseen_error_shows_no_traceback(weights, folder, monkeypatch):
    monkeypatch.setattr(networks, "segmenter", lambda path: 1 / 0)
    at = measure(visit())
    assert [error.value for error in at.error] == [texts("en")["common"]["unexpected"]]


def test_a_photo_that_has_gone_costs_the_triptychs_only(weights, folder):
    at = measure(visit())
    before = metrics(at)
    (folder / "images" / "pug_9.jpg").unlink()
    at.run()
    assert not at.exception
    assert len(at.error) == 1
    assert metrics(at) == before


def test_two_weights_stand_side_by_side(weights, folder, run):
    at = visit()
    at.selectbox(key="compare").select(run.id).run()
    assert at.button(key="evaluate").label == "Measure 4 photos"
    measure(at)
    assert len(at.metric) == 2 * 5 + 2 * 1  # five figures, one species
    first, second = (float(metric.value.rstrip("%")) for metric in (at.metric[0], at.metric[5]))
    delta = float(at.metric[5].delta.split()[0])
    assert delta == pytest.approx(second - first, abs=0.11)
    assert delta
    at.button_group(key="results-order").set_value("differ").run()
    assert len(rows(at)) == 2


def test_figures_of_the_weights_in_use_stay_while_others_are_measured(weights, folder, run):
    at = measure(visit())
    before = metrics(at)
    at.selectbox(key="compare").select(run.id).run()
    assert at.button(key="evaluate").label == "Measure 2 photos"
    assert metrics(at) == before


def test_the_second_weights_make_their_own_predictions(weights, folder, run, dataset):
    shipped = triptychs_view._predict(weights, dataset["pug_1"])
    other = triptychs_view._predict(run.weights, dataset["pug_1"])
    assert (shipped.predicted != other.predicted).any()
    assert (shipped.true == other.true).all()


def test_rows_are_ordered_by_iou(weights, folder):
    at = measure(visit(part="all"))
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
    at = measure(visit(part="all"))
    at.button_group(key="results-order").set_value("random").run()
    at.number_input(key="results-rows").set_value(3).run()
    draws = {tuple(rows(at))}
    for _ in range(5):
        at.button(key="results-others").click().run()
        draws.add(tuple(rows(at)))
    assert len(draws) > 1


def test_photos_are_found_by_name(weights, folder):
    at = measure(visit(part="all"))
    at.button_group(key="results-order").set_value("by_name").run()
    assert EN["no_names"] in [info.value for info in at.info]
    at.multiselect(key="results-names").select("samoyed_4").run()
    assert rows(at) == ["samoyed_4"]


def test_a_name_of_another_part_is_let_go(weights, folder):
    at = measure(visit(part="all"))
    at.button_group(key="results-order").set_value("by_name").run()
    at.multiselect(key="results-names").select("beagle_3").select("pug_9").run()
    assert rows(at) == ["beagle_3", "pug_9"]
    measure(at.button_group(key="part").set_value("test").run())
    assert rows(at) == ["pug_9"]
    assert not at.error


def test_choices_survive_switching_pages(weights, folder):
    at = measure(visit(part="all"))
    at.number_input(key="results-rows").set_value(7).run()
    go_to(at, "dataset").run()
    go_to(at, "results").run()
    assert at.button_group(key="part").value == "all"
    assert len(rows(at)) == 7


def test_an_address_that_asks_for_nonsense_is_ignored(weights, folder):
    at = visit(part="../../etc", much="<b>", compare="nobody")
    assert at.button(key="evaluate").label == "Measure 2 photos"


def test_mistakes_are_one_more_picture(weights, folder):
    at = measure(visit())
    pictures = len(at.main.get("image"))
    at.toggle(key="results-mark").set_value(True).run()
    assert len(at.main.get("image")) == pictures + 2  # one for each of two photos
    assert EN["mistakes_note"] in [caption.value for caption in at.caption]


def test_moving_a_widget_predicts_nothing_again(weights, folder, engine):
    at = measure(visit())
    calls = engine.calls
    at.toggle(key="results-mark").set_value(True).run()
    at.button_group(key="results-order").set_value("best").run()
    assert engine.calls == calls


def test_the_page_speaks_chinese(weights, folder):
    measure(visit())
    at = visit(lang="zh")
    assert at.main.markdown[0].value == ZH["purpose"]
    assert at.metric[0].label == "平均 IoU"


def test_a_report_comes_back_from_its_json(dataset, engine, weights):
    report = evaluate(Segmenter(engine, WeightsInfo(weights, "imagenet"), size=32), dataset, "all")
    again = Report.from_dict(json.loads(json.dumps(report.as_dict())), dataset.classes)
    assert again.as_dict() == report.as_dict()
    assert [(s.name, s.breed, s.species) for s in again.scores] == [(s.name, s.breed, s.species) for s in report.scores]
    np.testing.assert_array_equal([s.iou for s in again.scores], [s.iou for s in report.scores])


def test_downloads_do_not_tell_where_the_server_keeps_its_files(weights, dataset, tmp_path):
    task = evaluations.Task.of(weights, dataset, "all", None)
    evaluations.start(task)
    evaluations.evaluations.wait(20)
    report = evaluations.report(task)
    judged = [Judged("Shipped weights", weights, report)]
    told = metrics_view._report_json([report])
    assert json.loads(told)["photos"] == 8
    tables = [metrics_view._figure_table, metrics_view._photo_table, metrics_view._breed_table]
    for text in [told, *(metrics_view._csv(table(judged)) for table in tables)]:
        assert str(tmp_path) not in text


def test_the_sheet_has_a_row_for_each_photo_and_weights(weights, run, dataset, engine):
    report = evaluate(Segmenter(engine, WeightsInfo(weights, "imagenet"), size=32), dataset, "test")
    judged = [Judged("one", weights, report), Judged("two", run.weights, report)]
    names = [score.name for score in report.scores]
    examples = triptychs_view._examples(names, judged, dataset)
    two = read_photo(triptychs_view._sheet(names, examples, judged, False)).size
    alone = {name: own[:1] for name, own in examples.items()}
    one = read_photo(triptychs_view._sheet(names, alone, judged[:1], False)).size
    marked = read_photo(triptychs_view._sheet(names, examples, judged, True)).size
    assert two[0] > 1.8 * one[0]  # height
    assert marked[1] > 1.3 * two[1]  # width
