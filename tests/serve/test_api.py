"""What the HTTP API answers, without a server and without a network: the photos' segmentations are made by hand."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import Response

from seg.classes import Classes, PixelClass
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from seg.serve import api, caches, networks

ROAD = Classes((PixelClass(0, 0, "road", (0, 0, 0)), PixelClass(255, 1, "field", (255, 255, 255))))
FORM = "multipart/form-data; boundary=x"


def photo(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), (shade, shade, shade)).save(buffer, "PNG")
    return buffer.getvalue()


PET, NO_PET = photo(255), photo(0)


class Engine:
    """Takes the left half of white photos for pet, and everything else for background."""

    name = "by hand"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        pet = np.zeros(batch.shape[:3], np.float32)
        pet[:, :, : batch.shape[2] // 2] = batch[:, :, : batch.shape[2] // 2, 0] > 127
        return np.stack([pet, 1 - pet, 0 * pet], axis=-1)


class RoadEngine:
    name = "road"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        return np.full((*batch.shape[:3], 2), 0.5, np.float32)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """The server's network is ``Engine``; its weight file exists and is never read."""
    weights = tmp_path / "weights.safetensors"
    weights.touch()
    monkeypatch.setattr(networks, "server_weights", lambda: weights)
    monkeypatch.setattr(networks, "segmenter", lambda path: Segmenter(Engine(), WeightsInfo(path, "imagenet"), 32))
    caches.clear_all()
    yield monkeypatch
    caches.clear_all()


def ask(url: str, body: bytes = b"", method: str = "POST", kind: str = "") -> Response:
    """The answer of the API's routes to one request."""
    parts = urlsplit(url)
    scope = {
        "type": "http",
        "method": method,
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [(b"content-type", kind.encode())] if kind else [],
    }
    asked: list[dict] = [{"type": "http.request", "body": body}]
    answered: list[dict] = []

    async def receive() -> dict:
        while not asked:
            await asyncio.sleep(60)  # a program that waits for its answer sends nothing
        return asked.pop()

    async def send(message: dict) -> None:
        answered.append(message)

    asyncio.run(Starlette(routes=api.routes())(scope, receive, send))
    answer = Response(b"".join(message.get("body", b"") for message in answered), answered[0]["status"])
    answer.raw_headers = list(answered[0]["headers"])
    return answer


def form(file_name: str) -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="photo"; filename="{file_name}"\r\n\r\n'
    return head.encode() + PET + b"\r\n--x--\r\n"


def test_json_says_whether_there_is_a_pet_and_the_shares():
    facts = json.loads(ask("/api/segment?as=shares", PET).body)
    assert list(facts) == ["photo", "has_pet", "shares", "cached", "seconds"]
    assert facts["has_pet"] is True
    assert facts["shares"] == pytest.approx({"pet": 0.5, "background": 0.5, "border": 0})
    facts = json.loads(ask("/api/segment?as=shares", NO_PET).body)
    assert (facts["has_pet"], facts["shares"]["pet"]) == (False, 0)


@pytest.mark.parametrize("kind", ["cutout", "trimap", "overlay"])
def test_headers_of_pictures_say_the_same_as_json(kind):
    facts = json.loads(ask("/api/segment?as=shares", PET).body)
    headers = ask(f"/api/segment?as={kind}", PET).headers
    assert headers["x-seg-has-pet"] == "true" and headers["x-seg-cached"] == "true"
    assert json.loads(headers["x-seg-shares"]) == facts["shares"]
    assert json.loads(headers["x-seg-seconds"]) == 0


def test_a_cached_answer_says_so_and_that_the_network_did_not_work_for_it():
    first, second = (json.loads(ask("/api/segment?as=shares", PET).body) for _ in range(2))
    assert first["cached"] is False and first["seconds"] >= 0
    assert (second["cached"], second["seconds"]) == (True, 0)
    assert first["shares"] == second["shares"]


@pytest.mark.parametrize("query", ["", "?as=cutout"])
def test_a_photo_without_a_pet_has_no_cutout(query):
    answer = ask(f"/api/segment{query}", NO_PET)
    assert answer.status_code == 422
    assert "No pet was found in the photo" in json.loads(answer.body)["error"]


def test_the_sentence_about_a_photo_without_a_pet_names_the_photo():
    assert "No pet was found in sofa.jpg" in json.loads(ask("/api/segment?name=sofa.jpg", NO_PET).body)["error"]


def test_an_empty_cutout_comes_where_it_is_asked_for():
    answer = ask("/api/segment?as=cutout&empty=ok", NO_PET)
    assert (answer.status_code, answer.headers["x-seg-has-pet"]) == (200, "false")
    assert not np.asarray(Image.open(io.BytesIO(answer.body))).any()
    answer = ask("/api/segment?empty=yes", NO_PET)
    assert answer.status_code == 400 and "?empty= is ok" in json.loads(answer.body)["error"]


@pytest.mark.parametrize("kind", ["trimap", "overlay", "shares"])
def test_a_photo_without_a_pet_has_every_other_answer(kind):
    assert ask(f"/api/segment?as={kind}", NO_PET).status_code == 200


def test_classes_of_which_none_can_be_cut_out_have_every_other_answer(network):
    info = WeightsInfo(Path("road"), "imagenet", classes=ROAD)
    network.setattr(networks, "segmenter", lambda path: Segmenter(RoadEngine(), info, 32))
    answer = ask("/api/segment?as=cutout&empty=ok", PET)
    assert answer.status_code == 422 and "road, field" in json.loads(answer.body)["error"]
    facts = json.loads(ask("/api/segment?as=shares", PET).body)
    assert facts["has_pet"] is False and set(facts["shares"]) == {"road", "field"}


@pytest.mark.parametrize(
    ("query", "file_name", "name"),
    [
        ("", "tabby.jpg", "tabby.jpg"),
        ("&name=other.jpg", "tabby.jpg", "tabby.jpg"),
        ("", "photos/tabby.jpg", "tabby.jpg"),
        ("&name=cats/tabby.jpg", None, "tabby.jpg"),
        ("&name=C:%5Ccats%5Ctabby.jpg", None, "tabby.jpg"),
        ("&name=%E7%8C%AB.jpg", None, "猫.jpg"),
        ("&name=", None, None),
        ("", None, None),
    ],
)
def test_the_photos_name_is_that_of_its_file_or_the_parameter(query, file_name, name):
    body, kind = (form(file_name), FORM) if file_name else (PET, "")
    assert json.loads(ask(f"/api/segment?as=shares{query}", body, kind=kind).body)["photo"] == name


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/anything", "/api/segment/more", "/api/../x"])
def test_an_unknown_address_is_answered_in_json(method, path):
    answer = ask(path, method=method)
    assert answer.status_code == 404 and answer.headers["content-type"] == "application/json"
    assert path in json.loads(answer.body)["error"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_photo_is_posted(method):
    answer = ask("/api/segment", method=method)
    assert answer.status_code == 405 and "POST" in json.loads(answer.body)["error"]
