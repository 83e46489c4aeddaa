"""Who owns the server: by its machine, a token, or signing in; all others are refused, whatever the page shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seg.data.dataset import Dataset
from seg.errors import SegError
from seg.serve import owner, trainings
from seg.serve.owner import NotOwnerError, Visitor
from seg.training.recipe import Recipe
from seg.training.runs import create_run
from tests.owners import DIRECT, OWNER, STRANGER

TOKEN = "a-secret-of-the-owner"
PROXIED = {**DIRECT, "X-Forwarded-For": "203.0.113.7"}


@pytest.mark.parametrize(
    ("address", "url", "headers", "is_owner"),
    [
        (None, "http://localhost:8501/dataset", DIRECT, True),
        (None, "http://127.0.0.1:8501/", {"Host": "127.0.0.1:8501"}, True),
        ("203.0.113.7", "http://localhost:8501/", DIRECT, False),
        (None, "https://pets.example.org/", DIRECT, False),
        (None, "http://localhost:8501/", {"Host": "pets.example.org"}, False),
        (None, "http://localhost:8501/", PROXIED, False),
        (None, None, {}, False),
    ],
)
def test_without_settings_the_owner_is_who_uses_the_servers_machine(address, url, headers, is_owner):
    assert owner.is_owner(Visitor("localhost", address, url, headers)) is is_owner


@pytest.mark.parametrize("listens_on", [None, "0.0.0.0", "::", "192.0.2.1", "pets.example.org"])
def test_a_server_that_others_reach_has_no_owner_without_a_setting(listens_on):
    assert owner.ways(listens_on) == ("nobody",)
    assert not owner.is_owner(replace(OWNER, listens_on=listens_on))


def test_a_server_behind_a_proxy_of_its_machine_can_be_called_public(monkeypatch):
    monkeypatch.setenv("SEG_PUBLIC", "1")
    assert not owner.is_owner(OWNER)


def test_with_a_token_the_owner_is_who_has_entered_it_wherever_that_is(monkeypatch):
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    assert owner.is_owner(replace(STRANGER, has_token=True))
    assert not owner.is_owner(OWNER)
    with pytest.raises(NotOwnerError, match="enter the owner's token"):
        owner.require(OWNER)


def test_a_token_is_right_or_wrong(monkeypatch):
    monkeypatch.setattr(owner, "SECONDS_AFTER_WRONG_TOKEN", 0)
    assert not owner.is_token("")
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    assert owner.is_token(TOKEN) and owner.is_token(f" {TOKEN}\n")
    assert not any(owner.is_token(wrong) for wrong in ("", TOKEN[:-1], TOKEN + "x", "\N{SNOWMAN}"))


def test_a_wrong_token_makes_the_visitor_wait(monkeypatch):
    waited = []
    monkeypatch.setattr(owner.time, "sleep", waited.append)
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    assert owner.is_token(TOKEN) and not waited
    assert not owner.is_token("wrong") and waited == [owner.SECONDS_AFTER_WRONG_TOKEN]


def test_a_token_that_can_be_guessed_counts_as_none(monkeypatch):
    monkeypatch.setattr(owner, "SECONDS_AFTER_WRONG_TOKEN", 0)
    monkeypatch.setenv("SEG_OWNER_TOKEN", "1234")
    assert owner.token_is_short() and not owner.is_token("1234")
    assert not owner.is_owner(replace(STRANGER, has_token=True))


def test_who_signs_in_is_the_owner_if_the_address_is_among_the_owners(monkeypatch):
    monkeypatch.setenv("SEG_OWNERS", " Ann@example.org, bob@example.org ")
    assert owner.is_owner(replace(STRANGER, email="ann@example.org"))
    assert not owner.is_owner(replace(STRANGER, email="eve@example.org"))
    assert not owner.is_owner(OWNER)
    with pytest.raises(NotOwnerError, match="sign in"):
        owner.require(OWNER)


def test_a_stranger_is_refused_whatever_the_page_shows(small_dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(trainings, "start_process", lambda run: pytest.fail("a training was started"))
    dataset = Dataset.open(small_dataset())
    run = create_run(Recipe.named("demo"), dataset.root, "pets", tmp_path / "runs")
    for act in (
        lambda: trainings.start(STRANGER, Recipe.named("demo"), dataset),
        lambda: trainings.resume(STRANGER, run),
        lambda: trainings.stop(STRANGER, run),
        lambda: trainings.rename(STRANGER, run, "mine"),
        lambda: trainings.delete(STRANGER, run),
    ):
        with pytest.raises(NotOwnerError, match="SEG_OWNER_TOKEN"):
            act()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [run.id]
    assert (run.name, run.stop_request.is_made()) == ("", False)


def test_the_address_of_a_plain_start_is_this_machine(monkeypatch):
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    assert owner.configured_address() in owner.LOOPBACK
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert owner.configured_address() == "0.0.0.0"


def test_the_token_is_in_no_error(monkeypatch):
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    try:
        owner.require(STRANGER)
    except SegError as error:
        assert TOKEN not in error.sentence("en") + error.sentence("zh")
