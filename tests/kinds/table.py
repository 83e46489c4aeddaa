"""Every kind of photo through the command line, the API and the page in Chromium, and a table of what became of it.

    python -m tests.kinds.table docs/photos.md
    python -m tests.kinds.table --photo cat.jpg --no-large table.md
    python -m tests.kinds.table --files FOLDER table.md

``--files`` takes the files of a folder instead; their colours are then compared between the three ways alone.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from seg.classes import PETS
from seg.texts.en import TEXTS as EN
from tests.e2e.conftest import CHROMIUM_FLAGS, serving
from tests.e2e.test_app import CHELSEA, settled, upload
from tests.kinds.files import Kind, kinds, large

WAYS = ("command line", "API", "page")
JPEG_LEVELS = 4  # how far the page's ZIP is from the photo: its overlays are JPEGs
LARGE = "large"  # how names of large files begin
# Runs a command, and ends what it writes to standard error with the most memory that it took, in MB.
PEAK = """import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)"""
AT_ONCE = 28  # photos that the page takes
ZIP = re.compile(EN["segment"]["download_zip"].partition("}")[2].strip())
PHOTO_SIDE = 300  # pixels of the longest side of the photo of which the files are made
SECONDS = 1200  # for what is asked at once, on a busy machine
HEAD = """# What becomes of each kind of photo

Files of each kind, made from a photo of a cat, were given to the command line (`predict`), the API (`/api/segment`) and
the page Segment in Chromium, by

```sh
.venv/bin/python -m tests.kinds.table COMMAND
```

on MACHINE. `--no-large` leaves out those of 12 million pixels and more, which take half an hour.

*right*: the photo has its size, is upright, and its colours are those of the original, within some levels of 255.
*warned*: the same as far as the file goes, with the sentence beside it. *refused*: with the sentence beside it.

"""


@dataclass
class Answer:
    """What one way made of a file: ``sentences`` are warnings, or why there are no ``pixels``: the photo, RGB uint8,
    to within some ``levels``."""

    pixels: np.ndarray | None
    sentences: list[str]
    levels: float = 0

    def verdict(self, kind: Kind | None) -> str:
        if self.pixels is None:
            return "refused"
        if kind and (off := kind.difference(self.pixels)) > kind.levels + self.levels:
            return f"**off by {off:.1f} levels**"
        verdict = "warned" if self.sentences else "right"
        return verdict if kind is None or verdict == kind.verdict else f"**{verdict}**"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--photo", type=Path, default=CHELSEA)
    parser.add_argument("--files", type=Path)
    parser.add_argument("--no-large", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_rows(options, Path(folder)))
    header = (
        "| kind | files | "
        + " | ".join(WAYS)
        + " | what is said, and the memory of large ones |\n"
        + "| --- " * 6
        + "|\n"
    )
    command = " ".join(sys.argv[1:] if arguments is None else arguments)
    options.table.write_text(
        HEAD.replace("COMMAND", command).replace("MACHINE", _machine()) + header + "".join(_merged(rows)),
        encoding="utf-8",
    )
    return 0


def _machine() -> str:
    return f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()}"


@dataclass
class Row:
    about: str
    name: str
    verdicts: list[str]
    said: str


def _rows(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    from playwright.sync_api import sync_playwright

    files = {}
    for number, (about, name, data, kind) in enumerate(_files(options)):
        path = folder / f"{number:03}-{name}"
        path.write_bytes(data)
        files[path] = about, name, kind
    small = [path for path, (_, name, _) in files.items() if not name.startswith(LARGE)]
    from_command_line = dict.fromkeys(small, by_command_line(small, folder / "out")[0]) if small else {}
    memory = {}
    for path in files.keys() - from_command_line.keys():
        from_command_line[path], memory[path] = by_command_line([path], folder / "out")
    with serving(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        page.set_default_timeout(SECONDS * 1000)
        from_page = by_page(list(files), page, address)
        for path, (about, name, kind) in files.items():
            answers = [from_command_line[path](path), by_api(path, address), from_page(path)]
            verdicts = [answer.verdict(kind) for answer in answers]
            if kind and kind.about.startswith("200 MP"):  # beyond the page's limit, not the command line's
                verdicts[0] = "right" if answers[0].pixels is not None else "refused"
            said = {" ".join(answer.sentences).replace(path.name, "NAME") for answer in answers if answer.sentences}
            if path in memory:
                said.add(f"{memory[path]:,} MB on the command line")
            print(f"{about} ({path.name}): {', '.join(verdicts)} {' / '.join(said)}", file=sys.stderr, flush=True)
            yield Row(about, name, verdicts, " / ".join(sorted(said)))
        browser.close()


def _files(options: argparse.Namespace) -> Iterator[tuple[str, str, bytes, Kind | None]]:
    if options.files:
        for path in sorted(path for path in options.files.iterdir() if path.is_file()):
            yield path.name, path.name, path.read_bytes(), None
        return
    photo = Image.open(options.photo).convert("RGB")
    photo.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    pixels = np.asarray(photo)
    for kind in kinds(pixels):
        yield kind.about, kind.name, kind.data, kind
    for kind in () if options.no_large else large(pixels):
        yield kind.about, kind.name, kind.data, kind


def _merged(rows: Sequence[Row]) -> Iterator[str]:
    """A line of the table for each kind; for files of a kind that fared differently, a line each."""
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        groups.setdefault((row.about, *row.verdicts, re.sub(r"\(.*\)", "(REASON)", row.said)), []).append(row)
    for (about, *verdicts, _), members in groups.items():
        yield f"| {about} | {len(members)} | {' | '.join(verdicts)} | {members[0].said} |\n"


def photo_under(overlay: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """The photo whose overlay this is, at half opacity."""
    colours = PETS.palette[PETS.to_labels(trimap)].astype(np.int16)
    return (2 * overlay.astype(np.int16) - colours).clip(0, 255).astype(np.uint8)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def by_command_line(paths: Sequence[Path], out: Path) -> tuple[Callable[[Path], Answer], int]:
    """Segment all files in one go; returns what tells the answer for each, and the most memory taken, in MB."""
    command = [sys.executable, "-c", PEAK, sys.executable, "-m", "seg", "predict", *map(str, paths), "-o", str(out)]
    command += ["--json", "--save", "overlay", "trimap", "cutout"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert "Traceback" not in done.stderr, done.stderr
    report = json.loads(done.stdout)
    rows = {row["photo"]: row for row in report["photos"]}

    def answer(path: Path) -> Answer:
        if str(path) not in rows:
            return Answer(None, [sentence for sentence in report["failed"] if path.name in sentence])
        row = rows[str(path)]
        pictures = {file.split(".")[-2]: decoded((out / file).read_bytes()) for file in row["files"]}
        return Answer(photo_under(pictures["overlay"], pictures["trimap"]), row["warnings"])

    return answer, int(done.stderr.split()[-1])


def by_api(path: Path, address: str) -> Answer:
    pictures = {}
    for kind in ("overlay", "trimap"):
        query = urllib.parse.urlencode({"as": kind, "name": path.name})
        try:
            request = urllib.request.Request(f"{address}/api/segment?{query}", path.read_bytes(), method="POST")
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                pictures[kind], warnings = decoded(response.read()), json.loads(response.headers["X-Seg-Warnings"])
        except urllib.error.HTTPError as error:
            assert error.code < 500, error
            return Answer(None, [json.load(error)["error"]])
    return Answer(photo_under(pictures["overlay"], pictures["trimap"]), warnings)


def by_page(paths: Sequence[Path], page, address: str) -> Callable[[Path], Answer]:
    """Give files to the page, as many as it takes at once, and get its ZIP; returns what tells the answer for each."""
    answers: dict[Path, Answer] = {}
    batches = -(-len(paths) // AT_ONCE)
    for batch in (paths[first::batches] for first in range(batches)):  # a page of refused files alone has no ZIP
        page.goto(address)
        settled(page)
        upload(page, *batch)
        button = page.get_by_role("button", name=ZIP)
        button.wait_for()
        settled(page)
        assert page.get_by_text("Traceback").count() == 0
        with page.expect_download() as download:
            button.click()
        with zipfile.ZipFile(download.value.path()) as archive:
            pictures = {name: decoded(archive.read(name)) for name in archive.namelist()}
        alerts = [_sentences(page.get_by_test_id(f"stAlertContent{kind}")) for kind in ("Error", "Warning")]
        for path in batch:
            errors, warnings = ([text for text in texts if path.name in text] for texts in alerts)
            found = {name.split("-")[-1]: made for name, made in pictures.items() if name.startswith(path.name[:4])}
            photo = photo_under(found["overlay.jpg"], found["trimap.png"]) if found else None
            answers[path] = Answer(photo, errors or warnings, JPEG_LEVELS)
    return answers.__getitem__


def _sentences(alerts) -> list[str]:
    """What alerts say, without the names of their icons."""
    return [text.split("\n")[-1] for text in alerts.all_inner_texts()]


if __name__ == "__main__":
    sys.exit(main())
