"""The cut-out on the front page: large enough to judge an outline, and compared with the photo by hand or keyboard."""

from __future__ import annotations

import pytest

from seg.texts.en import TEXTS as EN
from tests.e2e.test_app import heading, settled

IMAGE = "[data-testid=stImage] img"


@pytest.fixture
def front(app, page):
    """The front page at a width: ``front(1280)`` returns it with its cut-out drawn."""

    def open_page(width: int):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(app)
        heading(page, "segment")
        settled(page)
        page.locator(".frame img.after").first.wait_for()
        return page

    return open_page


def test_on_a_desk_the_cut_out_is_480_pixels_wide_with_the_new_background_beside_it(front):
    page = front(1280)
    frame = page.locator(".frame").bounding_box()
    assert frame["width"] >= 480
    assert frame["width"] / frame["height"] == pytest.approx(451 / 300, rel=0.02), "Chelsea is not distorted"
    background = page.locator(IMAGE).first.bounding_box()
    assert background["x"] > frame["x"] + frame["width"] and background["y"] < frame["y"] + frame["height"]


def test_on_a_phone_the_cut_out_comes_first_and_fills_the_width(front):
    page = front(390)
    frame, photo = (page.locator(selector).first.bounding_box() for selector in (".frame", IMAGE))
    assert frame["width"] >= 340
    assert frame["y"] < photo["y"]


def test_the_divider_follows_the_pointer_and_the_arrow_keys(front):
    page = front(1280)
    slider, frame = page.get_by_role("slider", name=EN["segment"]["split"]), page.locator(".frame").bounding_box()
    assert slider.input_value() == "0"
    page.mouse.move(frame["x"] + 5, frame["y"] + 50)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + 60, steps=4)
    page.mouse.up()
    assert abs(int(slider.input_value()) - 50) <= 1
    slider.focus()
    page.keyboard.press("End")
    assert slider.input_value() == "100"
    clip = page.locator(".frame .before").evaluate("image => getComputedStyle(image).clipPath")
    assert clip.startswith("inset(0px 0%") or clip in ("inset(0px)", "inset(0px 0px 0px 0px)"), clip


def test_the_full_size_opens_in_a_dialog_that_escape_closes(front):
    page = front(1280)
    page.get_by_role("button", name=EN["segment"]["full_size"]).click()
    dialog = page.get_by_role("dialog", name=EN["segment"]["full_size_title"])
    frame = dialog.locator(".frame")
    frame.wait_for()
    assert frame.bounding_box()["width"] > 900
    assert dialog.get_by_role("slider").input_value() == "50"
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
