"""Every example in a docstring is run, as a reader would run it: in an empty folder, on the sample, with what ships."""

from __future__ import annotations

import doctest
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from seg.inference import segmenter
from tests.api.pages import INDEX, pages
from tests.api.source import ROOT, docstrings_with_examples

# They train, or start a process for each thing that they measure.
SLOW = ("seg.training.train.train", "seg.evaluation.costs.measure")
EXAMPLES = {name: (file, line, docstring) for name, file, line, docstring in docstrings_with_examples()}


# Of the module, where conftest.py has one for each test: the sample is checked once, not once an example.
@pytest.fixture(autouse=True, scope="module")
def own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEG_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name in ("SEG_DATA", "SEG_WEIGHTS", "SEG_RUNS", "SEG_ENGINE"):
            patch.delenv(name, raising=False)
        patch.setenv("PYTHONPATH", str(ROOT))  # for the processes that examples start
        yield


@pytest.fixture(autouse=True, scope="module")
def loaded_once() -> Iterator[None]:
    """Twenty examples load the weights that ship; an engine answers the same, whoever asks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmenter, "load_engine", functools.cache(segmenter.load_engine))
        yield


def run(docstring: str, name: str, file: Path, line: int) -> str:
    """What a docstring's examples give that it does not say; empty where it says all. Each begins with no names."""
    words: list[str] = []
    test = doctest.DocTestParser().get_doctest(docstring, {"__name__": "__main__"}, name, str(file), line)
    assert test.examples, name
    results = doctest.DocTestRunner(verbose=False).run(test, out=words.append)
    return "".join(words) if results.failed else ""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in EXAMPLES]
)
def test_an_example_gives_what_its_docstring_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    file, line, docstring = EXAMPLES[name]
    assert (differs := run(docstring, name, file, line)) == "", differs


def test_the_lines_to_begin_with_cut_out_a_cat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (lines,) = re.findall(r"^```python\n(.*?)^```$", pages()[INDEX], re.MULTILINE | re.DOTALL)
    exec(lines, {})
    assert Image.open("cutout.png").mode == "RGBA"


def test_an_example_that_gives_something_else_fails_and_says_what():
    assert "Expected:\n    3\nGot:\n    2\n" in run(">>> 1 + 1\n3\n", "sum", Path("sum.py"), 0)
    assert "ZeroDivisionError" in run(">>> 1 / 0\n0\n", "quotient", Path("quotient.py"), 0)
    assert run(">>> 1 + 1\n2\n", "sum", Path("sum.py"), 0) == ""


def test_no_example_is_skipped_or_compared_loosely():
    for name, (_, _, docstring) in EXAMPLES.items():
        assert "doctest:" not in docstring, name
