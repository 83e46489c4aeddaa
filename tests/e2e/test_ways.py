"""Ways through the app: the browser's Back, links, pictures to press, and the keyboard."""

from __future__ import annotations

import re

from seg.texts.en import TEXTS as EN
from tests.e2e.test_app import heading, settled


def test_back_from_a_pair_returns_to_the_gallery(app, page):
    page.goto(f"{app}/dataset")
    heading(page, "dataset")
    page.get_by_text(EN["dataset"]["view_gallery"], exact=True).click()
    page.wait_for_url(re.compile(r"\?view=gallery$"))
    settled(page)
    # The picture itself is pressed, not the name below it.
    box = page.get_by_alt_text(re.compile("^Bengal")).first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"\?view=pair&pair=Bengal_\d+$"))
    page.get_by_text(EN["dataset"]["array"]).wait_for()
    settled(page)
    page.go_back()
    page.get_by_role("button", name=re.compile("^Bengal")).first.wait_for()
    assert page.url.endswith("?view=gallery")
    page.go_back()
    page.get_by_text(EN["dataset"]["array"]).wait_for()
    settled(page)
    assert page.url == f"{app}/dataset"


def test_back_and_forward_go_through_the_sections_of_inside(app, page):
    page.goto(f"{app}/inside")
    heading(page, "inside")
    for section in ("upsampling", "article"):
        page.get_by_text(EN["inside"][section], exact=True).click()
        page.wait_for_url(re.compile(f"section={section}$"))
        settled(page)
    page.go_back()
    page.get_by_text(EN["inside"]["kernel"]).first.wait_for()
    assert page.url.endswith("section=upsampling")
    page.go_forward()
    page.get_by_text(EN["inside"]["compared"]).first.wait_for()
    assert page.url.endswith("section=article")


def test_back_leaves_a_page_that_remembers_what_was_chosen_on_it(app, page):
    page.goto(f"{app}/dataset")
    heading(page, "dataset")
    page.get_by_text(EN["dataset"]["view_gallery"], exact=True).click()
    page.wait_for_url(re.compile("view=gallery"))
    for name in ("inside", "dataset"):
        settled(page)
        page.get_by_test_id("stSidebarNav").get_by_text(EN[name]["title"], exact=True).click()
        heading(page, name)
    page.wait_for_url(re.compile("dataset.view=gallery"))
    settled(page)
    page.go_back()
    heading(page, "inside")
    settled(page)
    page.go_back()
    heading(page, "dataset")
    settled(page)
    assert page.url.endswith("dataset?view=gallery")


def test_back_leaves_a_gallery_to_which_back_has_led_by_one_press(app, page):
    page.goto(f"{app}/dataset")
    heading(page, "dataset")
    settled(page)
    page.get_by_text(EN["dataset"]["view_gallery"], exact=True).click()
    page.wait_for_url(re.compile("view=gallery"))
    settled(page)
    page.get_by_test_id("stSidebarNav").get_by_text(EN["inside"]["title"], exact=True).click()
    heading(page, "inside")
    settled(page)
    page.go_back()
    page.get_by_role("button", name=re.compile("^Bengal")).first.wait_for()
    settled(page)
    page.go_back()
    page.get_by_text(EN["dataset"]["array"]).wait_for()
    settled(page)
    assert page.url == f"{app}/dataset"
    page.go_forward()
    page.get_by_role("button", name=re.compile("^Bengal")).first.wait_for()
    settled(page)
    page.go_forward()
    heading(page, "inside")


def test_a_step_of_the_article_leads_to_a_view_of_the_same_page_and_to_another_page(app, page):
    page.goto(f"{app}/inside?section=steps")
    page.get_by_text(EN["inside"]["step_triptychs"]).first.wait_for()
    settled(page)
    main = page.get_by_test_id("stMain")
    main.get_by_role("button", name=EN["inside"]["see_upsampling"], exact=True).click()
    page.wait_for_url(re.compile("section=upsampling$"))
    settled(page)
    page.go_back()
    settled(page)
    before, steps = page.url, page.evaluate("history.length")
    main.get_by_role("link", name=EN["inside"]["see_gallery"]).click()
    heading(page, "dataset")
    page.wait_for_url(re.compile("dataset.view=gallery$"))
    settled(page)
    # Back from the steps left one step in front of this place, which the link's takes.
    assert page.evaluate("history.length") == steps
    page.go_back()
    heading(page, "inside")
    settled(page)
    assert page.url == before


def test_a_number_of_the_transposed_convolution_is_changed_by_the_keyboard(app, page):
    page.goto(f"{app}/inside?section=upsampling")
    page.get_by_text(EN["inside"]["kernel"]).first.wait_for()
    settled(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    for key in ("ArrowRight", "9", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(700)
    page.get_by_label("1 9; 3 4").first.wait_for(state="attached")
