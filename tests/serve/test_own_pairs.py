"""What the owner keeps and learns from is theirs alone: no page, no program and no other visitor gets it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette

from seg.classes import PETS
from seg.data.dataset import Dataset
from seg.data.kept_pairs import PairsError
from seg.network.weights import save_tensors
from seg.serve import api, datasets, limits, offered, own_pairs, owner, trainings
from seg.serve.owner import NotOwnerError
from seg.training.folders import Folders
from seg.training.recipe import Recipe
from seg.training.runs import Run, create_run
from tests.conftest import picture_and_trimap
from tests.data.test_kept_pairs import photo_key
from tests.owners import OWNER, STRANGER

TOKEN = "a-secret-of-the-owner"


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEG_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("SEG_PAIRS", raising=False)
    monkeypatch.setattr("seg.data.dataset.DEFAULT_FOLDER", tmp_path / "no-download")


def keep(number: int = 1, kind: str = own_pairs.CORRECTIONS, visitor=OWNER):
    photo, trimap = picture_and_trimap((30, 40), number)
    return own_pairs.keep(visitor, kind, photo_key(number), photo, PETS.to_labels(trimap), is_predicted=False)


@pytest.fixture
def private(tmp_path: Path, small_dataset) -> Run:
    """A run that has learned from the owner's pairs."""
    keep()
    folders = Folders(corrections=own_pairs.folder_of(own_pairs.CORRECTIONS).folder)
    run = create_run(Recipe.named("corrections"), small_dataset(), "pets", tmp_path / "runs", folders)
    save_tensors({"a/kernel": np.zeros(3, np.float32)}, run.weights, "imagenet", {})
    return run


def test_pairs_lie_among_the_runs_or_where_the_setting_says(monkeypatch, tmp_path):
    assert own_pairs.pairs_folder() == tmp_path / "runs" / "pairs"
    monkeypatch.setenv("SEG_PAIRS", str(tmp_path / "elsewhere"))
    keep()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [own_pairs.CORRECTIONS]


def test_kept_pairs_are_no_run(private):
    assert trainings.known_runs(OWNER) == [private]


def test_a_stranger_keeps_sees_and_removes_nothing():
    kept = keep()
    for act in (
        lambda: keep(2, visitor=STRANGER),
        lambda: own_pairs.pairs(STRANGER, own_pairs.CORRECTIONS),
        lambda: own_pairs.remove(STRANGER, own_pairs.CORRECTIONS, kept.name),
    ):
        with pytest.raises(NotOwnerError):
            act()
    assert own_pairs.pairs(OWNER, own_pairs.CORRECTIONS) == [kept]


def test_the_owner_has_a_dataset_of_each_kind_that_has_pairs_and_others_have_none():
    assert datasets.folders(OWNER).keys() == {"sample"}
    keep(1, own_pairs.PET)
    assert list(datasets.folders(OWNER)) == ["sample", own_pairs.PET]
    assert list(datasets.folders(STRANGER)) == ["sample"]
    assert len(datasets.open_dataset(datasets.folders(OWNER)[own_pairs.PET])) == 1


@pytest.mark.parametrize("kind", ["../runs", "my_corrections/../..", ""])
def test_a_kind_is_one_of_two_and_no_path(kind):
    with pytest.raises(ValueError, match=r"not in tuple|tuple\.index"):
        own_pairs.folder_of(kind)


def test_no_more_pairs_are_kept_than_the_limit_says_and_a_kept_one_can_be_replaced(monkeypatch):
    monkeypatch.setattr(limits, "MOST_PAIRS", 2)
    keep(1), keep(2)
    with pytest.raises(PairsError, match="2 pairs"):
        keep(3)
    keep(2)
    assert len(own_pairs.pairs(OWNER, own_pairs.CORRECTIONS)) == 2


def test_a_private_run_is_known_and_offered_to_the_owner_alone(private):
    assert trainings.known_runs(OWNER) == trainings.trained_runs(OWNER) == [private]
    assert trainings.known_runs(STRANGER) == trainings.trained_runs(STRANGER) == []
    assert offered.names(OWNER) == ["shipped", private.id] and offered.names(STRANGER) == ["shipped"]
    assert offered.weights_named(private.id, OWNER) == private.weights
    assert offered.weights_named(private.id, STRANGER) is None


def test_a_private_run_that_is_trained_is_seen_by_the_owner_alone(private):
    with private.claim():
        private.set_status(private.status().__class__(state="running"))
        assert trainings.active(OWNER) == private and trainings.active(STRANGER) is None


def ask(method: str, address: str, host: str, listens_on: str | None, client: str) -> tuple[int, dict]:
    """The status and the JSON that the API answers a program with."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", host.encode())],
        "scheme": "http",
        "server": ("127.0.0.1", 8501),
        "client": (client, 50_000),
    }
    answered: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"x"}

    async def send(message: dict) -> None:
        answered.append(message)

    asyncio.run(Starlette(routes=api.routes(listens_on=listens_on))(scope, receive, send))
    return answered[0]["status"], json.loads(b"".join(message.get("body", b"") for message in answered))


def private_names(*asked: str | None) -> list[str]:
    _, answer = ask("GET", "/api/weights", *asked)
    return [row["name"] for row in answer["weights"] if row["name"] != "shipped"]


HERE = ("localhost:8501", "localhost", "127.0.0.1")


def test_a_program_on_the_owners_machine_gets_private_weights_by_name(private):
    assert private_names(*HERE) == [private.id]


@pytest.mark.parametrize(
    ("host", "listens_on", "client"),
    [
        ("localhost:8501", None, "127.0.0.1"),
        ("pets.example.org", "localhost", "127.0.0.1"),
        ("localhost:8501", "localhost", "203.0.113.7"),
    ],
)
def test_every_other_program_is_not_told_of_private_weights_and_refused_them(private, host, listens_on, client):
    assert private_names(host, listens_on, client) == []
    status, answer = ask("POST", f"/api/segment?weights={private.id}", host, listens_on, client)
    assert status == 404 and "shipped" in answer["error"] and answer["error"].count(private.id) == 1


def test_with_a_token_no_program_is_the_owner(private, monkeypatch):
    monkeypatch.setenv("SEG_OWNER_TOKEN", TOKEN)
    assert private_names(*HERE) == []


def test_a_training_on_pairs_is_started_private_with_their_folder(monkeypatch, tmp_path, small_dataset):
    monkeypatch.setattr(trainings, "start_process", lambda run: None)
    keep()
    folder = own_pairs.folder_of(own_pairs.CORRECTIONS).folder
    run = trainings.start(OWNER, Recipe.named("corrections"), Dataset.open(small_dataset()), corrections=folder)
    assert run.is_private and run.data["corrections"] == str(folder.resolve())
    assert not owner.is_owner(STRANGER)
