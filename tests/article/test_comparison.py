"""The article's script runs as it is written; the comparison trains one correction after another."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from seg.article import comparison as room
from seg.article.comparison import ComparisonError, compare, recipes
from seg.article.measured import comparison, first_losses, mean_iou_by_epoch, measurements
from seg.article.script import train_as_written
from seg.classes import PETS, Classes
from seg.commands.main import main
from seg.data.dataset import Dataset
from seg.network.weights import WeightsError
from seg.texts import texts

pytest_plugins = ["tests.narrow_fixtures"]


def test_the_articles_script_trains_and_answers_with_probabilities(pets):
    engine = train_as_written(Dataset.open(pets, "official").split("train"), epochs=2, size=32)
    answer = engine.probabilities(np.full((2, 32, 32, 3), 120, np.float32))
    assert answer.shape == (2, 32, 32, 3)
    np.testing.assert_allclose(answer.sum(-1), 1, atol=1e-5)
    assert engine.photos_per_second > 0


def test_each_correction_differs_from_the_one_before_by_what_it_is_named_for():
    meant, folded, tuned, ours = recipes(3, 64).values()
    assert (meant.scaling, folded.scaling) == ("signed", "imagenet")
    assert meant.phases == folded.phases and meant.phases[0].frozen_blocks == 5
    assert tuned.phases[0].frozen_blocks == 0 and tuned.scaling == folded.scaling
    assert tuned.phases[0].augmentation.is_none and not ours.phases[0].augmentation.is_none
    assert {recipe.epochs for recipe in (meant, folded, tuned, ours)} == {3}


def test_a_comparison_that_was_cut_off_goes_on_with_what_it_has_not_measured(pets, tmp_path, monkeypatch):
    asked = []

    def measured(name, dataset, epochs, size, folder):
        asked.append(name)
        if name == "fine_tuned" and len(asked) == 4:
            raise WeightsError("weights_missing", path="here")
        return {"mean_iou": 0.5, "pixel_accuracy": 0.6, "iou": {}, "seconds": 1.0}

    monkeypatch.setattr(room, "_measured", measured)
    with pytest.raises(WeightsError):
        compare(pets, 2, 32, tmp_path)
    facts = compare(pets, 2, 32, tmp_path)
    assert asked == ["as_written", "as_meant", "scale_folded", "fine_tuned", "fine_tuned", "ours"]
    assert [row["name"] for row in facts["rows"]] == ["as_written", *recipes(2, 32)]
    assert json.loads((tmp_path / "comparison.json").read_text()) == facts
    compare(pets, 3, 32, tmp_path)
    assert len(asked) == 11, "other epochs are another comparison"


@pytest.fixture
def trained(monkeypatch) -> list[str]:
    """The names of the trainings that a comparison asks for; each is measured at once."""
    names: list[str] = []

    def measured(name, dataset, epochs, size, folder):
        names.append(name)
        return {"mean_iou": 0.5, "pixel_accuracy": 0.6, "iou": {"pet": 0.5}, "seconds": 1.0}

    monkeypatch.setattr(room, "_measured", measured)
    return names


def test_what_another_version_recipe_or_other_photos_gave_is_measured_anew(pets, tmp_path, monkeypatch, trained):
    compare(pets, 2, 32, tmp_path)
    assert len(trained) == 5
    compare(pets, 2, 32, tmp_path)
    assert len(trained) == 5

    changed = recipes(2, 32) | {"ours": replace(recipes(2, 32)["ours"], ema_decay=0.5)}
    with monkeypatch.context() as patch:
        patch.setattr(room, "recipes", lambda epochs, size: changed)
        rows = compare(pets, 2, 32, tmp_path)["rows"]
    assert trained[5:] == ["ours"]
    assert rows[-1]["recipe"]["ema_decay"] == 0.5 and len(rows) == 5

    dataset = Dataset.open(pets)
    train, test = dataset.splits["train"], dataset.splits["test"]
    splits = dataset.splits | {"train": (*train[1:], test[0]), "test": (train[0], *test[1:])}
    compare(replace(dataset, splits=splits), 2, 32, tmp_path)
    assert len(trained) == 11, "as many photos, but others"
    monkeypatch.setattr("seg.__version__", "99")
    compare(replace(dataset, splits=splits), 2, 32, tmp_path)
    assert len(trained) == 16


def test_rows_of_an_earlier_day_are_shown_as_such(pets, tmp_path, trained, capsys):
    arguments = ["compare", "--data", str(pets), "--runs", str(tmp_path), "--epochs", "2", "--size", "32"]
    assert main(arguments) == 0
    first = capsys.readouterr()
    assert first.err == "" and first.out.count(" UTC") == 5
    path = tmp_path / "comparison.json"
    facts = json.loads(path.read_text())
    for row in facts["rows"]:
        row["measured"] = "2020-01-01 00:00"
    path.write_text(json.dumps({**facts, "rows": facts["rows"][:4]}))
    assert main(arguments) == 0
    second = capsys.readouterr()
    assert trained[5:] == ["ours"]
    assert second.out.count("measured 2020-01-01 00:00 UTC") == 4
    assert "measured before and not again: as_written, as_meant, scale_folded, fine_tuned; delete" in second.err


def test_every_row_that_is_shown_has_a_name_in_both_languages():
    assert [row["name"] for row in comparison()["rows"]] == ["as_written", *recipes(2, 128)]
    keys = {f"compared_{row['name']}" for row in comparison()["rows"]}
    keys |= {f"measured_{row.training}" for row in measurements()} | {f"first_loss_{name}" for name in first_losses()}
    for language in ("en", "zh"):
        assert keys <= texts(language)["inside"].keys()


def test_a_learning_curve_is_read_out_of_the_measurements():
    assert mean_iou_by_epoch("meant") == {1: 0.659, 3: 0.698, 5: 0.731}
    with pytest.raises(KeyError):
        mean_iou_by_epoch("never trained")


def test_a_damaged_file_and_other_classes_than_pets_are_refused_in_a_sentence(pets, tmp_path):
    (tmp_path / "comparison.json").write_text("{")
    with pytest.raises(ComparisonError) as caught:
        compare(pets, 2, 32, tmp_path)
    assert caught.value.code == "comparison_damaged"
    dataset = replace(Dataset.open(pets), classes=Classes(PETS.members[:2]))
    with pytest.raises(ComparisonError) as caught:
        compare(dataset, 2, 32, tmp_path)
    assert caught.value.code == "comparison_classes"
