"""The cut-out is corrected by hand in a real browser: by mouse, by finger, by keyboard."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from seg.texts.en import TEXTS as EN
from tests.e2e.test_accessibility import serious_violations
from tests.e2e.test_app import heading, settled

TEXTS = EN["segment"]
ANSWERED = ".editor .frame[aria-busy=false]"
# How opaque the canvas shows the photo at a place given as shares of its width and height: the faded rest is lighter.
PIXEL = """(canvas, [x, y]) => [...canvas.getContext("2d").getImageData(
    Math.round(x * canvas.width), Math.round(y * canvas.height), 1, 1).data.slice(0, 3)]"""
FACE, WALL = (0.45, 0.45), (0.9, 0.2)  # of Chelsea, in shares of the width and the height


@pytest.fixture
def editor(app, page):
    """The front page with Chelsea opened to be painted over."""

    def open_editor(page=page):
        page.goto(app)
        heading(page, "segment")
        settled(page)
        page.get_by_role("button", name=TEXTS["by_hand"]).click()
        page.locator(ANSWERED).wait_for()
        page.wait_for_function("document.activeElement !== document.body")
        settled(page)
        return page.locator("canvas")

    return open_editor


def pixel(canvas, place) -> np.ndarray:
    return np.array(canvas.evaluate(PIXEL, list(place)))


def on(canvas, place) -> tuple[float, float]:
    box = canvas.bounding_box()
    return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]


def answered(page) -> None:
    page.locator(ANSWERED).wait_for()
    page.wait_for_timeout(300)  # until the answer is drawn


def choose(page, name: str) -> None:
    page.locator(".tools label").filter(has_text=name).click()


def cutout(page) -> np.ndarray:
    page.get_by_role("button", name=TEXTS["by_hand_done"]).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=TEXTS["download_cutout"]).click()
    return np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())))


def alpha_at(picture: np.ndarray, place) -> int:
    return picture[round(place[1] * picture.shape[0]), round(place[0] * picture.shape[1]), 3]


def test_strokes_of_a_mouse_change_the_cut_out_and_are_undone_and_redone(editor, page):
    canvas = editor()
    before = pixel(canvas, FACE)
    choose(page, EN["common"]["background"])
    page.mouse.move(*on(canvas, FACE))
    page.mouse.down()
    page.mouse.move(*on(canvas, (FACE[0] + 0.1, FACE[1])), steps=5)
    page.mouse.up()
    answered(page)
    page.mouse.move(*on(canvas, (0.1, 0.9)))
    faded = pixel(canvas, FACE)
    assert np.abs(faded - before).max() > 40, "the photo is faded there"
    page.get_by_role("button", name=TEXTS["by_hand_undo"]).click()
    answered(page)
    assert np.abs(pixel(canvas, FACE) - before).max() < 10
    page.get_by_role("button", name=TEXTS["by_hand_redo"]).click()
    answered(page)
    assert np.abs(pixel(canvas, FACE) - faded).max() < 10
    picture = cutout(page)
    assert alpha_at(picture, FACE) == 0 and alpha_at(picture, (0.45, 0.7)) == 255


def test_the_keyboard_paints_and_undoes(editor, page):
    canvas = editor()
    before = pixel(canvas, (0.5, 0.5))
    page.get_by_role("radio", name=EN["common"]["background"]).focus()
    page.keyboard.press("Space")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    answered(page)
    canvas.blur()
    assert np.abs(pixel(canvas, (0.5, 0.5)) - before).max() > 40
    page.get_by_role("button", name=TEXTS["by_hand_clear"]).focus()
    page.keyboard.press("Control+z")
    answered(page)
    assert np.abs(pixel(canvas, (0.5, 0.5)) - before).max() < 10


def test_a_finger_paints_on_a_phone_and_two_fingers_zoom(browser, editor):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en-US")
    phone = context.new_page()
    phone.set_default_timeout(60_000)
    canvas = editor(phone)
    assert canvas.bounding_box()["width"] > 300
    touch = phone.context.new_cdp_session(phone)

    def fingers(kind: str, *places) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(on(canvas, at) for at in places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = pixel(canvas, WALL)
    fingers("touchStart", WALL)
    fingers("touchMove", (WALL[0], WALL[1] + 0.05))
    fingers("touchMove", (WALL[0], WALL[1] + 0.15))
    fingers("touchEnd")
    answered(phone)
    assert np.abs(pixel(canvas, WALL) - before).max() > 40, "pet, the first brush, where the wall was faded"
    seen = pixel(canvas, (0.6, 0.9))
    fingers("touchStart", (0.5, 0.5))
    fingers("touchStart", (0.5, 0.5), (0.6, 0.5))
    fingers("touchMove", (0.2, 0.5), (0.9, 0.5))
    fingers("touchEnd")
    phone.wait_for_timeout(300)
    assert (pixel(canvas, (0.6, 0.9)) != seen).any()
    zoom_out = phone.get_by_role("button", name=TEXTS["by_hand_zoom_out"])
    assert zoom_out.get_attribute("aria-disabled") == "false"
    assert phone.locator(".editor .frame[aria-busy=true]").count() == 0, "a pinch is no stroke"
    picture = cutout(phone)
    assert alpha_at(picture, WALL) == 255 and alpha_at(picture, (0.9, 0.6)) < 128
    context.close()


def test_the_editor_has_no_serious_violation_in_the_light_and_in_the_dark(editor, page):
    editor()
    problems = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        problems += [f"{scheme}: {problem}" for problem in serious_violations(page)]
    assert not problems, "\n".join(problems)
