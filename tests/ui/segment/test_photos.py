"""What comes of a photo, and of several."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from seg.pictures import encode_png
from seg.serve import caches, limits, photos
from seg.ui.segment import background_view, gallery_view, photo_view, preview, thumbnails
from seg.ui.segment.uploads import Upload
from tests.encoded import encoded
from tests.ui.pages import go_to
from tests.ui.segment.helpers import BRIGHT, DARK, EN, buttons, file, give, halves, metrics, said, upload, visit

# One photo


def test_an_uploaded_photo_is_shown_with_its_shares_and_downloads():
    at = give(visit(), file())
    assert {EN["download_cutout"], EN["download_overlay"], EN["download_trimap"]} <= set(buttons(at))
    shown = metrics(at)
    assert float(shown["Pet"][:-1]) == pytest.approx(50, abs=4)
    assert float(shown["Background"][:-1]) == pytest.approx(50, abs=4)
    assert "64 × 32 px" in said(at.caption)


def test_the_name_of_an_upload_is_shown_as_plain_text():
    at = give(visit(), file("<b>*cat*.png"))
    assert "\\<b\\>\\*cat\\*\\.png" in said(at.caption)


@pytest.mark.parametrize(("language", "facts"), [("en", "0.2 million pixels"), ("zh", "20 万像素")])
def test_a_photo_with_too_many_pixels_is_told_the_size_that_fits(language, facts, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PIXELS", 100_000)
    # AppTest asks for the options' words once more, outside of the visit, where nobody has chosen a language.
    monkeypatch.setattr("seg.ui.shared.language.default_language", lambda: language)
    at = give(visit(lang=language), file("large.png", halves(size=(400, 500))))
    assert facts in said(at.error) and "353 × 282" in said(at.error)


@pytest.mark.parametrize("names", [("cat.png",), ("cat.png", "dog.png")])
def test_who_waits_for_others_is_told_so_and_served_when_they_are_done(names, monkeypatch):
    at = visit()
    queue, reported, done = photos.PHOTO_QUEUE, [], threading.Event()
    text = preview.waiting_text
    monkeypatch.setattr(preview, "waiting_text", lambda ahead: reported.append(ahead) or text(ahead))

    def other() -> None:
        with queue.turn():
            done.wait(20)

    others = [threading.Thread(target=other) for _ in range(queue.at_once + 1)]
    for thread in others:
        thread.start()

    def let_go() -> None:
        until = time.monotonic() + 20
        while not reported and time.monotonic() < until:
            time.sleep(0.01)
        done.set()

    others.append(threading.Thread(target=let_go))
    others[-1].start()
    give(at, *(file(name, halves(250 - number)) for number, name in enumerate(names)))
    for thread in others:
        thread.join(20)
    assert reported[0] == 1 and all(ahead in (0, 1) for ahead in reported)
    assert at.error == [] and EN["download_cutout"] in buttons(at)


def test_the_slider_never_runs_the_network_again(engine):
    at = give(visit(), file())
    before = engine.photos
    at.slider(key=photo_view.OPACITY_KEY).set_value(80).run()
    at.segmented_control(key=background_view.KIND_KEY).set_value("blur").run()
    at.slider(key=background_view.BLUR_KEY).set_value(90).run()
    assert engine.photos == before > 0


def test_a_photo_without_a_pet_is_told_of_and_not_cut_out():
    at = give(visit(), file(photo=halves(DARK, DARK)))
    assert EN["no_pet"].format(name="pet", share=0.0) in said(at.warning)
    assert EN["download_cutout"] not in buttons(at)
    assert {EN["download_overlay"], EN["download_trimap"]} <= set(buttons(at))


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b"these are notes", "is not a picture"), (file()[1][:60], "")]
)
def test_a_file_that_is_no_photo_says_why(content, why):
    at = give(visit(), file("notes.png", content))
    assert len(at.error) == 1 and "notes\\.png" in said(at.error) and why in said(at.error)
    assert not buttons(at)


def test_a_photo_stays_when_the_visitor_looks_at_another_page_and_goes_when_he_starts_over():
    at = give(visit(), file())
    go_to(at, "dataset").run()
    go_to(at, "segment").run()
    assert "cat\\.png" in said(at.caption)
    at.button(key="segment-clear").click().run()
    assert "cat\\.png" not in said(at.caption) and "chelsea" in said(at.caption)
    assert not at.file_uploader[0].value


# Several photos


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "是空文件"), (b"these are notes", "不是可读取的图片"), (encode_png(halves())[:60], "已损坏")],
)
def test_a_bad_photo_is_told_of_in_the_visitors_language(data, words, monkeypatch):
    monkeypatch.setattr("seg.ui.shared.language.default_language", lambda: "zh")  # as above
    at = give(visit(lang="zh"), file("ca*t*.png", data))
    assert words in said(at.error) and "ca\\*t\\*\\.png" in said(at.error)


def test_one_photo_that_fails_says_why_and_the_others_go_on():
    dark = file("dark.png", halves(DARK, DARK))
    at = give(visit(), file("cat.png"), file("notes.png", b"notes"), dark)
    assert "notes\\.png is not a picture" in said(at.error)
    opened = {button.label for button in at.button if str(button.key).startswith("segment-open-")}
    assert opened == {"cat\\.png", "dark\\.png"}
    assert EN["download_zip"].format(count=2) in buttons(at)


def test_where_the_photo_to_be_opened_cannot_be_read_the_tile_of_the_one_that_is_shown_is_marked():
    at = give(visit(), file("notes.png", b"notes"), file("cat.png"), file("bright.png", halves(BRIGHT, BRIGHT)))
    assert "cat\\.png · " in said(at.caption)
    tiles = {button.label: button.proto.type for button in at.button if str(button.key).startswith("segment-open-")}
    assert tiles == {"cat\\.png": "primary", "bright\\.png": "tertiary"}


def test_each_of_several_photos_leads_to_its_own_results():
    bright = file("bright.png", halves(BRIGHT, BRIGHT))
    at = give(visit(), file("notes.png", b"notes"), file("cat.png"), bright)
    assert "cat\\.png · " in said(at.caption)
    at.button(key=f"segment-open-{Upload.of(*bright[:2]).key}").click().run()
    assert "bright\\.png · " in said(at.caption) and metrics(at)["Pet"] == "100.0%"


def test_stepping_goes_through_the_photos_that_can_be_read_and_round():
    at = give(visit(), file("notes.png", b"notes"), file("cat.png"), file("bright.png", halves(BRIGHT, BRIGHT)))
    seen = []
    for key in ("next", "next", "previous"):
        at.button(key=f"segment-step-{key}").click().run()
        seen += [caption.value.split(" · ")[0] for caption in at.caption if " px" in caption.value]
    assert seen == ["bright\\.png", "cat\\.png", "bright\\.png"]
    assert at.button(key="segment-step-previous").proto.shortcut == "shift+left"


def test_the_same_photo_twice_is_one():
    at = give(visit(), file("one.png"), file("two.png"))
    assert not [button for button in at.button if str(button.key).startswith("segment-open-")]


def test_a_photo_that_ends_too_early_is_shown_with_a_warning():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    cut = encoded(noise, "JPEG")[:-700]
    at = give(visit(), file("tom.jpg", cut))
    assert "tom\\.jpg ends too early" in said(at.warning) and at.error == []
    at = give(visit(), file("kitty.jpg", cut))
    assert "kitty\\.jpg ends too early" in said(at.warning), "by the name that this visitor knows it by"


def test_among_several_photos_one_that_ends_too_early_is_told_of_once_whether_it_is_open_or_not():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    cut = file("tom.jpg", encoded(noise, "JPEG")[:-700])
    at = give(visit(), file("cat.png"), cut)
    assert said(at.warning).count("tom\\.jpg ends too early") == 1
    at.button(key=f"segment-open-{Upload.of(*cut[:2]).key}").click().run()
    assert said(at.warning).count("tom\\.jpg ends too early") == 1


# Many photos


def tiles(at) -> list[str]:
    return [button.label for button in at.button if str(button.key).startswith("segment-open-")]


def test_many_photos_are_shown_page_by_page_and_problems_stand_together_at_the_end(engine):
    given = [file(f"pet{number}.png", halves(200 + number)) for number in range(22)]
    bad = [file(f"notes{number}.png", b"notes %d" % number) for number in range(4)]
    at = give(visit(), *given, *bad)
    assert len(tiles(at)) == gallery_view.PER_PAGE and tiles(at)[0] == "pet0\\.png"
    assert EN["download_zip"].format(count=22) in buttons(at), "those of other pages are done as well"
    assert EN["problems"].format(count=4) in [expander.label for expander in at.expander]
    assert at.error == [] and said(at.markdown).count("is not a picture") == 4
    # Long after, when results are forgotten that nobody uses, another page needs no photo again: the visit has the
    # tiles, and the network's answer to the open one lies beside its file.
    caches.clear_all()
    before = engine.photos
    at.session_state["segment-page-26"] = 2
    at.run()
    assert tiles(at) == ["pet20\\.png", "pet21\\.png"] and engine.photos == before
    at.button(key="segment-step-next").click().run()
    assert tiles(at)[1] == "pet1\\.png", "the page with the tile of the photo that is open"


def test_of_many_photos_memory_has_the_preview_of_the_open_one_alone():
    at = give(visit(), *[file(f"pet{number}.png", halves(size=(32, 64 + number))) for number in range(6)])
    assert len(tiles(at)) == 6
    before = len(preview._previews)
    at.button(key="segment-step-next").click().run()
    assert len(preview._previews) == before + 1
    preview._previews.clear()
    at.run()
    assert len(preview._previews) == 1


def test_the_open_photo_is_shown_before_the_others_are_done(monkeypatch):
    order = []
    made, show = thumbnails.made, photo_view.show
    monkeypatch.setattr(thumbnails, "made", lambda upload, *rest: (order.append(upload.name), made(upload, *rest))[1])
    monkeypatch.setattr(photo_view, "show", lambda upload, look: (order.append("results"), show(upload, look)))
    at = visit()
    order.clear()
    give(at, file("cat.png"), file("dog.png", halves(DARK, BRIGHT)))
    assert order == ["cat.png", "results", "dog.png"]
    bird = file("bird.png", halves(BRIGHT, BRIGHT))
    order.clear()
    give(at, bird)
    assert order == ["bird.png", "results"] and tiles(at) == ["cat\\.png", "dog\\.png", "bird\\.png"]


def test_the_time_that_is_left_is_told_from_the_photos_that_were_made(monkeypatch):
    said_by_bar, now = [], iter(range(0, 10_000, 20))
    monkeypatch.setattr(gallery_view.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(thumbnails, "kept", lambda *_: None)
    monkeypatch.setattr(thumbnails, "made", lambda *_: thumbnails.Thumbnail(b"", 0.5, ()))
    run = gallery_view._Run(7, lambda share, text: said_by_bar.append(text))
    for number in range(7):
        run.thumbnail_of(upload(f"{number}"), None)
    left = [text.split(" · ")[1] if " · " in text else "" for text in said_by_bar]
    assert left == ["", "", "", "about 80 s to go", "about 60 s to go", "about 40 s to go", "about 20 s to go"]
