"""The app as its users meet it: a real server, a real browser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.serve import limits
from seg.texts.en import TEXTS as EN
from seg.texts.zh import TEXTS as ZH

CHELSEA = Path(__file__).resolve().parents[2] / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg"
PAGES = {"": "segment", "dataset": "dataset", "train": "train", "results": "results", "inside": "inside"}
CUTOUT = re.compile(EN["segment"]["download_cutout"])


def heading(page, name: str, texts=EN) -> None:
    page.get_by_role("heading", level=1, name=texts[name]["title"], exact=True).wait_for()


def shows_no_traceback(page) -> bool:
    return page.get_by_test_id("stException").count() == 0 and page.get_by_text("Traceback").count() == 0


def assert_opened(page) -> None:
    """Nothing has gone wrong, and all is in sight."""
    assert shows_no_traceback(page)
    assert page.get_by_test_id("stAlertContentError").count() == 0
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, "the page scrolls sideways"


# Resolves when nothing has been put into the page or taken out of it for half a second; after 20 s at the latest.
QUIET = """() => new Promise(resolve => {
    const done = () => resolve(true);
    let timer = setTimeout(done, 500);
    setTimeout(done, 20000);
    const watch = () => { clearTimeout(timer); timer = setTimeout(done, 500); };
    new MutationObserver(watch).observe(document.body, {subtree: true, childList: true});
})"""


def settled(page) -> None:
    """Wait until the page's script has run to its end and the browser has drawn what came of it.

    On a busy machine the browser lags behind: it goes on drawing after the script's end.
    """
    page.wait_for_timeout(700)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function(QUIET)  # unlike evaluate, it has the page's limit, should the browser hang


@contextmanager
def only_asking(page, app: str) -> Iterator[None]:
    """Within the block the browser asks no other host."""
    asked: set[str] = set()

    def note(request) -> None:
        asked.add(request.url)

    page.on("request", note)
    yield
    page.remove_listener("request", note)
    assert not {url for url in asked if not url.startswith((app, "data:", "blob:"))}, "the browser asks other hosts"


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def upload(page, *files) -> None:
    # The page has another uploader for true trimaps, which a slow browser may draw before this one.
    page.locator(".st-key-segment-photos-uploader input").set_input_files(list(files))


# At a desk's width test_accessibility opens them, with all their views.
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_on_a_phone_in_the_dark_at_its_own_address(app, page, path):
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="dark")
    with only_asking(page, app):
        page.goto(f"{app}/{path}")
        heading(page, PAGES[path])
        settled(page)
    assert_opened(page)


def test_the_language_is_chosen_in_the_sidebar_and_kept_in_the_address(app, page):
    page.goto(app)
    heading(page, "segment")
    page.get_by_text("中文", exact=True).first.click()
    heading(page, "segment", ZH)
    page.wait_for_url(re.compile("lang=zh"))
    page.reload()
    heading(page, "segment", ZH)


def test_an_address_with_a_language_opens_in_it(app, page):
    page.goto(f"{app}/dataset?lang=zh")
    heading(page, "dataset", ZH)


def test_a_photo_is_uploaded_and_its_cutout_downloaded(app, page):
    page.goto(app)
    heading(page, "segment")
    settled(page)
    # Not the sample itself, which the page shows already.
    pixels = np.asarray(Image.open(CHELSEA))[:290]
    upload(page, {"name": "my cat.png", "mimeType": "image/png", "buffer": png(pixels)})
    page.get_by_role("button", name=EN["segment"]["start_over"]).wait_for()
    settled(page)
    button = page.get_by_role("button", name=CUTOUT).first
    button.wait_for()
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename.startswith("my_cat")
    cutout = np.asarray(Image.open(download.value.path()))
    assert cutout.shape == (*pixels.shape[:2], 4)
    assert (cutout[..., 3] == 255).mean() > 0.3, "Chelsea fills more of her photo than that"
    assert (cutout[..., 3] == 0).mean() > 0.05, "and her background is not cut out"


def test_an_empty_and_an_oversized_upload_are_answered_with_a_sentence(app, page, tmp_path):
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(52 * 2**20))
    page.goto(app)
    heading(page, "segment")
    settled(page)
    upload(page, {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""})
    page.get_by_text("empty.jpg is empty").first.wait_for()
    upload(page, large)
    page.get_by_text("large.jpg has 52.0 MB, more than the 50 MB").first.wait_for()
    assert shows_no_traceback(page)


def test_photos_stay_while_the_visitor_looks_around_and_a_new_one_joins_them(app, page):
    page.goto(app)
    heading(page, "segment")
    settled(page)
    pixels = np.asarray(Image.open(CHELSEA))
    names = ("one.png", "two.png", "three.png")
    photos = [{"name": name, "mimeType": "image/png", "buffer": png(pixels[: 290 - n])} for n, name in enumerate(names)]
    upload(page, *photos[:2])
    page.get_by_role("button", name="Remove two.png").wait_for()
    settled(page)
    page.get_by_role("link", name=EN["dataset"]["title"]).click()
    heading(page, "dataset")
    settled(page)
    page.get_by_role("link", name=EN["segment"]["title"]).click()
    heading(page, "segment")
    settled(page)
    upload(page, photos[2])
    page.get_by_text("three.png · ").wait_for()
    for name in names:
        page.get_by_role("button", name=f"Remove {name}").wait_for()
    # A picture in the gallery is pressed like its name.
    picture = page.locator("[class*=st-key-thumbnail-] img").first.bounding_box()
    page.mouse.click(picture["x"] + picture["width"] / 2, picture["y"] + picture["height"] / 2)
    page.get_by_text("one.png · ").wait_for()


def test_photos_given_in_quick_succession_all_arrive_and_none_that_is_removed_comes_back(app, page):
    page.goto(app)
    heading(page, "segment")
    settled(page)
    pixels = np.asarray(Image.open(CHELSEA).resize((113, 75)))
    names = [f"{number}.png" for number in range(8)]
    for number, name in enumerate(names):
        upload(page, {"name": name, "mimeType": "image/png", "buffer": png(pixels[number:])})
    for name in names:
        page.get_by_role("button", name=f"Remove {name}").wait_for()
    page.get_by_role("button", name="Remove 0.png").click()
    page.get_by_role("button", name="Remove 0.png").wait_for(state="detached")
    upload(page, {"name": "last.png", "mimeType": "image/png", "buffer": png(pixels[:70])})
    page.get_by_role("button", name="Remove last.png").wait_for()
    assert page.get_by_role("button", name=re.compile("^Remove ")).count() == len(names)
    assert page.get_by_test_id("stAlertContentError").count() == 0
    assert page.locator("[data-testid=stFileChip]:visible").count() == 0, "Streamlit lists what the page has taken"


def test_the_uploader_speaks_the_pages_language(app, page):
    page.goto(f"{app}/?lang=zh")
    heading(page, "segment", ZH)
    settled(page)
    uploader = page.get_by_test_id("stFileUploader").first
    button = uploader.get_by_role("button", name=ZH["common"]["choose_file"])
    assert button.locator("p").evaluate("text => getComputedStyle(text).fontSize") == "0px", "the English word is seen"
    assert not uploader.get_by_text("per file").is_visible()


def test_a_file_that_streamlit_refuses_is_explained_in_the_pages_language(app, page, tmp_path):
    page.goto(f"{app}/?lang=zh")
    heading(page, "segment", ZH)
    settled(page)
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(limits.SENT_MEGABYTES * 2**20 + 1)
    upload(page, large)
    page.locator("[data-testid=stFileChip][aria-invalid]").wait_for()
    page.get_by_test_id("stFileUploader").first.get_by_role("button", name=ZH["common"]["choose_file"]).wait_for()
    said = page.get_by_test_id("stFileUploader").first.evaluate("box => getComputedStyle(box, '::after').content")
    assert said == f'"{ZH["common"]["not_taken"]}"'


# Whether the page's script is running and no photo's results are shown, not even greyed.
CLEARED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return app.dataset.testScriptState === 'running' && !document.querySelector('[data-testid=stDownloadButton]');
}"""


def test_while_a_large_photo_is_opened_the_results_of_the_one_before_are_gone(app, page):
    page.goto(app)
    heading(page, "segment")
    settled(page)
    page.get_by_test_id("stExpander").get_by_text(EN["segment"]["truth_upload"], exact=True).click()
    page.get_by_text(EN["segment"]["trimaps"]).wait_for()
    settled(page)
    upload(page, {"name": "large.png", "mimeType": "image/png", "buffer": png(np.zeros((4000, 5000, 3), np.uint8))})
    page.wait_for_function(CLEARED)
    # What the visitor had opened there is open again.
    page.get_by_text(EN["segment"]["trimaps"]).wait_for()


# Whether the button whose file is made shows a share.
HOW_FAR = """() => {
    const button = document.querySelector('[data-testid=stDownloadButton]');
    return /[0-9]+%/.test(getComputedStyle(button, '::after').content);
}"""


def test_while_a_large_cutout_is_made_its_button_says_how_far_it_is(app, page):
    page.goto(app)
    heading(page, "segment")
    settled(page)
    buffer = io.BytesIO()
    Image.open(CHELSEA).resize((4000, 2660)).save(buffer, "JPEG")
    upload(page, {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()})
    page.get_by_text("large.jpg · ").wait_for()
    settled(page)
    with page.expect_download():
        page.get_by_role("button", name=CUTOUT).first.click()
        page.wait_for_function(HOW_FAR)


def test_a_bad_photo_beside_a_good_one_says_why_and_the_good_one_goes_on(app, page):
    page.goto(app)
    heading(page, "segment")
    settled(page)
    bad = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"these are notes"}
    good = {"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": CHELSEA.read_bytes()}
    upload(page, bad, good)
    page.get_by_text("notes.jpg is not a picture").first.wait_for()
    page.get_by_role("button", name=CUTOUT).first.wait_for()


def test_a_photo_far_taller_than_wide_does_not_make_the_page_metres_high(app, page, tmp_path):
    cat = Image.open(CHELSEA).resize((90, 60))
    screenshot = Image.new("RGB", (90, 3000), "white")
    screenshot.paste(cat, (0, 1500))
    screenshot.save(tmp_path / "tall.png")
    page.goto(app)
    settled(page)
    upload(page, tmp_path / "tall.png", CHELSEA)
    page.get_by_role("button", name=CUTOUT).wait_for()
    settled(page)
    tallest = "Math.max(...[...document.querySelectorAll('img')].map(image => image.getBoundingClientRect().height))"
    assert 500 < page.evaluate(tallest) <= 1024


def test_a_training_survives_a_reload_is_stopped_and_its_weights_are_used(serve, page, tmp_path, small_dataset):
    # Tiny photos, of which one is for validation: what takes time is TensorFlow's start.
    address = serve(SEG_DATA=str(small_dataset()))
    page.goto(f"{address}/train")
    heading(page, "train")
    settled(page)
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text(EN["sidebar"]["train_demo"], exact=True).click()
    for name, value in (("epochs", 50), ("steps", 2), ("batch", 2)):
        field = sidebar.get_by_label(EN["sidebar"][name], exact=True)
        field.fill(str(value))
        field.press("Tab")
    sidebar.get_by_role("button", name=EN["sidebar"]["start"]).click()
    stop = sidebar.get_by_role("button", name=re.compile("Stop"))
    stop.wait_for(timeout=120_000)
    page.reload()
    stop.wait_for()
    sidebar.get_by_text(re.compile("Epoch [2-9]")).first.wait_for(timeout=240_000)
    stop.click()
    sidebar.get_by_text(EN["sidebar"]["train_demo"], exact=True).wait_for(timeout=120_000)
    # A film that has just got its last frames goes to its end.
    settled(page)
    # Played from its end, the film of the learning begins anew; the keyboard moves it, and it stays there.
    film = page.get_by_role("slider", name=EN["train"]["film_moment"])
    page.get_by_role("button", name=EN["train"]["film_play"], exact=True).click()
    page.get_by_role("button", name=EN["train"]["film_pause"], exact=True).wait_for()
    film.press("ArrowRight")  # it pauses; Home would change nothing while the film still shows its beginning
    film.press("Home")
    page.get_by_role("button", name=EN["train"]["film_play"], exact=True).wait_for()
    assert film.get_attribute("aria-valuetext") == EN["train"]["film_start"]
    (run,) = [path.name for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    page.goto(f"{address}/?weights={run}")
    heading(page, "segment")
    sidebar.get_by_text(EN["sidebar"]["advanced"], exact=True).click()
    # What the shipped weights were measured on is 460 test photos.
    sidebar.get_by_text("on 1 validation photo").wait_for()
    assert run in page.url
    settled(page)
    assert shows_no_traceback(page)


def test_a_broken_dataset_and_missing_weights_are_sentences(serve, page, tmp_path):
    (tmp_path / "broken").mkdir()
    address = serve(SEG_DATA=str(tmp_path / "broken"), SEG_WEIGHTS=str(tmp_path / "none.safetensors"))
    for path, name in PAGES.items():
        page.goto(f"{address}/{path}")
        heading(page, name)
        page.get_by_text("annotations/trimaps").first.wait_for()
        settled(page)
        assert shows_no_traceback(page)


@pytest.mark.slow
def test_ten_visitors_at_once_are_all_served(app, browser):
    # A tab is a visitor: the server has a session for each. Tabs of one context load the app's scripts once, and small
    # ones are drawn quickly: both take most of the time.
    context = browser.new_context(viewport={"width": 390, "height": 600})
    try:
        visitors = [context.new_page() for _ in range(10)]
        pixels = np.asarray(Image.open(CHELSEA))
        for number, visitor in enumerate(visitors):
            visitor.set_default_timeout(180_000)
            visitor.goto(app)
            heading(visitor, "segment")
            settled(visitor)
            buffer = io.BytesIO()
            Image.fromarray(pixels[: 280 + number]).save(buffer, "PNG")
            upload(visitor, {"name": f"cat{number}.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
        for visitor in visitors:
            visitor.get_by_role("button", name=EN["segment"]["start_over"]).wait_for()
            visitor.get_by_role("button", name=CUTOUT).first.wait_for()
            assert shows_no_traceback(visitor)
    finally:
        context.close()
