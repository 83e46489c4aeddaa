"""Visits without a browser: they see the page as a browser does, and their photos are segmented."""

from __future__ import annotations

import pytest

from seg.benchmark.child import BenchmarkError
from seg.benchmark.pictures import random_photo
from seg.benchmark.server import serving
from seg.benchmark.sessions import Visit, many_visits, visiting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


def test_visits_at_once_each_have_their_page_and_their_photos(server):
    facts = many_visits(server.address, 3, photos_each=2, while_open=lambda: "all open")
    assert (facts["visitors"], facts["photos"], facts["seen"]) == (3, 6, "all open")
    assert 0 < facts["page"]["median_seconds"] <= facts["page"]["p95_seconds"]
    assert facts["photos_per_second"] > 0
    assert "Traceback" not in server.log


def test_a_photo_that_the_server_refuses_to_take_ends_the_measurement(server, monkeypatch):
    with visiting(server.address) as visit:
        visit.open()
        visit._http.cookies.clear()  # without the token no file is taken
        with pytest.raises(BenchmarkError, match="refused"):
            visit.give("photo.jpg", random_photo(1, (32, 32)))


def test_an_address_where_nobody_answers_is_said():
    with pytest.raises((BenchmarkError, OSError)):
        Visit("http://127.0.0.1:9")
