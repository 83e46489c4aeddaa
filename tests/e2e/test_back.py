"""The browser's Back undoes what a visitor has chosen on a page, one step at a time, and then leaves the page."""

from __future__ import annotations

import re

from seg.texts.en import TEXTS as EN
from tests.e2e.test_app import heading, settled


def test_back_from_a_pair_returns_to_the_gallery(app, page):
    page.goto(f"{app}/dataset")
    heading(page, "dataset")
    page.get_by_text(EN["dataset"]["view_gallery"], exact=True).click()
    page.wait_for_url(re.compile(r"\?view=gallery$"))
    page.get_by_role("button", name=re.compile("^Bengal")).first.click()
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
    for _ in range(2):
        page.go_back()
        settled(page)
    heading(page, "inside")
