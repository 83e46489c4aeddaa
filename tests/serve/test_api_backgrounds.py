"""What the HTTP API answers where a program asks for another background."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from seg.serve import limits
from tests.encoded import encoded
from tests.serve.test_api import FORM, PET, ask, network

__all__ = ["network"]  # a fixture: the server's network takes the left half of white photos for pet

BEACH = encoded(np.full((30, 30, 3), (0, 0, 250), np.uint8))


def form(**parts: bytes | str) -> bytes:
    """A form of files (bytes) and texts."""
    body = b""
    for name, value in parts.items():
        file = f'; filename="{name}.png"' if isinstance(value, bytes) else ""
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        body += head.encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return body + b"--x--\r\n"


@pytest.mark.parametrize(
    ("query", "format", "mode"),
    [
        ("background=ff0000", "JPEG", "RGB"),
        ("background=white,000&format=png", "PNG", "RGB"),
        ("format=webp&outline=3&clean=off", "WEBP", "RGBA"),
    ],
)
def test_the_address_says_what_lies_behind_the_pet(query, format, mode):
    answer = ask(f"/api/segment?{query}", PET)
    picture = Image.open(io.BytesIO(answer.body))
    assert (answer.status_code, picture.format, picture.mode, picture.size) == (200, format, mode, (40, 20))
    assert answer.headers["content-type"] == f"image/{format.lower()}"
    assert json.loads(answer.headers["x-seg-has-pet"]) is True


def test_a_form_brings_options_and_a_photo_for_the_background():
    answer = ask("/api/segment", form(background=BEACH, photo=PET, format="png", crop="none"), kind=FORM)
    picture = np.asarray(Image.open(io.BytesIO(answer.body)))
    assert (picture[:, -5:] == (0, 0, 250)).all() and (picture[:, :5] == 255).all()
    alone = ask("/api/segment", form(background=BEACH), kind=FORM)
    assert alone.status_code == 400 and b"no file" in alone.body


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: ask("/api/segment?background=blau", PET), "background is 'blau'"),
        (lambda: ask("/api/segment?background=photo", PET), "there is none"),
        (lambda: ask("/api/segment?format=jpeg", PET), "JPEG cannot hold what is clear"),
        (lambda: ask("/api/segment?shadow=200", PET), "from 0 to 100"),
        (lambda: ask("/api/segment", form(photo=PET, background=b"notes"), kind=FORM), "background.png is not a"),
    ],
)
def test_what_is_wrong_with_a_background_is_status_400_and_a_sentence(answer, words):
    refused = answer()
    assert refused.status_code == 400 and words in json.loads(refused.body)["error"]


def test_a_background_larger_than_a_photo_may_be_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_PIXELS", 850)
    answer = ask("/api/segment", form(photo=PET, background=BEACH), kind=FORM)
    assert answer.status_code == 400 and "background.png has" in json.loads(answer.body)["error"]
