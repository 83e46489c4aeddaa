"""The app's texts: the same keys in every language, each with the same blanks, none missing and none left over."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from seg.texts import LANGUAGES, texts

ROOT = Path(__file__).resolve().parents[1]
TRAINING = sorted((ROOT / "seg" / "training").rglob("*.py"))  # names the texts of a run's status
PAGES = [*sorted((ROOT / "seg" / "ui").rglob("*.py")), *TRAINING, ROOT / "streamlit_app.py"]


def flat(code: str) -> dict[str, str]:
    return {f"{page}.{key}": text for page, own in texts(code).items() for key, text in own.items()}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def asked_for() -> tuple[set[str], list[re.Pattern[str]]]:
    """The keys that the pages write out, and patterns of those that they put together (``t(f"train.{name}")``)."""
    keys: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in PAGES:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        pieces = {id(piece) for node in nodes if isinstance(node, ast.JoinedStr) for piece in node.values}
        for node in nodes:
            if id(node) in pieces:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                keys.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (re.escape(p.value) if isinstance(p, ast.Constant) else "[a-z0-9_]+" for p in node.values)
                patterns.append(re.compile("".join(parts)))
    return keys, patterns


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_language_has_every_text_with_the_same_blanks(code):
    english, other = flat("en"), flat(code)
    assert other.keys() == english.keys()
    assert {key for key in english if blanks(english[key]) != blanks(other[key])} == set()
    assert [key for key, text in other.items() if not text.strip()] == []


def test_every_key_that_a_page_writes_out_is_there():
    sections = texts("en").keys()
    written = {key for key in asked_for()[0] if re.fullmatch(r"[a-z]+\.[a-z0-9_]+", key)}
    named = {key for key in written if key.split(".")[0] in sections and not key.endswith((".py", ".png", ".zip"))}
    assert len(named) > 100
    assert named - flat("en").keys() == set()


def test_no_text_is_left_over():
    keys, patterns = asked_for()
    unused = {key for key in flat("en") if key not in keys and not any(p.fullmatch(key) for p in patterns)}
    # Some pages build a whole key elsewhere and pass its name on.
    assert {key for key in unused if key.split(".", 1)[1] not in keys} == set()
