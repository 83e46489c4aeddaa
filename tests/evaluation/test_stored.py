"""The report beside a weight file: what it holds, and that it is never shown for other weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from seg.classes import PETS
from seg.evaluation.evaluate import PhotoScore, Report
from seg.evaluation.no_pets import NoPetsReport
from seg.evaluation.stored import history_of, no_pets_of, report_file, report_of, store_no_pets, store_report
from seg.network.weights import WeightsError, sha256_of, shipped_weights, weights_folder

HISTORY = [{"epoch": 1.0, "loss": 0.5123456, "val_mean_iou": None}, {"epoch": 2.0, "loss": 0.4, "val_mean_iou": 0.7}]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "secret" / "pets.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"the weights")
    return path


@pytest.fixture
def report(weights: Path) -> Report:
    confusion = np.array([[50, 3, 2], [4, 80, 1], [5, 6, 9]], np.int64)
    scores = (
        PhotoScore("Abyssinian_1", "Abyssinian", "cat", (0.8, 0.9, 0.5), 0.733),
        PhotoScore("pug_9", "pug", "dog", (0.7, 0.9, float("nan")), 0.8),
    )
    by_species, by_breed = {"cat": confusion}, {"Abyssinian": confusion}
    return Report("pets", "test", str(weights), 224, PETS, confusion, 4 * confusion, scores, by_species, by_breed)


def test_a_stored_report_comes_back(weights, report):
    store_report(report, weights, HISTORY)
    again = report_of(weights)
    assert again is not None
    assert again.as_dict() == {**report.as_dict(), "weights": "secret/pets.safetensors"}
    assert again.classes == PETS
    assert history_of(weights) == [{**HISTORY[0], "loss": 0.5123}, HISTORY[1]]


def test_classes_come_back(weights, report):
    file = store_report(report, weights)
    file.write_text(file.read_text().replace('"pet"', '"bird"'))
    again = report_of(weights)
    assert again is not None
    assert again.classes.names == ("bird", "background", "border")


def test_what_was_measured_without_pets_stays_when_the_report_of_the_same_weights_is_stored_again(weights, report):
    store_report(report, weights, HISTORY)
    assert no_pets_of(weights) is None
    store_no_pets(NoPetsReport({"street": 0.05, "room": 0.01}), weights)
    assert no_pets_of(weights) == (2, pytest.approx(0.03), 0.5)
    assert history_of(weights) == [{**HISTORY[0], "loss": 0.5123}, HISTORY[1]]
    store_report(report, weights)
    assert no_pets_of(weights) == (2, pytest.approx(0.03), 0.5)
    weights.write_bytes(b"other weights")
    store_report(report, weights)
    assert no_pets_of(weights) is None


def test_what_was_measured_without_pets_needs_a_report_to_stand_in(weights):
    with pytest.raises(WeightsError, match="evaluate --store"):
        store_no_pets(NoPetsReport({"street": 0.05}), weights)


def test_a_report_of_other_weights_is_none(weights, report):
    store_report(report, weights, HISTORY)
    weights.write_bytes(b"other weights")
    assert report_of(weights) is None
    assert history_of(weights) == []


def test_where_nothing_was_measured_there_is_none(weights):
    assert report_of(weights) is None
    assert report_of(weights.with_name("missing.safetensors")) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"weights_sha256": "SHA"}', '{"weights_sha256": "SHA", "classes": 3}']
)
def test_a_damaged_report_is_none(weights, content):
    report_file(weights).write_text(content.replace("SHA", sha256_of(weights)))
    assert report_of(weights) is None


def test_a_run_has_its_report_under_its_usual_name(weights, report):
    run_weights = weights.rename(weights.with_name("weights.safetensors"))
    assert store_report(report, run_weights).name == "report.json"
    assert report_of(run_weights) is not None


def test_it_does_not_say_where_the_server_keeps_its_files(weights, report, tmp_path):
    assert str(tmp_path) not in store_report(report, weights).read_text()


def test_the_report_that_ships_is_of_the_weights_that_ship():
    report = report_of(shipped_weights())
    assert report is not None, "measure them: weights/README.md says how"
    assert (report.split, report.size, len(report.scores)) == ("test", 224, 460)
    assert len(report.confusion_by_breed) == 37
    card = (weights_folder() / "README.md").read_text()
    assert f"{report.mean_iou:.4f}" in card
    assert {"epoch", "loss", "val_loss", "val_mean_iou"} <= history_of(shipped_weights())[0].keys()


def test_sha256sums_holds_the_report_that_ships():
    sums = dict(reversed(line.split()) for line in (weights_folder() / "SHA256SUMS").read_text().splitlines())
    file = report_file(shipped_weights())
    assert sums[file.name] == sha256_of(file)
    assert json.loads(file.read_text())["weights_sha256"] == sums["pets.safetensors"]
