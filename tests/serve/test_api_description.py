"""The API as it describes itself: a valid OpenAPI document that says what the server does, and a page for people."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from seg.inference.cutout_options import NAMES
from seg.serve import api
from seg.serve.api.description import document
from seg.serve.api.page import page
from seg.texts import LANGUAGES, TAGS, texts
from tests.serve.test_api import FORM, NO_PET, PET, ask, form, network

__all__ = ["network"]  # a fixture: the server's network takes the left half of white photos for pet


def described(language: str = "en") -> dict:
    return json.loads(ask(f"/api/openapi.json?lang={language}", method="GET").body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_is_valid_in_every_language(language: str):
    written = described(language)
    OpenAPIV31SpecValidator(written).validate()
    assert written["info"]["title"] == texts(language)["api"]["title"]


def test_every_address_is_described_and_none_besides():
    paths = {route.path for route in api.routes()} - {"/api", "/api/{rest:path}", "/api/docs"}
    assert {f"/api{path}" for path in described()["paths"]} == paths


def test_every_parameter_is_described_and_none_besides():
    parameters = {row["name"] for row in described()["paths"]["/segment"]["post"]["parameters"]}
    assert parameters == {"as", "empty", "detail", "weights", "name", *NAMES}
    for row in described()["paths"]["/segment"]["post"]["parameters"]:
        for value in row["schema"].get("enum", []):
            query = f"{row['name']}={value}" + ("&background=white" if value in ("jpeg", "jpg") else "")
            assert ask(f"/api/segment?{query}", PET).status_code == 200, query


@pytest.mark.parametrize(
    ("url", "method", "body", "schema"),
    [
        ("/api/segment?as=shares", "POST", PET, "Photo"),
        ("/api/segment?as=shares&name=a.png", "POST", NO_PET, "Photo"),
        ("/api/segment", "POST", NO_PET, "Error"),
        ("/api/nothing", "GET", b"", "Error"),
    ],
)
def test_what_is_answered_is_what_is_described(url: str, method: str, body: bytes, schema: str):
    components = described()["components"]
    answer = json.loads(ask(url, body, method).body)
    jsonschema.validate(answer, {"$ref": f"#/components/schemas/{schema}", "components": components})
    assert answer.keys() == components["schemas"][schema]["properties"].keys()


def test_several_photos_are_answered_as_described():
    sent = form("tom.png").removesuffix(b"--x--\r\n") + form("notes.png").replace(PET, b"notes")
    answer = json.loads(ask("/api/segment?as=shares", sent, kind=FORM).body)
    assert len(answer["photos"]) == 2
    jsonschema.validate(answer, {"$ref": "#/components/schemas/Photos", "components": described()["components"]})


class Page(HTMLParser):
    """The text of a page, and every address in it."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_of_it_and_asks_no_other_host(language: str):
    answer = ask(f"/api/docs?lang={language}", method="GET")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert f'<html lang="{TAGS[language]}">' in answer.body.decode()
    shown = Page(answer.body.decode())
    for key in ("segment", "parameter_weights", "field_background", "header_shares", "health_text"):
        assert texts(language)["api"][key] in shown.text
    assert "/segment?as=shares" in shown.text
    assert not {"script", "img", "iframe", "form"} & set(shown.tags)
    assert shown.addresses and not [address for address in shown.addresses if re.match(r"\w+:|//", address)]


def test_without_a_language_in_its_address_the_page_follows_the_browser_and_the_document_does_not():
    for path, language in (("docs", "zh"), ("openapi.json", "en")):
        answer = ask(f"/api/{path}", method="GET", languages="zh-CN,zh;q=0.9").body.decode()
        assert texts(language)["api"]["segment"] in answer


def test_a_hostile_name_of_the_server_is_text_on_the_page():
    html = page("en", "/pets/api", 'http://evil"><script>alert(1)</script>/pets/api')
    assert "<script" not in html and "evil&quot;" in html


def test_below_a_base_path_programs_are_told_so():
    assert document("en", "/pets/api")["servers"] == [{"url": "/pets/api"}]
