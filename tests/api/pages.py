"""Makes the pages of ``docs/api`` from the docstrings of what is public: ``python -m tests.api.pages docs/api``."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from seg.files import write_file
from seg.public import PAGES, Page
from tests.api.source import NAMES, Definition, find

MADE = "<!-- Made by `make docs` from the docstrings in seg: change them there. -->\n"
INDEX = "README.md"
INTRODUCTION = """\
# seg from Python

All that is public in the package, a page for each purpose, each function with an example:

{pages}

They are made from the docstrings, which `help(read_photo)` shows as well, and the tests run every example. What is not
on them serves the app, the command line and the server, and may change from one version to the next.

## To begin with

`make run`, or the lines of [README.md](../../README.md), set up `.venv` in the project's folder. There
`.venv/bin/python` knows `seg`; after `.venv/bin/python -m pip install .` it does so in every folder. For a notebook:

```sh
.venv/bin/python -m pip install . jupyterlab
.venv/bin/jupyter lab
```

Then these lines cut out a cat of the sample that ships; the path of a photo of yours does as well.

```python
from PIL import Image
from seg import Dataset, Segmenter

segmenter = Segmenter.load()  # the network that ships; load it once
result = segmenter(Dataset.open()["Abyssinian_88"].photo)  # a path, bytes, a PIL image or an array
print(result.shares)  # which part of the photo is pet, background and border
Image.fromarray(result.cutout()).save("cutout.png")
Image.fromarray(result.overlay())  # the last line of a cell: a notebook shows the picture
```

## What the arrays are

Pictures are NumPy arrays, which `Image.fromarray` of Pillow makes visible. A size is height and width in pixels, as
`array.shape` has them (Pillow's `image.size` is width and height). C is the number of classes, 3 for pets.

| word | dtype and shape | values |
| --- | --- | --- |
| photo | uint8 `(H, W, 3)` | RGB in [0, 255], upright, sRGB |
| trimap | uint8 `(H, W)` | as on disk: 1 pet, 2 background, 3 border |
| labels | uint8 `(H, W)` | as the network counts: 0 pet, 1 background, 2 border; 255 is no class |
| probabilities | float32 `(H, W, C)` | in [0, 1], of each class at each pixel |
| logits | float32 `(H, W, C)` | the same before the softmax |
| alpha | float32 `(H, W)` | in [0, 1], how opaque a pixel of the cut-out is |
| cut-out | uint8 `(H, W, 4)` | RGBA; with a background RGB, `(H, W, 3)` |
| confusion | int64 `(C, C)` | pixels by true label (row) and predicted label (column) |

`dataset.classes` (see [`Classes`](data.md#classes)) goes from trimap values to labels and back.

## Errors

What a user can cause, such as a file that is no photo, raises a [`SegError`](segmenting.md#segerror), whose text is one
sentence: what is wrong, with which file, what to do. The docstrings name the kinds (`PhotoError`, `DatasetError` and so
on): all of them are a `SegError`. Any other exception is a mistake in the program, or of a caller who gives an array of
another shape than the docstring says.

## About the examples

They ran in an empty folder, on the sample of 148 photos and with the weights that ship. Where you have downloaded the
whole dataset, or `SEG_DATA`, `SEG_WEIGHTS` or `SEG_RUNS` name something else, counts and names are others. What is only
compared or rounded there differs from one processor to another.

TensorFlow is needed to train, for [`batches`](data.md#batches), for the network [in Keras](network.md#in-keras) and for
[`export`](network.md#export) to other formats than OpenVINO's. Importing `seg` does not load it.

## All names

[seg/public.py](../../seg/public.py) is the list.

{names}
"""


@cache
def pages() -> dict[str, str]:
    """The text of each file of ``docs/api``."""
    listed = "\n".join(f"- [{page.title}]({page.file}.md): {page.text}" for page in PAGES)
    index = MADE + "\n" + INTRODUCTION.format(pages=listed, names="\n".join(map(_names, PAGES)))
    return {INDEX: index, **{f"{page.file}.md": _page(page) for page in PAGES}}


def _names(page: Page) -> str:
    lines = [f"- [{page.title}]({page.file}.md)"]
    for heading, names in page.names.items():
        links = ", ".join(f"[`{_short(name)}`]({page.file}.md#{ANCHORS[name]})" for name in names)
        lines.append(f"  - {heading}: {links}")
    return "\n".join(lines)


def _page(page: Page) -> str:
    parts = [f"{MADE}\n# {page.title}\n\n{page.text} [All pages]({INDEX})\n"]
    for heading, names in page.names.items():
        parts.append(f"## {heading}\n")
        parts += [_entry(find(name), page) for name in names]
    return "\n".join(parts)


def _entry(definition: Definition, page: Page) -> str:
    code = f"from {definition.module} import {definition.short_name}\n"
    if signature := definition.signature():
        code += ("\n\n" if signature.startswith("class ") else "\n") + f"{signature}\n"
    parts = [f"### `{definition.short_name}`\n\n```python\n{code}```\n", _text(definition, page)]
    for member in definition.members():
        parts += [f"#### `{member.short_name}`\n\n```python\n{member.signature()}\n```\n", _text(member, page)]
    return "\n".join(parts)


def _text(definition: Definition, page: Page) -> str:
    prose = definition.prose.replace("``", "`")
    linked = re.sub(r"`([A-Z]\w+)`|\b([A-Z]\w+Error)\b", lambda match: _link(match, definition, page), prose)
    constants = "; ".join(f"`{name}` is `{value}`" for name, value in definition.constants().items())
    example = f"\n```pycon\n{definition.example}\n```\n" if definition.example else ""
    return linked + "\n" + (f"\n{constants}.\n" if constants else "") + example


def _link(match: re.Match[str], definition: Definition, page: Page) -> str:
    """A class in a text, as a link to where it stands; without one where that is here."""
    name = match[1] or match[2]
    file, anchor = CLASSES.get(name, ("", ""))
    if not file or name == definition.short_name.split(".")[0]:
        return match[0]
    return f"[`{name}`]({'' if file == page.file else f'{file}.md'}#{anchor})"


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def headings(page: Page) -> Iterator[tuple[str, str]]:
    """The headings of a page in their order, each with the name that it is about, empty for none."""
    yield page.title, ""
    for heading, names in page.names.items():
        yield heading, ""
        for name in names:
            definition = find(name)
            yield definition.short_name, name
            yield from ((member.short_name, member.name) for member in definition.members())


def anchors(page: Page) -> dict[str, str]:
    """The anchor of each name on a page, as GitHub makes it: without capitals; the second of the same has a number."""
    met: Counter[str] = Counter()
    named = {}
    for heading, name in headings(page):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        if name:
            named[name] = f"{anchor}-{met[anchor]}" if met[anchor] else anchor
        met[anchor] += 1
    return named


ANCHORS = {name: anchor for page in PAGES for name, anchor in anchors(page).items()}
# Page and anchor of each public class, by its name alone.
CLASSES = {
    _short(name): (page.file, ANCHORS[name])
    for page in PAGES
    for names in page.names.values()
    for name in names
    if _short(name)[0].isupper()
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts = pages()
    for name, text in texts.items():
        write_file(folder / name, text)
    for file in folder.glob("*.md"):
        if file.name not in texts:
            file.unlink()
    print(f"{len(NAMES)} names on {len(PAGES)} pages in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
