"""The pages of docs/api are what the docstrings make of them, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.api.pages import INDEX, main, pages
from tests.api.source import NAMES, ROOT

FOLDER = ROOT / "docs" / "api"
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]*)(?:#([^)]*))?\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def texts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}


def test_the_pages_are_what_make_docs_makes():
    assert texts() == pages(), "run `make docs`"


def test_the_command_writes_all_pages_and_takes_away_those_of_old(tmp_path: Path):
    (tmp_path / "once.md").touch()
    main(tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == pages()


def anchors(text: str) -> set[str]:
    """As GitHub makes them of the headings of a page."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        before = sum(re.fullmatch(rf"{anchor}(-\d+)?", each) is not None for each in found)
        found.append(f"{anchor}-{before}" if before else anchor)
    return set(found)


@pytest.mark.parametrize("name", sorted(texts()))
def test_every_link_leads_to_a_file_and_a_heading(name: str):
    links = LINK.findall(FENCE.sub("", texts()[name]))
    assert links
    for path, anchor in links:
        target = (FOLDER / path).resolve() if path else FOLDER / name
        assert target.is_file(), path
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{path}#{anchor}"


def test_no_heading_stands_twice_on_a_page():
    for name, text in texts().items():
        headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
        assert len(headings) == len(set(headings)), name


def test_every_public_name_is_linked_from_the_first_page():
    assert {name.rpartition(".")[2] for name in NAMES} <= set(re.findall(r"\[`(\w+)`\]", texts()[INDEX]))


def test_the_readme_leads_to_the_pages():
    assert f"docs/api/{INDEX}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_make_docs_is_the_command():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ndocs: " in makefile and "tests.api.pages docs/api" in makefile
