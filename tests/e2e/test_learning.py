"""A cut-out is corrected with the brush, kept, learned from, measured before and after, and used in part."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
from PIL import Image

from seg.texts.en import TEXTS as EN
from tests.e2e.test_app import CHELSEA, heading, png, settled, shows_no_traceback, upload
from tests.e2e.test_by_hand import FACE, answered, choose, on

pytestmark = pytest.mark.slow
PAIRS = EN["pairs"]


def paint_background_over_the_face(page) -> None:
    page.get_by_role("button", name=EN["segment"]["by_hand"]).click()
    answered(page)
    page.wait_for_function("document.activeElement !== document.body")
    settled(page)
    choose(page, EN["common"]["background"])
    page.mouse.click(*on(page.locator("canvas"), FACE))
    answered(page)
    page.get_by_role("button", name=EN["segment"]["by_hand_done"]).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    settled(page)


def open_keeping(page) -> None:
    page.get_by_test_id("stExpander").get_by_text(PAIRS["keep_title"], exact=True).click()
    page.get_by_role("button", name=PAIRS["keep"]).wait_for()


def set_number(page, key: str, value: int) -> None:
    field = page.locator(f".st-key-{key} input")
    field.fill(str(value))
    field.press("Tab")
    settled(page)


def test_a_cut_out_is_corrected_kept_learned_from_measured_and_used_in_part(serve, page, tmp_path):
    address = serve(SEG_MEASURED_PHOTOS="3")
    page.goto(address)
    heading(page, "segment")
    settled(page)
    pixels = np.asarray(Image.open(CHELSEA))
    for number in range(3):
        photo = pixels[: 290 - number] if number != 1 else pixels[:, ::-1]
        upload(page, {"name": f"{number}.png", "mimeType": "image/png", "buffer": png(photo)})
        page.get_by_text(f"{number}.png · ").first.wait_for()
        settled(page)
        if number == 0:
            paint_background_over_the_face(page)
            page.get_by_text(EN["segment"]["by_hand_made"]).first.wait_for()
            open_keeping(page)
            page.get_by_text(PAIRS["keep_corrected"]).wait_for()
        page.get_by_role("button", name=PAIRS["keep"]).click()
        page.get_by_text(PAIRS["kept_now_held_out" if number == 2 else "kept_now"]).wait_for()
        settled(page)
    name = hashlib.sha256(png(pixels[:290])).hexdigest()[:16]
    pairs = tmp_path / "runs" / "pairs" / "my_corrections" / "annotations" / "trimaps"
    trimap = np.asarray(Image.open(pairs / f"{name}.png"))
    assert trimap[round(FACE[1] * trimap.shape[0]), round(FACE[0] * trimap.shape[1])] == 2, (
        "background was painted there"
    )
    page.get_by_role("button", name=PAIRS["look"]).click()
    page.get_by_role("dialog").get_by_role("button", name=PAIRS["remove"]).nth(2).wait_for()
    page.keyboard.press("Escape")
    settled(page)

    page.get_by_role("link", name=PAIRS["to_training"]).click()
    heading(page, "train")
    page.get_by_text(EN["train"]["recipe_corrections_text"]).wait_for()
    settled(page)
    # What is learned is not the point here: a few steps on small photos.
    for name, value in (("0-epochs", 1), ("0-steps", 2), ("0-batch", 2)):
        set_number(page, f"train-corrections-{name}", value)
    page.get_by_role("button", name=EN["train"]["start"], exact=True).click()
    page.get_by_role("button", name=re.compile(EN["train"]["stop"])).first.wait_for(timeout=120_000)
    page.reload()
    page.get_by_role("button", name=PAIRS["measure"]).wait_for(timeout=400_000)
    settled(page)  # when a training ends, the page is drawn anew under the pointer
    page.get_by_role("button", name=PAIRS["measure"]).click()
    page.get_by_text(PAIRS["few_held_out"].format(count=1)).wait_for(timeout=400_000)
    settled(page)
    page.get_by_test_id("stMetric").get_by_text("Mean IoU, 3 test photos").wait_for()

    slider = page.get_by_role("slider", name=PAIRS["share"])
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    settled(page)
    page.get_by_role("button", name=PAIRS["use"].format(share="50%")).click()
    page.get_by_role("button", name=EN["train"]["in_use"]).first.wait_for()
    settled(page)
    (run,) = [path.parent.name for path in (tmp_path / "runs").glob("*/weights.safetensors")]
    assert run in page.url
    assert shows_no_traceback(page)
