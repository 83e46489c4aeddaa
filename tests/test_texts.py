"""The texts: the same keys in every language, each with the same blanks, none missing and none left over."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import numpy as np
import pytest

from seg.texts import LANGUAGES, fill, texts

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


def written(text: str) -> str:
    """A text as it is read, with 0 for code and for numbers, and without the names of icons and addresses of links.

    Blanks for words stay: they are words of the same language.
    """
    return re.sub(r"`[^`]*`|\{\w+:[^}]*\}", "0", re.sub(r":material/\w+:|\]\([^)]*\)", "", text))


def offences(language: str, pattern: str) -> dict[str, list[str]]:
    """What a pattern finds in the texts of a language, by key."""
    found = {key: [match[0] for match in re.finditer(pattern, written(text))] for key, text in flat(language).items()}
    return {key: matches for key, matches in found.items() if matches}


CHINESE = r"[\u4e00-\u9fff]"
MARKS = "，。：；？！、（）《》…"


@pytest.mark.parametrize(
    "pattern",
    [
        rf"{CHINESE}\*{{0,2}}[,;:?!()]|[,;:?!()]\*{{0,2}}{CHINESE}|{CHINESE}\.",
        rf"{CHINESE}[\"']|[\"']{CHINESE}",
        r"\.\.\.(?!\.)",
    ],
    ids=["marks", "quotes", "dots"],
)
def test_chinese_has_full_width_punctuation(pattern):
    assert offences("zh", pattern) == {}


@pytest.mark.parametrize(
    "pattern",
    [
        rf"{CHINESE}\*{{0,2}}[A-Za-z0-9]|[A-Za-z0-9%]\*{{0,2}}{CHINESE}",
        rf"{CHINESE} {CHINESE}",
        rf" [{MARKS}]|[{MARKS}“”] ",
    ],
    ids=["latin", "chinese", "marks"],
)
def test_chinese_has_a_space_beside_latin_letters_and_numbers_and_nowhere_else(pattern):
    # The space after a mark that Markdown needs: bold text ends before a letter.
    assert offences("zh", pattern).keys() - {"inside.article_text"} == set()


# What stands for the same thing as another word that all other texts have, by that word.
OTHER_WORDS = [
    ("en", "held back", "kept back"),
    ("zh", "边界", "边框"),
    ("zh", "标注三分图", "真实(的)?三分图"),
    ("zh", "快速", "训练演示|演示模型"),
    ("zh", "示例集", "样例|在样本的"),
    ("zh", "样本", "照片对(?![比照])"),
    ("zh", "精细程度", "细致程度"),
    ("zh", "RAW 文件", "原始文件"),
    ("zh", "评测", "评估"),
    ("zh", "加载", "载入"),
    ("zh", "您", "你(?!杜宾)"),
    ("zh", "当前", "手头"),
]


@pytest.mark.parametrize(("language", "word", "other"), OTHER_WORDS)
def test_one_word_for_one_thing(language, word, other):
    assert word in "".join(flat(language).values())
    assert offences(language, other) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_percent_stands_without_a_space(language):
    assert offences(language, r"0 %") == {}
    assert [key for key, text in flat(language).items() if re.search(r"\} %", text)] == []


# Their numbers are never one: they are fixed in the program, limits of a server, or offered where there are several.
NEVER_ONE = {
    "api.segment_text",
    "dataset.sample",
    "errors.api_client",
    "errors.api_full",
    "errors.api_many",
    "errors.benchmark_upload",
    "errors.clip_long",
    "errors.pairs_many",
    "inside.compared_text",
    "inside.trial_modest",
    "inside.trial_start",
    "inside.trial_text",
    "results.examples_of_sample",
    "results.few_photos",
    "results.few_photos_all",
    "results.how_many_help",
    "results.on_no_pets",
    "segment.remove_one",
    "sidebar.sample_pairs",
}


@pytest.mark.parametrize(
    ("pixels", "text"), [("24.5", "2450 万像素"), ("100.0", "1 亿像素"), ("250.4", "2.504 亿像素")]
)
def test_chinese_counts_pixels_by_ten_thousands(pixels, text):
    values = {"name": "a.jpg", "pixels": pixels, "most": "100.0", "width": 3, "height": 2}
    assert fill("zh", "errors.photo_too_large", **values) == f"a.jpg 有 {text}，超过上限 1 亿像素：缩小到 3 × 2 即可。"
    assert fill("zh", "results.million_pixels", count=0.0651) == "7 万像素"


def test_english_counts_one_thing_as_one():
    """No number before a plural, but in a text that has the singular, too: ``{photos:photo|photos}``."""
    things = "photos|pairs|files|trimaps|results|epochs|steps|frames"
    counted = re.compile(rf"\{{\w+(?::,)?\}}\**( [a-z]+)? ({things})\b")
    assert {key for key, text in flat("en").items() if counted.search(text)} == NEVER_ONE


@pytest.mark.parametrize(("photos", "text"), [(1, "Measure 1 photo"), (2, "Measure 2 photos"), (0, "Measure 0 photos")])
def test_a_number_brings_the_word_that_goes_with_it(photos, text):
    assert fill("en", "results.evaluate", photos=photos) == text
    assert fill("en", "results.evaluate", photos=np.int64(photos)) == text
    assert fill("en", "errors.uploads_many", count=str(photos), most="3").startswith(
        f"{photos} of these files {'was' if photos == 1 else 'were'} left out"
    )
    assert fill("zh", "results.evaluate", photos=photos) == f"评测 {photos} 张照片"
