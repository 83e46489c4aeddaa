"""How the tests of the Results page open it, measure on it, and read it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from seg.serve import evaluations
from seg.texts import texts
from tests.ui.pages import go_to

APP = Path(__file__).resolve().parents[3] / "streamlit_app.py"
EN, ZH = texts("en")["results"], texts("zh")["results"]


class Brightness:
    """Takes bright pixels for pet and dark ones for background; counts its calls; waits until it may go on."""

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


def visit(**query: str) -> AppTest:
    """The page as a visitor opens it, by default at a glance."""
    at = AppTest.from_file(str(APP), default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    go_to(at, "results").run()
    assert not at.exception
    return at


def visit_measure(**query: str) -> AppTest:
    return visit(show="measure", **query)


def wait(at: AppTest) -> AppTest:
    """The page once all measurements have ended."""
    evaluations.evaluations.wait(20)
    at.run()
    assert not at.exception
    return at


def measure(at: AppTest) -> AppTest:
    at.button(key="evaluate").click().run()
    return wait(at)


def has_button(at: AppTest, key: str) -> bool:
    return any(button.key == key for button in at.button)


def metrics(at: AppTest) -> list[str]:
    return [metric.value for metric in at.metric]


def words(at: AppTest) -> list[str]:
    """All that can be read on the page, without Markdown's backslashes."""
    elements = [*at.main.markdown, *at.main.caption, *at.main.info, *at.main.error, *at.main.header]
    return [element.value.replace("\\", "") for element in elements]


def rows(at: AppTest) -> list[str]:
    """The names of the photos shown, in order."""
    names = ("Abyssinian", "Bengal", "beagle", "pug", "samoyed")
    texts = (text.value.strip("*").replace("\\", "") for text in at.main.markdown)
    return [text for text in texts if text.startswith(names)]
