"""The texts: the same keys in every language, each with the same blanks, none missing and none left over."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from seg.texts import LANGUAGES, texts

ROOT = Path(__file__).resolve().parents[1]
TRAINING = sorted((ROOT / "seg" / "training").rglob("*.py"))  # names the texts of a run's status
API = sorted((ROOT / "seg" / "serve" / "api").rglob("*.py"))  # has a page of its own
PAGES = [*sorted((ROOT / "seg" / "ui").rglob("*.py")), *TRAINING, *API, ROOT / "streamlit_app.py"]
MODULES = [path for path in sorted((ROOT / "seg").rglob("*.py")) if path.parent.name != "texts"]


def flat(language: str) -> dict[str, str]:
    """All texts of a language by ``section.key``."""
    return {f"{section}.{key}": text for section, rows in texts(language).items() for key, text in rows.items()}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def strings_of(paths: list[Path]) -> tuple[set[str], list[re.Pattern[str]]]:
    """The strings that modules write out, and patterns of those that they put together (``t(f"train.{name}")``)."""
    strings: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for path in paths:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        pieces = {id(piece) for node in nodes if isinstance(node, ast.JoinedStr) for piece in node.values}
        for node in nodes:
            if id(node) in pieces:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                strings.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (re.escape(p.value) if isinstance(p, ast.Constant) else "[a-z0-9_]+" for p in node.values)
                patterns.append(re.compile("".join(parts)))
    return strings, patterns


def name_of(node: ast.expr) -> str:
    """The name at the end of an expression such as ``errors.SegError``, or nothing."""
    return getattr(node, "attr", getattr(node, "id", ""))


def errors_made() -> list[tuple[str, str, set[str]]]:
    """Every ``SegError``, or error of a class below it, that a module makes: where, its code, the names of its values.

    Those whose code is no literal are left out.
    """
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    nodes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree)]
    bases = {node.name: {name_of(base) for base in node.bases} for _, node in nodes if isinstance(node, ast.ClassDef)}
    kinds = {"SegError"}
    while new := {kind for kind, above in bases.items() if above & kinds} - kinds:
        kinds |= new
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0].value, {value.arg or "**" for value in node.keywords})
        for path, node in nodes
        if isinstance(node, ast.Call) and name_of(node.func) in kinds
        if node.args and isinstance(node.args[0], ast.Constant)
    ]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_language_has_every_text_with_the_same_blanks(language):
    english, other = flat("en"), flat(language)
    assert other.keys() == english.keys()
    assert {key for key in english if blanks(english[key]) != blanks(other[key])} == set()
    assert [key for key, text in other.items() if not text.strip()] == []


def test_every_key_that_a_page_writes_out_has_a_text():
    sections = texts("en").keys()
    written = {key for key in strings_of(PAGES)[0] if re.fullmatch(r"[a-z]+\.[a-z0-9_]+", key)}
    keys = {
        key for key in written if key.split(".")[0] in sections and not key.endswith((".py", ".png", ".zip", ".json"))
    }
    assert len(keys) > 100
    assert keys - flat("en").keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_sentence_whose_blanks_are_its_values(language):
    sentences, made = texts(language)["errors"], errors_made()
    assert len(made) > 100
    assert [(where, code) for where, code, _ in made if code not in sentences] == []
    assert [(where, code) for where, code, values in made if values != blanks(sentences[code])] == []


def test_no_text_is_left_over():
    strings, patterns = strings_of(PAGES)
    unused = {key for key in flat("en") if key not in strings and not any(p.fullmatch(key) for p in patterns)}
    # Some pages build a key from its section and a name that they pass on.
    assert {key for key in unused if key.split(".", 1)[1] not in strings} == set()


def test_no_sentence_of_an_error_is_left_over():
    assert texts("en")["errors"].keys() - strings_of(MODULES)[0] == set()
