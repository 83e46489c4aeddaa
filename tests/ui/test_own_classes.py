"""Every page works on a street with twelve classes, of which none is cut out, and with weights trained on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from seg.classes import Classes
from seg.commands.main import main
from seg.data.dataset import Dataset
from seg.network.weights import read_info
from seg.training.runs import find_run
from seg.ui.inside.page import SECTIONS
from tests.data.annotations.layouts import CAMVID, camvid, photo
from tests.narrow import narrow_network
from tests.ui.inside import helpers as inside
from tests.ui.pages import go_to
from tests.ui.results import helpers as results
from tests.ui.segment import helpers as segment
from tests.ui.train import helpers as train

CLASSES = tuple(line.split("\t")[1] for line in CAMVID.splitlines() if "Void" not in line)
SHORT = ("--epochs", "1", "--steps", "1", "--batch", "2", "--size", "32", "--encoder", "none", "--precision", "float32")


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The dataset and the folder of its runs, made as a user makes them."""
    root = tmp_path_factory.mktemp("street")
    with pytest.MonkeyPatch.context() as patch, narrow_network():
        patch.setenv("SEG_CACHE", str(root / "cache"))
        data, runs = root / "streets", root / "runs"
        assert main(["masks", str(camvid(root / "CamVid", 8)), "-o", str(data)]) == 0
        assert main(["train", "--data", str(data), "--runs", str(runs), *SHORT]) == 0
        yield data, runs


@pytest.fixture(autouse=True)
def server(street: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    data, runs = street
    (run,) = runs.iterdir()
    monkeypatch.setenv("SEG_DATA", str(data))
    monkeypatch.setenv("SEG_RUNS", str(runs))
    monkeypatch.setenv("SEG_WEIGHTS", str(run))


def legend(app) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def test_weights_carry_their_classes(street):
    (run,) = street[1].iterdir()
    assert read_info(find_run(run.name, street[1]).weights).classes == Classes.of_folder(street[0])


def test_a_photo_is_segmented_and_its_classes_are_named():
    at = segment.give(segment.visit(), segment.file("street.png", photo().astype("uint8")))
    assert not at.error
    assert set(CLASSES) <= {label.replace("\\", "") for label in segment.metrics(at)}
    assert segment.EN["download_cutout"] not in segment.buttons(at)
    assert all(f"</span>{name}</li>" in legend(at) for name in CLASSES)


@pytest.mark.parametrize("view", ["pair", "statistics", "gallery"])
def test_the_dataset_is_shown(view: str):
    app = AppTest.from_file(str(segment.ROOT / "streamlit_app.py"), default_timeout=30)
    app.query_params["view"] = view
    go_to(app, "dataset").run()
    assert not app.exception and not app.error
    assert "</span>Column_Pole</li>" in legend(app) and "</span>not labelled</li>" in legend(app)


def test_the_samples_are_test_photos_of_the_dataset_and_bring_their_masks(street):
    at = segment.visit()
    tests = {sample.name for sample in Dataset.open(street[0]).split("test")}
    assert set(at.segmented_control(key="sample").options) <= {name.replace("_", "\\_") for name in tests}
    assert "IoU of Sky" in segment.metrics(at)
    assert "</span>not labelled</li>" in legend(at), "the true trimap has pixels that are not labelled"


@pytest.mark.parametrize("page", ["segment", "dataset", "train", "results", "inside"])
def test_what_a_page_is_for_is_said_without_pets(page: str):
    app = AppTest.from_file(str(segment.ROOT / "streamlit_app.py"), default_timeout=30)
    go_to(app, page).run()
    first = app.main.markdown[0].value
    assert not re.search(r"\b(pet|pets|cat|dog|border)\b", first)
    assert page in ("results", "inside") or "Sidewalk" in first


def test_the_run_is_shown_and_another_one_can_be_started(street):
    (run,) = street[1].iterdir()
    app = train.open_page()
    assert not app.exception and not app.error
    assert run.name in train.words(app.main) and "train-start" in train.keys(app.main)


@pytest.mark.parametrize("show", ["glance", "measure"])
def test_the_weights_are_measured_class_by_class(show: str):
    at = results.visit(show=show)
    at = results.measure(at) if show == "measure" else results.wait(at)
    assert not at.error
    assert {f"IoU of {name}" for name in CLASSES} <= {metric.label.replace("\\", "") for metric in at.metric}


@pytest.mark.parametrize("section", SECTIONS)
def test_one_can_look_inside(section: str):
    app = inside.visit(section)
    assert not app.error
