"""The app where little is as usual: below a path, behind a proxy, no home to write to, no letters but ASCII."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from seg.texts.en import TEXTS as EN
from tests.e2e.test_app import CHELSEA, PAGES, heading, only_asking, settled, shows_no_traceback

pytestmark = pytest.mark.slow

UNWRITABLE = "/proc"  # root can make nothing there either
PROXY = "https://pets.example.org"


@pytest.fixture
def crippled(serve) -> str:
    """A first start without a terminal, in a home that cannot be written, with ASCII alone and below a path."""
    return serve(
        HOME=f"{UNWRITABLE}/home",
        SEG_CACHE=f"{UNWRITABLE}/cache",
        SEG_RUNS=f"{UNWRITABLE}/runs",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        STREAMLIT_SERVER_BASE_URL_PATH="pets",
        STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS=PROXY,
    )


def segment(app: str, origin: str) -> dict:
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "Content-Type": "image/jpeg"}
    request = urllib.request.Request(f"{app}/api/segment?as=shares", CHELSEA.read_bytes(), headers)
    return json.loads(urllib.request.urlopen(request, timeout=120).read())


def test_a_crippled_machine_shows_every_page_and_answers_programs(crippled, page):
    page.set_default_timeout(180_000)  # a first start, with nothing remembered
    with only_asking(page, crippled):
        for path, name in PAGES.items():
            page.goto(f"{crippled}/{path}")
            heading(page, name)
            settled(page)
            assert shows_no_traceback(page)
            assert page.get_by_test_id("stAlertContentError").count() == 0
        page.get_by_role("link", name=EN["dataset"]["title"]).click()
        page.wait_for_url(f"{crippled}/dataset*")
        heading(page, "dataset")
        page.goto(f"{crippled}/nowhere")
        page.get_by_text(EN["common"]["missing_text"]).wait_for()
    assert segment(crippled, PROXY)["has_pet"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        segment(crippled, "https://elsewhere.example")
