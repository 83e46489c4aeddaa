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
from starlette.requests import Request
from starlette.responses import Response

from seg.classes import Classes, PixelClass
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from seg.serve import api, caches, limits, networks
from seg.serve.api import requests as api_requests
from seg.serve.api.requests import Requests
from seg.serve.api.statuses import STATUSES
from seg.serve.errors import RequestError
from tests.encoded import encoded
from tests.photo.test_first_picture import PREVIEW, SENSOR, raw_file

ROAD = Classes((PixelClass(0, 0, "road", (0, 0, 0)), PixelClass(255, 1, "field", (255, 255, 255))))
FORM = "multipart/form-data; boundary=x"


def photo(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), (shade, shade, shade)).save(buffer, "PNG")
    return buffer.getvalue()


PET, NO_PET = photo(255), photo(0)


class Engine:
    """Takes the left half of white photos for pet, and everything else for background."""

    name, precision = "by hand", "float32"

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


def ask(url: str, body: bytes = b"", method: str = "POST", kind: str = "", languages: str = "") -> Response:
    """The answer of the API's routes to one request, by a program or a browser that asks for ``languages``."""
    headers = {"content-type": kind, "accept-language": languages}
    parts = urlsplit(url)
    scope = {
        "type": "http",
        "method": method,
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
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
    assert list(facts) == ["photo", "has_pet", "shares", "cached", "seconds", "warnings"]
    assert facts["has_pet"] is True
    assert facts["shares"] == pytest.approx({"pet": 0.5, "background": 0.5, "border": 0})
    facts = json.loads(ask("/api/segment?as=shares", NO_PET).body)
    assert (facts["has_pet"], facts["shares"]["pet"]) == (False, 0)


def test_an_answer_warns_of_a_photo_that_ends_too_early_by_the_name_that_it_came_with():
    cut = encoded(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8), "JPEG")[:-700]
    for name in ("tom.jpg", "kitty.jpg"):  # the second one is cached
        facts = json.loads(ask(f"/api/segment?as=shares&name={name}", cut).body)
        (sentence,) = facts["warnings"]
        assert sentence.startswith(f"{name} ends too early")
    headers = ask("/api/segment?as=trimap", cut).headers
    assert json.loads(headers["x-seg-warnings"])[0].startswith("the photo ends too early")
    assert json.loads(ask("/api/segment?as=shares", PET).body)["warnings"] == []


def test_a_raw_file_that_begins_with_the_sensors_pixels_is_read_as_on_the_command_line():
    raw = raw_file((800, 600, 6, 6, PREVIEW), first_jpeg=SENSOR)
    facts = json.loads(ask("/api/segment?as=shares&name=tom.dng", raw).body)
    assert facts["warnings"] == ["tom.dng is a raw file: its preview of 800 × 600 pixels was used."]


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


def test_a_photo_is_segmented_anew_for_another_detail_and_an_unknown_one_is_refused():
    details = ("", "&detail=balanced", "&detail=fast", "&detail=fine")
    cached = [json.loads(ask(f"/api/segment?as=shares{detail}", PET).body)["cached"] for detail in details]
    assert cached == [False, True, False, False]
    answer = ask("/api/segment?detail=closer", PET)
    assert answer.status_code == 400
    assert json.loads(answer.body)["error"].startswith("There is no detail closer")


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


@pytest.mark.parametrize("size", [100, 3_000_000])
def test_a_photo_in_a_field_that_names_no_file_is_told_what_to_do(size):
    sent = b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\n' + PET.ljust(size) + b"\r\n--x--\r\n"
    answer = ask("/api/segment", sent, kind="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert json.loads(answer.body)["error"].startswith("The form has no file: send the photo as one")


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


class Connection:
    """A program's connection, by the address that it comes from; ``reads``: whether it reads its answer."""

    def __init__(self, requests: Requests, client: str, reads: bool = True):
        self.requests, self.reads, self.sent = requests, reads, []
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/segment",
            "query_string": b"as=trimap",
            "headers": [],
            "client": (client, 4711),
        }

    async def ask(self) -> Response:
        messages = [{"type": "http.request", "body": PET}]

        async def receive() -> dict:
            while not messages:
                await asyncio.sleep(60)
            return messages.pop()

        return await self.requests.segment(Request(self.scope, receive))

    async def take(self, answer: Response) -> None:
        async def send(message: dict) -> None:
            self.sent.append(message)
            if not self.reads:
                await asyncio.sleep(60)

        await answer(self.scope, None, send)


def test_an_answer_is_sent_in_pieces_of_which_none_is_lost(monkeypatch):
    monkeypatch.setattr(limits, "PIECE_BYTES", 10)

    async def run() -> list[dict]:
        connection = Connection(Requests(), "203.0.113.7")
        await connection.take(await connection.ask())
        return connection.sent

    head, *pieces, last = asyncio.run(run())
    assert head["status"] == 200 and (b"x-seg-has-pet", b"true") in head["headers"]
    assert len(pieces) > 1 and max(len(piece["body"]) for piece in pieces) == 10 and not last.get("more_body")
    trimap = np.asarray(Image.open(io.BytesIO(b"".join(piece["body"] for piece in pieces))))
    assert trimap.shape == (20, 40)


def test_a_program_that_does_not_read_its_answer_is_left_and_counts_until_then(monkeypatch, caplog):
    monkeypatch.setattr(limits, "SECONDS_TO_READ", 0.1)

    async def run() -> tuple[int, int]:
        requests = Requests()
        connection = Connection(requests, "203.0.113.7", reads=False)
        answer = await connection.ask()
        held = requests._clients.total()
        await connection.take(answer)
        return held, requests._clients.total()

    assert asyncio.run(run()) == (1, 0)
    assert "did not read its answer" in caplog.text


def test_one_address_may_not_take_all_places_and_this_machine_may(monkeypatch):
    monkeypatch.setattr(limits, "REQUESTS_OF_A_CLIENT", 1)

    async def run() -> dict[str, int]:
        requests = Requests()
        answers = {"203.0.113.7": await Connection(requests, "203.0.113.7").ask()}
        with pytest.raises(RequestError, match="from this address"):
            await Connection(requests, "203.0.113.7").ask()
        for client in ("203.0.113.8", "127.0.0.1", "127.0.0.1"):
            await Connection(requests, client).ask()
        await Connection(requests, "203.0.113.7").take(answers["203.0.113.7"])
        await Connection(requests, "203.0.113.7").ask()
        return dict(requests._clients)

    assert asyncio.run(run()) == {"203.0.113.7": 1, "203.0.113.8": 1, "127.0.0.1": 2}
    assert STATUSES["api_client"] == 429


def test_a_request_that_fails_counts_no_more():
    async def run() -> int:
        requests = Requests()
        connection = Connection(requests, "203.0.113.7")
        connection.scope["query_string"] = b"as=cutout"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(api_requests, "_answer", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await connection.ask()
        return requests._clients.total()

    assert asyncio.run(run()) == 0
