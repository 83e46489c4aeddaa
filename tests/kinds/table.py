"""Every kind of photo through the command line, the API and the page in Chromium, and tables of what became of it.

    python -m tests.kinds.table docs/photos.md
    python -m tests.kinds.table --only large docs/photos.md
    python -m tests.kinds.table --files FOLDER table.md

``--only`` makes one of the two tables anew, of small photos or of large ones. ``--files`` takes the files of a folder
instead; their colours are then compared between the three ways alone. Where files that are given at once are not
answered in time, they are given again in halves, until the one that is waited for is known: it has **no answer**.
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
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as BrowserTimeoutError

from seg.classes import PETS
from seg.texts.en import TEXTS as EN
from seg.training.provenance import commit_of
from tests.e2e.conftest import CHROMIUM_FLAGS, serving
from tests.e2e.test_app import CHELSEA, settled, upload
from tests.kinds.files import Kind, kinds, large

WAYS = ("command line", "API", "page")
JPEG_LEVELS = 4  # how far the page's ZIP is from the photo: its overlays are JPEGs
LARGE = "large"  # how names of large files begin
TOO_LATE = 124  # the code with which PEAK ends a command after so many seconds
# Runs a command for some seconds, and ends what it writes to standard error with the most memory that it took, in MB.
PEAK = f"""import resource, subprocess, sys
try:
    code = subprocess.run(sys.argv[2:], timeout=float(sys.argv[1])).returncode
except subprocess.TimeoutExpired:
    sys.exit({TOO_LATE})
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)"""
AT_ONCE = 28  # photos that the page takes
ZIP = re.compile(EN["segment"]["download_zip"].partition("}")[2].strip())
PHOTO_SIDE = 300  # pixels of the longest side of the photo of which the files are made
COMPANIONS = 2  # readable photos that are given to the page with every file: it offers its ZIP for two and more
SECONDS = 1200  # for all files that the command line gets at once, on a busy machine
SECONDS_OF_A_STEP = 300  # for an answer of the API, and for each wait of the page; a batch takes half a minute
LATE = (TimeoutError, BrowserTimeoutError)
HEAD = """# What becomes of each kind of photo

Files of each kind, made from a photo of a cat, were given to the command line (`predict`), the API (`/api/segment`) and
the page Segment in Chromium, by

```sh
.venv/bin/python -m tests.kinds.table docs/photos.md
.venv/bin/python -m tests.kinds.table --only large docs/photos.md    # one of the two tables
```

*right*: the photo has its size, is upright, and its colours are those of the original, within some levels of 255.
*warned*: the same as far as the file goes, with the sentence beside it. *refused*: with the sentence beside it.
"""
# The document's sections: each has a heading, a table, and who made it when.
SECTIONS = {
    "small": ("## Odd kinds", "what is said"),
    "large": ("## Large photos", "what is said, and the most memory of the command line, each photo alone"),
}
MOST_COMPARED = 4_000_000  # pixels of a large photo that are compared: those of every second, third, ... row and column


@dataclass
class Answer:
    """What one way made of a file: ``sentences`` are warnings, or why there are no ``pixels``: the photo, RGB uint8,
    to within some ``levels``. ``megabytes``: the most memory that it took, where that is known; ``is_late``: there was
    no answer in time."""

    pixels: np.ndarray | None
    sentences: list[str]
    levels: float = 0
    megabytes: int | None = None
    is_late: bool = False

    def verdict(self, kind: Kind | None) -> str:
        if self.is_late:
            return "**no answer**"
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
    parser.add_argument("--only", choices=SECTIONS)
    options = parser.parse_args(arguments)
    before = options.table.read_text(encoding="utf-8") if options.table.exists() else ""
    document = [HEAD]
    for section, (heading, said) in SECTIONS.items():
        if options.only not in (None, section):
            document.append(heading + before.partition(heading)[2].partition("\n## ")[0].rstrip() + "\n")
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows = list(_rows(options, section, Path(folder)))
        header = f"| kind | files | {' | '.join(WAYS)} | {said} |\n" + "| --- " * 6 + "|\n"
        if rows:
            document.append(f"{heading}\n\nOn {_machine()}.\n\n{header}{''.join(_merged(rows))}")
    options.table.write_text("\n".join(document), encoding="utf-8")
    return 0


def _machine() -> str:
    commit = (commit_of(Path(__file__).parents[2]) or "no checkout")[:7]
    system = f"{platform.machine()}, {platform.system()}"
    return f"{os.cpu_count()} cores ({system}), Python {platform.python_version()}, commit {commit}"


@dataclass
class Row:
    about: str
    name: str
    verdicts: list[str]
    said: str


def _rows(options: argparse.Namespace, section: str, folder: Path) -> Iterator[Row]:
    files = {}
    for number, (about, name, data, kind) in enumerate(_files(options, section)):
        path = folder / f"{number:03}-{name}"
        path.write_bytes(data)
        files[path] = about, name, kind
    small = [path for path, (_, name, _) in files.items() if not name.startswith(LARGE)]
    names = {path: f"{about} ({name})" for path, (about, name, _) in files.items()}
    groups = [group for group in (small, *([path] for path in files if path not in small)) if group]
    from_command_line: dict[Path, Answer] = {}
    for group in groups:
        from_command_line |= answered(group, lambda paths: by_command_line(paths, folder / "out"), names)
    with serving(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        page.set_default_timeout(SECONDS_OF_A_STEP * 1000)
        companions = list(_companions(options.photo, folder))
        batches = -(-len(files) // AT_ONCE)
        from_page: dict[Path, Answer] = {}
        for first in range(batches):
            batch = list(files)[first::batches]
            from_page |= answered(batch, lambda paths: by_page(paths, companions, page, address), names)
        for path, (about, name, kind) in files.items():
            (from_api,) = answered([path], lambda paths: {paths[0]: by_api(paths[0], address)}, names).values()
            answers = [from_command_line[path], from_api, from_page[path]]
            verdicts = [answer.verdict(kind) for answer in answers]
            if kind and kind.is_for_the_command_line:  # beyond the server's limit
                verdicts[0] = answers[0].verdict(replace(kind, verdict="right"))
            said = {" ".join(answer.sentences).replace(path.name, "NAME") for answer in answers if answer.sentences}
            if path not in small and answers[0].megabytes:
                said.add(f"{answers[0].megabytes:,} MB on the command line")
            print(f"{about} ({path.name}): {', '.join(verdicts)} {' / '.join(said)}", file=sys.stderr, flush=True)
            yield Row(about, name, verdicts, " / ".join(sorted(said)))
        browser.close()


def answered(
    paths: Sequence[Path], ask: Callable[[Sequence[Path]], dict[Path, Answer]], names: dict[Path, str]
) -> dict[Path, Answer]:
    """What ``ask`` answers for each file. Where it is late, it is asked for halves: so what it waits for is known."""
    try:
        return ask(paths)
    except LATE as error:
        reason = str(error).strip().splitlines()[0]
        print(f"No answer ({reason}): {', '.join(names[path] for path in paths)}", file=sys.stderr, flush=True)
    if len(paths) == 1:
        return {paths[0]: Answer(None, [], is_late=True)}
    half = len(paths) // 2
    return answered(paths[:half], ask, names) | answered(paths[half:], ask, names)


def _companions(photo: Path, folder: Path) -> Iterator[Path]:
    for number in range(COMPANIONS):
        path = folder / f"companion-{number}.jpg"
        image = Image.open(photo).convert("RGB")
        image.resize((PHOTO_SIDE, PHOTO_SIDE - number)).save(path)
        yield path


def _files(options: argparse.Namespace, section: str) -> Iterator[tuple[str, str, bytes, Kind | None]]:
    if options.files:
        for path in sorted(path for path in options.files.iterdir() if path.is_file() and section == "small"):
            yield path.name, path.name, path.read_bytes(), None
        return
    photo = Image.open(options.photo).convert("RGB")
    photo.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    pixels = np.asarray(photo)
    for kind in (kinds if section == "small" else large)(pixels):
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
    """A picture; of a large one, as many rows and columns as are compared."""
    image = Image.open(io.BytesIO(data))
    step = max(1, round((image.width * image.height / MOST_COMPARED) ** 0.5))
    return np.asarray(image)[::step, ::step].copy()


def by_command_line(paths: Sequence[Path], out: Path) -> dict[Path, Answer]:
    """Segment all files in one go; ``megabytes`` is what they took together. Raises TimeoutError."""
    command = [sys.executable, "-c", PEAK, str(SECONDS)]
    command += [sys.executable, "-m", "seg", "predict", *map(str, paths), "-o", str(out)]
    command += ["--json", "--save", "overlay", "trimap", "cutout"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode == TOO_LATE:
        raise TimeoutError(f"predict took more than {SECONDS} s")
    assert "Traceback" not in done.stderr, done.stderr
    report = json.loads(done.stdout)
    rows = {row["photo"]: row for row in report["photos"]}
    megabytes = int(done.stderr.split()[-1])

    def answer(path: Path) -> Answer:
        if str(path) not in rows:
            sentences = [sentence for sentence in report["failed"] if path.name in sentence]
            return Answer(None, sentences, megabytes=megabytes)
        row = rows[str(path)]
        files = {file.split(".")[-2]: (out / file).read_bytes() for file in row["files"]}
        photo = photo_under(decoded(files["overlay"]), decoded(files["trimap"]))
        return Answer(photo, row["warnings"], megabytes=megabytes)

    return {path: answer(path) for path in paths}


def by_api(path: Path, address: str) -> Answer:
    """Raises TimeoutError."""
    pictures = {}
    for kind in ("overlay", "trimap"):
        query = urllib.parse.urlencode({"as": kind, "name": path.name})
        try:
            request = urllib.request.Request(f"{address}/api/segment?{query}", path.read_bytes(), method="POST")
            with urllib.request.urlopen(request, timeout=SECONDS_OF_A_STEP) as response:
                pictures[kind], warnings = decoded(response.read()), json.loads(response.headers["X-Seg-Warnings"])
        except urllib.error.HTTPError as error:
            assert error.code < 500, error
            return Answer(None, [json.load(error)["error"]])
    return Answer(photo_under(pictures["overlay"], pictures["trimap"]), warnings)


def by_page(paths: Sequence[Path], companions: Sequence[Path], page: Page, address: str) -> dict[Path, Answer]:
    """Give files to the page, at most as many as it takes at once, and get its ZIP. Raises BrowserTimeoutError."""
    page.goto(address)
    settled(page)
    upload(page, *companions, *paths)
    button = page.get_by_role("button", name=ZIP)
    button.wait_for()
    settled(page)
    assert page.get_by_text("Traceback").count() == 0
    with page.expect_download() as download:
        button.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        pictures = {name: decoded(archive.read(name)) for name in archive.namelist() if "cutout" not in name}
    alerts = _sentences(page.locator('[data-testid^="stAlertContent"], [data-testid="stExpander"] li'))

    def answer(path: Path) -> Answer:
        sentences = [text for text in alerts if path.name in text]
        found = {name.split("-")[-1]: made for name, made in pictures.items() if name.startswith(path.name[:4])}
        photo = photo_under(found["overlay.jpg"], found["trimap.png"]) if found else None
        return Answer(photo, sentences, JPEG_LEVELS)

    return {path: answer(path) for path in paths}


def _sentences(alerts) -> list[str]:
    """What alerts say, and the list of them where they are many, without the names of their icons."""
    return [text.split("\n")[-1] for text in alerts.all_inner_texts()]


if __name__ == "__main__":
    sys.exit(main())
