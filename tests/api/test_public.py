"""What is public: it has examples, what it gives is public too, and the documents promise nothing else."""

from __future__ import annotations

import ast
import json
import re

import pytest

import seg
from seg.public import MEMBERS
from seg.ui.segment import programs_view
from tests.api.source import NAMES, ROOT, docstrings_with_examples, find

CLASSES = {
    node.name
    for path in (ROOT / "seg").rglob("*.py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef)
}
SHORT_NAMES = {name.rpartition(".")[2] for name in NAMES}


def test_what_is_public_has_an_example():
    assert [name for name in NAMES if not find(name).example] == []


def test_every_public_member_of_a_class_is_used_in_an_example():
    for definition in map(find, NAMES):
        for member in definition.members():
            called = member.short_name.rpartition(".")[2]
            use = r"\w\(" if called == "__call__" else rf"[. ]{called}\b"
            assert re.search(use, member.example or definition.example), member.name


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_that_is_listed_as_public_is_there(name: str):
    assert {member.short_name.rpartition(".")[2] for member in find(name).members()} == set(MEMBERS[name])


def test_what_something_public_gives_is_public():
    for definition in map(find, NAMES):
        for each in (definition, *definition.members()):
            returns = getattr(each.node, "returns", None)
            given = set(re.findall(r"(?<![\w.])[A-Z]\w+", ast.unparse(returns))) & CLASSES if returns else set()
            assert given - SHORT_NAMES == set(), each.name


def test_what_seg_itself_offers_is_public():
    assert {f"seg.{name}" for name in seg.__all__} <= set(NAMES)


def promised() -> dict[str, set[str]]:
    """What documents and the page Segment import from seg, by where they do."""
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    }
    cells = json.loads((ROOT / "docs" / "article.ipynb").read_text(encoding="utf-8"))["cells"]
    texts["article.ipynb"] = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    texts["programs_view.py"] = programs_view.PYTHON
    return {
        where: {
            f"{module}.{name}"
            for module, names in re.findall(r"^from (seg[\w.]*) import ([\w, ]+)$", text, re.MULTILINE)
            for name in names.split(", ")
        }
        for where, text in texts.items()
    }


@pytest.mark.parametrize(("where", "names"), promised().items())
def test_documents_import_nothing_else(where: str, names: set[str]):
    functions_and_classes = {name for name in names if not name.rpartition(".")[2].isupper()}  # others are constants
    assert functions_and_classes - set(NAMES) == set()


def test_documents_do_import_something():
    assert sum(len(names) for names in promised().values()) > 10


def test_every_example_stands_where_a_reader_finds_it():
    shown = set()
    for definition in map(find, NAMES):
        shown |= {(each.file, each.node.name) for each in (definition, *definition.members()) if each.example}
    for name, file, _, _ in docstrings_with_examples():
        assert (file, name.rpartition(".")[2]) in shown, name
