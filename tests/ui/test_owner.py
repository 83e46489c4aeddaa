"""What the pages offer to a stranger and to the owner of a server that others reach, and how the owner says so."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from seg.serve import owner as serve_owner
from seg.serve import trainings
from seg.texts import en
from tests.ui.train.helpers import keys, make_run, open_page, weight_file, words

TOKEN = "a-secret-of-the-owner"
OF_THE_OWNER = {"train-start", "demo-start", "run-resume", "run-delete", "train-stop", "sidebar-stop", "download-start"}


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path, small_dataset, visitor) -> None:
    """A server that listens on every address, with weights, a small dataset and a run that was stopped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEG_DATA", str(small_dataset()))
    monkeypatch.setenv("SEG_WEIGHTS", str(weight_file(tmp_path / "shipped.safetensors")))
    monkeypatch.delenv("SEG_ALLOW_DOWNLOAD", raising=False)
    monkeypatch.setattr(serve_owner, "SECONDS_AFTER_WRONG_TOKEN", 0)
    visitor(listens_on="0.0.0.0")


def offered(app) -> set[str]:
    return (keys(app.main) | keys(app.sidebar)) & OF_THE_OWNER


@pytest.mark.parametrize("page", ["train", "dataset"])
def test_a_stranger_is_offered_nothing_of_the_owners_and_is_told_how_the_owner_gets_it(tmp_path, page):
    make_run(tmp_path, "stopped", 2)
    app = open_page(page)
    assert offered(app) == set()
    assert en.TEXTS["errors"]["owner_none"] in words(app.main)
    assert not [field for field in app.text_input if field.key.startswith("run-name")]
    assert not app.exception


def test_a_stranger_sees_a_training_and_cannot_stop_it(tmp_path):
    run = make_run(tmp_path, "running", 2, step=3, steps=12, activity="training")
    with run.claim():
        app = open_page()
        assert app.get("progress")
        assert offered(app) == set()
        assert en.TEXTS["errors"]["owner_none"] in words(app.main)


def test_on_the_servers_machine_nothing_is_asked(tmp_path, visitor):
    visitor()
    make_run(tmp_path, "stopped", 2)
    app = open_page()
    assert {"train-start", "demo-start", "run-resume", "run-delete"} <= offered(app)
    assert en.TEXTS["errors"]["owner_none"] not in words(app.main)
    assert "owner-enter" not in keys(app.sidebar)


def test_the_owner_enters_the_token_once_for_all_pages(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG)
    make_run(tmp_path, "stopped", 2)
    app = open_page()
    assert offered(app) == set() and en.TEXTS["errors"]["owner_token"] in words(app.main)
    app.sidebar.text_input(key="owner-token").set_value(TOKEN)
    app.button(key="owner-enter").click().run()
    assert {"train-start", "run-delete"} <= offered(app)
    assert TOKEN not in str(app.query_params) and TOKEN not in caplog.text
    assert TOKEN not in str(app.session_state._state.filtered_state)
    app.run()
    assert "train-start" in keys(app.main)


def test_a_wrong_token_is_told_and_changes_nothing(monkeypatch, caplog):
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    app = open_page()
    app.sidebar.text_input(key="owner-token").set_value("not-the-owners-secret")
    app.button(key="owner-enter").click().run()
    assert en.TEXTS["errors"]["owner_token_wrong"] in words(app.sidebar)
    assert offered(app) == set()
    assert "not-the-owners-secret" not in caplog.text


def test_who_may_sign_in_has_a_button_for_it_and_a_sentence_where_the_server_cannot(monkeypatch):
    monkeypatch.setenv("SEG_OWNERS", "ann@example.org")
    monkeypatch.setattr("streamlit.user_info.is_authlib_installed", lambda: False)
    app = open_page()
    assert en.TEXTS["errors"]["owner_sign_in"] in words(app.main)
    app.button(key="owner-sign-in").click().run()
    assert "streamlit[auth]" in words(app.sidebar)


def test_who_has_signed_in_as_an_owner_is_one(monkeypatch, visitor):
    monkeypatch.setenv("SEG_OWNERS", "ann@example.org")
    visitor(listens_on="0.0.0.0", email="ann@example.org")
    assert "train-start" in keys(open_page().main)


def test_an_address_that_the_provider_has_not_verified_is_no_owners_and_is_told(monkeypatch):
    monkeypatch.setenv("SEG_OWNERS", "ann@example.org")
    claims = {"is_logged_in": True, "email": "ann@example.org", "email_verified": False}
    monkeypatch.setattr("streamlit.user", SimpleNamespace(to_dict=lambda: claims))
    app = open_page()
    assert offered(app) == set()
    assert en.TEXTS["sidebar"]["owner_unverified"] in words(app.sidebar)
    assert "owner-sign-out" in keys(app.sidebar)


def test_a_button_that_a_stranger_presses_all_the_same_is_refused(tmp_path, monkeypatch, visitor):
    visitor()
    started = []
    monkeypatch.setattr(trainings, "start_process", started.append)
    app = open_page()
    # The page was drawn for the owner; the server knows better by the time the button is pressed.
    monkeypatch.setattr("seg.ui.shared.owner.is_here", lambda: True)
    visitor(listens_on="0.0.0.0")
    app.button(key="train-start").click().run()
    assert not started and en.TEXTS["errors"]["owner_none"] in words(app.main)
