"""Four people's ways through the app: a pet's owner, a teacher, a student and an engineer."""

from __future__ import annotations

import re

import numpy as np
import requests
from PIL import Image

from seg.texts.en import TEXTS as EN
from seg.texts.zh import TEXTS as ZH
from tests.e2e.test_app import CHELSEA, CUTOUT, heading, png, settled, shows_no_traceback, upload


def top(locator) -> float:
    return locator.bounding_box()["y"]


def menu(page, name: str) -> None:
    """Choose a page in the menu, which a phone opens first."""
    if page.get_by_test_id("stSidebar").get_attribute("data-collapsed") != "false":
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNav").get_by_text(EN[name]["title"], exact=True).click()
    heading(page, name)
    settled(page)


def test_a_pets_owner_cuts_it_out_on_a_phone_gives_it_a_background_and_comes_back_with_another_photo(app, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(app)
    heading(page, "segment")
    settled(page)
    pixels = np.asarray(Image.open(CHELSEA))
    upload(page, {"name": "tom.png", "mimeType": "image/png", "buffer": png(pixels[:285])})
    page.get_by_text("tom.png · ").wait_for()
    settled(page)
    # The cut-out comes first, and what it needs of the network's words comes below it.
    cutout, download = page.locator(".frame img.after").first, page.get_by_role("button", name=CUTOUT).first
    assert top(cutout) < top(download) < top(page.get_by_text(EN["segment"]["overlay"], exact=True).first)
    page.get_by_text(EN["segment"]["background_blur"], exact=True).click()
    settled(page)
    with page.expect_download() as picture:
        page.get_by_role("button", name=EN["segment"]["download_background"]).first.click()
    assert Image.open(picture.value.path()).size == (pixels.shape[1], 285)
    menu(page, "dataset")
    menu(page, "segment")
    upload(page, {"name": "kitty.png", "mimeType": "image/png", "buffer": png(pixels[:280])})
    page.get_by_text("kitty.png · ").wait_for()
    for name in ("tom.png", "kitty.png"):
        page.get_by_role("button", name=f"Remove {name}").wait_for()
    assert shows_no_traceback(page)


def test_a_teacher_shows_a_trimap_the_article_and_a_layer_by_links_and_in_chinese(app, page):
    page.goto(f"{app}/dataset?pair=Bengal_85")
    page.get_by_text("array([1, 2, 3]").first.wait_for()
    settled(page)
    page.get_by_text(EN["dataset"]["view_statistics"], exact=True).click()
    page.get_by_text(EN["dataset"]["shares"], exact=True).wait_for()
    menu(page, "inside")
    page.get_by_text(EN["inside"]["steps"], exact=True).click()
    page.wait_for_url(re.compile("section=steps$"))
    settled(page)
    page.get_by_test_id("stMain").get_by_role("button", name=EN["inside"]["see_upsampling"], exact=True).click()
    page.wait_for_url(re.compile("section=upsampling$"))
    settled(page)
    page.go_back()
    page.get_by_text(EN["inside"]["step_triptychs"]).first.wait_for()
    page.goto(f"{app}/inside?section=steps&lang=zh")
    heading(page, "inside", ZH)
    page.get_by_text(ZH["inside"]["step_triptychs"]).first.wait_for()
    assert shows_no_traceback(page)


def test_a_student_sees_how_good_the_network_is_and_where_it_errs_without_waiting_for_a_measurement(app, page):
    page.goto(f"{app}/results")
    heading(page, "results")
    page.get_by_text("460 official test photos").wait_for()
    page.get_by_text(EN["results"]["worst"], exact=True).first.wait_for(timeout=120_000)
    settled(page)
    assert page.get_by_test_id("stMain").locator("img[alt]").count() >= 12
    menu(page, "train")
    page.get_by_role("button", name=EN["train"]["start"]).wait_for()
    assert shows_no_traceback(page)


def test_an_engineer_copies_the_lines_of_the_page_and_gets_answers_of_their_own_dataset(serve, page, small_dataset):
    app = serve(SEG_DATA=str(small_dataset()))
    page.goto(app)
    heading(page, "segment")
    settled(page)
    page.get_by_text(EN["segment"]["programs"], exact=True).click()
    page.get_by_text(f"{app}/api/segment").first.wait_for()
    answer = requests.post(f"{app}/api/segment?as=shares", files={"photo": CHELSEA.open("rb")}, timeout=120)
    assert answer.json()["has_pet"] and answer.json()["photo"] == "chelsea.jpg"
    assert requests.get(f"{app}/api/nothing", timeout=60).status_code == 404
    page.goto(f"{app}/dataset?view=gallery")
    page.get_by_alt_text(re.compile("^Abyssinian_1 ")).first.wait_for()
    assert shows_no_traceback(page)
