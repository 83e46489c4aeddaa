"""Programs ask the same server that serves the pages."""

from __future__ import annotations

import asyncio
import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image
from starlette.requests import ClientDisconnect, Request

from seg.inference.cutout_options import CutoutOptions
from seg.network.weights import find_weights, read_info
from seg.serve import limits, networks, photos
from seg.serve.api.answers import ANSWERS, Wanted
from seg.serve.api.answers import answer as answer_photos
from seg.serve.api.requests import Requests
from seg.serve.api.routes import _with_error_answers
from seg.serve.api.sent import SentPhoto
from seg.serve.evaluations import summary_of

CHELSEA = (Path(__file__).resolve().parents[2] / "seg" / "ui" / "segment" / "samples" / "chelsea.jpg").read_bytes()
SIZE = (300, 451)
TIMEOUT = 120


def ask(app: str, data: bytes | None = CHELSEA, **settings) -> requests.Response:
    return requests.post(f"{app}/api/segment", data=data, timeout=TIMEOUT, **settings)


def picture(answer: requests.Response) -> np.ndarray:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_a_photo_comes_back_cut_out(app):
    cutout = picture(ask(app))
    assert cutout.shape == (*SIZE, 4)
    assert (cutout[..., 3] == 255).mean() > 0.3 and (cutout[..., 3] == 0).mean() > 0.05


def test_the_trimap_has_the_values_of_the_dataset_and_the_photos_size(app):
    trimap = picture(ask(app, params={"as": "trimap"}))
    assert trimap.shape == SIZE and set(np.unique(trimap)) == {1, 2, 3}


def test_the_overlay_is_a_picture_of_the_photos_size(app):
    assert picture(ask(app, params={"as": "overlay"})).shape == (*SIZE, 3)


def test_shares_are_json_and_agree_with_the_trimap(app):
    answer = ask(app, params={"as": "shares"})
    trimap = picture(ask(app, params={"as": "trimap"}))
    assert answer.json()["has_pet"] is True and answer.json()["photo"] is None
    shares = answer.json()["shares"]
    assert shares["pet"] == pytest.approx((trimap == 1).mean())
    assert sum(shares.values()) == pytest.approx(1)


def test_a_photo_without_a_pet_is_refused_with_a_sentence_unless_an_empty_cutout_is_asked_for(app):
    buffer = io.BytesIO()
    Image.linear_gradient("L").save(buffer, "PNG")
    answer = ask(app, buffer.getvalue())
    assert answer.status_code == 422 and "No pet was found" in answer.json()["error"]
    answer = ask(app, buffer.getvalue(), params={"empty": "ok"})
    assert not picture(answer)[..., 3].any()
    assert (answer.headers["x-seg-has-pet"], answer.headers["x-seg-cached"]) == ("false", "true")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/anything", "/api/segment/anything"])
def test_an_unknown_address_below_api_is_no_page(app, path):
    answer = requests.get(app + path, timeout=TIMEOUT)
    assert answer.status_code == 404 and path in answer.json()["error"]


@pytest.mark.parametrize(
    ("accept", "kind"), [("application/json", "application/json"), ("image/png", "image/png"), ("*/*", "image/png")]
)
def test_what_a_program_accepts_decides_where_the_query_does_not(app, accept, kind):
    assert ask(app, headers={"accept": accept}).headers["content-type"] == kind


def test_a_form_may_carry_the_photo_and_its_name(app):
    answer = ask(app, None, files={"photo": ("tabby.jpg", CHELSEA)}, params={"as": "shares"})
    assert answer.json()["photo"] == "tabby.jpg"


@pytest.mark.parametrize(
    ("data", "settings", "status", "words"),
    [
        (b"", {}, 400, "is empty (0 bytes)"),
        (b"these are notes", {}, 400, "is not a picture that can be read"),
        (CHELSEA[:300], {}, 400, "begins as JPEG does and cannot be decoded"),
        (bytes(51 * 2**20), {}, 413, "is larger than 50 MB"),
        (CHELSEA, {"params": {"as": "poem"}}, 400, "?as= is one of cutout, trimap, overlay, shares"),
        (None, {"files": {"photo": ("notes.jpg", b"these are notes")}}, 400, "notes.jpg is not a picture"),
        (b"--x--", {"headers": {"content-type": "multipart/form-data; boundary=x"}}, 400, "the form has no file"),
        (b"?", {"headers": {"content-type": "multipart/form-data"}}, 400, "boundary"),
    ],
)
def test_a_bad_request_is_answered_with_one_sentence(app, data, settings, status, words):
    answer = ask(app, data, **settings)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"] and words.lower() in answer.json()["error"].lower()


def test_a_photo_is_posted_and_not_got(app):
    answer = requests.get(f"{app}/api/segment", timeout=TIMEOUT)
    assert answer.status_code == 405 and "POST" in answer.json()["error"]


@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_other_sites_may_not_ask_through_a_visitors_browser(app, headers):
    assert ask(app, headers=headers).status_code == 403
    assert ask(app, headers={"Origin": app, "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_photo_kept_for_all_does_not_grow_by_what_a_program_asks_of_it():
    look = networks.Look(find_weights())
    for kind in ANSWERS:
        wanted = Wanted(kind, False, CutoutOptions(), look)
        assert answer_photos([SentPhoto(CHELSEA, "chelsea.jpg")], wanted, lambda ahead: None).status_code == 200
    kept = photos.segment(CHELSEA, "chelsea.jpg", look)
    assert networks.is_loaded()
    assert not {"probabilities", "alpha", "labels", "shares"} & vars(kept).keys()


def test_a_program_that_has_gone_leaves_the_queue_and_is_not_worked_for():
    queue, looks, done = photos.PHOTO_QUEUE, [], threading.Event()

    def other() -> None:
        with queue.turn():
            done.wait(20)

    def gone(ahead: int) -> None:
        looks.append(ahead)
        if len(looks) > 1:  # at the first look it was still there
            raise ClientDisconnect()

    others = [threading.Thread(target=other) for _ in range(queue.at_once)]
    for thread in others:
        thread.start()
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30)).save(buffer, "PNG")
    with pytest.raises(ClientDisconnect):
        wanted = Wanted("trimap", False, CutoutOptions(), networks.Look(find_weights()))
        answer_photos([SentPhoto(buffer.getvalue(), "photo.png")], wanted, gone)
    assert len(queue) == 0
    done.set()
    for thread in others:
        thread.join(20)


def test_health_names_the_weights(app):
    health = requests.get(f"{app}/api/health", timeout=TIMEOUT).json()
    assert health["status"] == "ok" and health["weights"] == find_weights().name
    assert health["waiting"] == 0
    assert health["measured"] == summary_of(read_info(find_weights()))._asdict()


def test_many_programs_at_once_are_all_answered(app):
    def one(number: int) -> int:
        buffer = io.BytesIO()
        Image.open(io.BytesIO(CHELSEA)).crop((0, 0, 300 + number, 200)).save(buffer, "PNG")
        return picture(ask(app, buffer.getvalue(), params={"as": "trimap"})).shape[1]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [300 + number for number in range(8)]


def test_a_full_queue_and_a_photo_that_does_not_arrive_are_refused(monkeypatch):
    """Without a server: on one, a minute would have to pass."""

    async def never() -> dict:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    def ask_slowly(requests: Requests):
        scope = {"type": "http", "method": "POST", "path": "/api/segment", "query_string": b"", "headers": []}
        return _with_error_answers(requests.segment)(Request(scope, never))

    async def ask_twice() -> list[int]:
        requests = Requests()
        both = await asyncio.gather(ask_slowly(requests), ask_slowly(requests))
        return [answer.status_code for answer in (*both, await ask_slowly(requests))]

    monkeypatch.setattr(limits, "SECONDS_TO_SEND", 0.1)
    monkeypatch.setattr(limits, "REQUESTS", 1)
    assert asyncio.run(ask_twice()) == [408, 503, 408], "the place is free again"


def test_without_weights_a_program_gets_a_sentence(serve, tmp_path):
    app = serve(SEG_WEIGHTS=str(tmp_path / "nowhere.safetensors"))
    for answer in (ask(app), requests.get(f"{app}/api/health", timeout=TIMEOUT)):
        assert answer.status_code == 503 and "nowhere.safetensors" in answer.json()["error"]


def test_several_photos_come_back_as_a_zip(app):
    files = [("photos", (name, CHELSEA)) for name in ("tabby.jpg", "tom.jpg")]
    answer = ask(app, None, files=files, params={"as": "trimap"})
    assert answer.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert names == ["tabby.trimap.png", "tom.trimap.png", "results.json"]


def test_the_server_describes_its_api_to_people_and_programs(app):
    page = requests.get(f"{app}/api/docs", timeout=TIMEOUT)
    assert f"{app}/api/segment" in page.text and "content-security-policy" in page.headers
    assert requests.get(f"{app}/api/openapi.json", timeout=TIMEOUT).json()["openapi"] == "3.1.0"
    (shipped,) = [
        row for row in requests.get(f"{app}/api/weights", timeout=TIMEOUT).json()["weights"] if row["measured"]
    ][:1]
    assert shipped["name"] == "shipped" and [member["value"] for member in shipped["classes"]] == [1, 2, 3]
