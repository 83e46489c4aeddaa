"""Trimaps that may be wrong: which come first, and what becomes of the visitor's marks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seg.ui.results import suspects_view
from tests.ui.pages import go_to
from tests.ui.results.helpers import EN, measure, visit_measure


@pytest.fixture
def wrong(folder) -> str:
    """The name of a test photo whose trimap has pet and background exchanged."""
    path = folder / "annotations" / "trimaps" / "samoyed_4.png"
    Image.fromarray(np.array([0, 2, 1, 3], np.uint8)[np.asarray(Image.open(path))]).save(path)
    return path.stem


def marks(at) -> list:
    return [group for group in at.button_group if group.key.startswith("suspect-")]


def test_the_wrong_trimap_comes_first_and_each_can_be_marked(weights, folder, wrong):
    at = measure(visit_measure())
    assert EN["suspects"] in [header.value for header in at.header]
    assert [group.key.rsplit("-", 1)[1] for group in marks(at)] == [wrong, "pug_9"]
    assert EN["suspects_seen"] not in [caption.value for caption in at.caption]
    assert not at.error


def counted(at) -> list[str]:
    """The label of the button that gives the file."""
    return [button.label for button in at.main.get("download_button") if button.key == "results-suspects.csv"]


def test_marks_stay_for_the_visit_and_in_the_file(weights, folder, wrong, monkeypatch):
    at = measure(visit_measure())
    marks(at)[1].set_value("unsure").run()
    marks(at)[0].set_value("wrong").run()
    go_to(at, "dataset").run()
    go_to(at, "results").run()
    assert [group.value for group in marks(at)] == ["wrong", "unsure"]
    # Another split, and a mark that is not on the page.
    monkeypatch.setattr(suspects_view, "MOST_SHOWN", 1)
    measure(at.button_group(key="split").set_value("all").run())
    assert EN["suspects_seen"] in [caption.value for caption in at.caption]
    assert [group.value for group in marks(at)] == ["wrong"]
    assert counted(at) == [EN["download_suspects"].format(count=2)]


def test_the_file_has_names_numbers_and_marks_and_no_path(report, dataset):
    table = suspects_view.table(report.suspects(), ["wrong", None])
    assert list(table.columns) == ["photo", "disagreement", "mark"]
    assert table["photo"].tolist() == [score.name for score in report.suspects()]
    assert table["mark"].tolist() == ["wrong", ""]
    assert str(dataset.root) not in table.to_csv()
