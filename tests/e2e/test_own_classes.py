"""Datasets of one's own in the browser: KITTI's roads, which are cut out, and CamVid's street, of which nothing is.

Masks in their real layouts become a dataset, a network is trained on it, and every page shows its classes and no pets.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from seg.classes import Classes
from seg.texts.en import TEXTS as EN
from tests.e2e import scenes
from tests.e2e.conftest import ROOT, serving
from tests.e2e.test_accessibility import ADDRESSES
from tests.e2e.test_app import CUTOUT, assert_opened, heading, settled, upload

pytestmark = pytest.mark.slow

# What it learns is not the point here.
SHORT = ("--epochs", "2", "--steps", "2", "--batch", "2", "--size", "64")
OF_PETS = re.compile(r"\b(pets?|cats?|dogs?|breeds?|border|fur)\b", re.IGNORECASE)
# They tell the article, which is about pets.
TOLD = {f"inside?section={section}" for section in ("lessons", "scale", "steps", "article")}
# A row of a legend, with the colour of its dot.
LEGENDS = """() => [...document.querySelectorAll('ul.legend')].map(legend => [...legend.children].map(row => {
    const box = row.getBoundingClientRect();
    return {name: row.textContent, colour: getComputedStyle(row.firstChild).backgroundColor,
            seen: box.left >= 0 && box.right <= document.documentElement.clientWidth};
}))"""


@dataclass(frozen=True)
class Server:
    """An app with a dataset of its own and a run that was trained on it."""

    address: str
    classes: Classes
    run: str
    photos: list[Path]

    def at(self, address: str) -> str:
        """An address of a page with the run's weights chosen."""
        return f"{self.address}/{address}{'&' if '?' in address else '?'}weights={self.run}"


def program(*arguments: object) -> str:
    command = [sys.executable, "-m", "seg", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["kitti", "camvid"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(request.param)
    source, data = getattr(scenes, request.param)(folder / "source", 20), folder / "streets"
    program("masks", source, "-o", data)
    (folder / "runs").mkdir()
    run = json.loads(program("train", "--data", data, "--runs", folder / "runs", *SHORT, "--json"))
    with serving(folder, SEG_DATA=str(data)) as address:
        photos = sorted((data / "images").iterdir())
        yield Server(address, Classes.of_folder(data), Path(run["weights"]).parent.name, photos)


@pytest.fixture
def visitor(page: Page) -> Page:
    page.set_default_timeout(120_000)
    return page


def assert_own_classes(server: Server, page: Page, address: str) -> None:
    """Nothing has gone wrong, nothing is said of pets, and each legend has all classes, in their colours, in sight."""
    assert_opened(page)
    if address not in TOLD:
        assert not OF_PETS.findall(page.get_by_test_id("stMain").inner_text())
    colours = {EN["common"].get(member.name, member.name): member.colour for member in server.classes}
    with_void = colours | {EN["common"]["void"]: server.classes.void_colour}
    for legend in page.evaluate(LEGENDS):
        shown = {row["name"]: tuple(map(int, re.findall(r"\d+", row["colour"])))[:3] for row in legend}
        assert shown in (colours, with_void)
        assert all(row["seen"] for row in legend)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_shows_the_classes_of_the_dataset_and_no_pets(server: Server, visitor: Page, address: str):
    page = visitor
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(server.at(address))
    heading(page, ADDRESSES[address])
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert_own_classes(server, page, address)


def test_a_photo_of_ones_own_is_segmented_and_compared_with_its_mask(server: Server, visitor: Page):
    page, photo = visitor, server.photos[0]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(server.at(""))
    heading(page, "segment")
    settled(page)
    upload(page, {"name": "street.png", "mimeType": "image/png", "buffer": photo.read_bytes()})
    page.get_by_role("button", name="Remove street.png").wait_for()
    # The photo is known by its content: its mask in the dataset, with what is not labelled, is compared.
    page.get_by_role("heading", name=EN["segment"]["truth"]).wait_for()
    settled(page)
    assert page.get_by_text(EN["common"]["void"], exact=True).count() >= 1
    assert page.get_by_role("button", name=CUTOUT).count() in ((0,) if server.classes.subject is None else (0, 1))
    assert_own_classes(server, page, "")


def test_the_weights_are_measured_photo_by_photo_with_mistakes_and_suspects(server: Server, visitor: Page):
    page = visitor
    page.goto(server.at("results?show=measure"))
    heading(page, "results")
    settled(page)
    page.get_by_text(EN["results"]["split_validation"], exact=True).click()
    page.get_by_role("button", name=re.compile("^Measure ")).click()
    page.get_by_role("heading", name=EN["results"]["suspects"]).wait_for()
    settled(page)
    page.get_by_text(EN["results"]["mark"], exact=True).first.click()
    page.get_by_text(EN["results"]["mistakes_note"]).first.wait_for()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert len(page.evaluate(LEGENDS)) == 2  # of the triptychs and of the suspects
        assert_own_classes(server, page, "results?show=measure")


def test_the_run_its_film_and_its_triptychs_are_shown(server: Server, visitor: Page):
    page = visitor
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(server.at(f"train?runs={server.run}"))
    heading(page, "train")
    page.get_by_role("heading", name=EN["train"]["film"]).wait_for()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert page.evaluate(LEGENDS)
        assert_own_classes(server, page, "train")
