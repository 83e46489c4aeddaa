"""The figures of an evaluation, computed once more with scikit-learn from the same predictions, and what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, jaccard_score
from sklearn.metrics import confusion_matrix as confusion_of

from seg.classes import PETS, Classes
from seg.data.dataset import Dataset, DatasetError
from seg.evaluation.evaluate import Report, evaluate, write_report
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError, WeightsInfo
from seg.photo import PhotoError
from tests.narrow import TEST, VALIDATION

pytest_plugins = ["tests.narrow_fixtures"]
SIZE = 64


@pytest.fixture(scope="module")
def segmenter(weights) -> Segmenter:
    return Segmenter.load(weights, size=SIZE)


@pytest.fixture(scope="module")
def dataset(pets) -> Dataset:
    return Dataset.open(pets)


@pytest.fixture(scope="module")
def report(segmenter, dataset) -> Report:
    return evaluate(segmenter, dataset, "all")


@pytest.fixture(scope="module")
def pixels(segmenter, pets) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """By photo: true and predicted labels at network size, and at the photo's own, without the code under test."""
    found = {}
    for path in sorted((pets / "images").glob("*.jpg")):
        photo = Image.open(path).convert("RGB")
        trimap = Image.open(pets / "annotations" / "trimaps" / f"{path.stem}.png")
        image = np.asarray(photo.resize((SIZE, SIZE), Image.Resampling.BILINEAR), np.float32)
        true = np.asarray(trimap.resize((SIZE, SIZE), Image.Resampling.NEAREST)) - 1
        predicted = segmenter.engine.probabilities(image[np.newaxis])[0].argmax(-1)
        found[path.stem] = (true, predicted, np.asarray(trimap) - 1, segmenter(path, "fast").labels)
    return found


def pooled(pixels: dict, names, first: int) -> tuple[np.ndarray, np.ndarray]:
    """All pixels of these photos, true and predicted, in two long rows."""
    true, predicted = ([pixels[name][place].ravel() for name in names] for place in (first, first + 1))
    return np.concatenate(true), np.concatenate(predicted)


def assert_metrics(summary: dict, true: np.ndarray, predicted: np.ndarray) -> None:
    # The engine may round by the place in a batch: a pixel in a thousand.
    close = {"abs": 2e-3}
    assert summary["pixel_accuracy"] == pytest.approx(accuracy_score(true, predicted), **close)
    iou = jaccard_score(true, predicted, average=None, labels=[0, 1, 2])
    assert summary["iou"] == {name: pytest.approx(value, **close) for name, value in zip(PETS.names, iou, strict=True)}
    assert summary["mean_iou"] == pytest.approx(iou.mean(), **close)
    inside = true != 2
    without_border = jaccard_score(true[inside] == 0, predicted[inside] == 0)
    assert summary["pet_iou_without_border"] == pytest.approx(without_border, **close)
    or_border = jaccard_score(true != 1, predicted != 1)
    assert summary["pet_or_border_iou"] == pytest.approx(or_border, **close)
    confusion = confusion_of(true, predicted, labels=[0, 1, 2])
    np.testing.assert_allclose(summary["confusion"], confusion, atol=2e-3 * len(true))


def test_the_metrics_are_scikit_learns_over_all_pixels_of_all_photos(report, pixels):
    summary = report.as_dict()
    assert summary["photos"] == len(pixels) == 12
    assert_metrics(summary, *pooled(pixels, pixels, 0))
    assert np.sum(summary["confusion"]) == 12 * SIZE * SIZE


def test_the_metrics_at_the_photos_size_are_of_probabilities_resized(report, pixels):
    assert_metrics(report.as_dict()["own_size"], *pooled(pixels, pixels, 2))
    assert report.confusion_at_photo_size.sum() == sum(true.size for _, _, true, _ in pixels.values())


class AllBackground:
    """An engine that sees background everywhere."""

    name = "all background"

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        return np.zeros((*batch.shape[:3], 3), np.float32) + np.array([0, 1, 0], np.float32)


def test_the_metrics_are_pooled_and_not_the_mean_of_the_photos(small_dataset):
    root = small_dataset(("pug_1", "pug_2", "pug_3", "pug_4"), test=("pug_2", "pug_3", "pug_4"), trainval=("pug_1",))
    for name, value in (("pug_2", 1), ("pug_3", 2), ("pug_4", 2)):  # one all pet, two all background
        Image.fromarray(np.full((24, 32), value, np.uint8)).save(root / "annotations" / "trimaps" / f"{name}.png")
    engine = Segmenter(AllBackground(), WeightsInfo(Path("none"), "imagenet"), 32)
    report = evaluate(engine, root)
    assert [score.mean_iou for score in report.scores] == [0, 1, 1]
    summary = report.as_dict()
    assert summary["iou"] == {"pet": 0, "background": pytest.approx(2 / 3), "border": None}
    assert summary["mean_iou"] == pytest.approx(1 / 3)  # and not 2 / 3
    assert summary["pixel_accuracy"] == pytest.approx(2 / 3)


def test_each_photo_has_its_own_metrics_and_the_worst_comes_first(report, pixels):
    assert [score.name for score in report.scores] == sorted(pixels)
    for score in report.scores:
        true, predicted = (labels.ravel() for labels in pixels[score.name][:2])
        iou = jaccard_score(true, predicted, average=None, labels=[0, 1, 2])
        assert score.iou == pytest.approx(iou, abs=0.01)
    ranked = [score.mean_iou for score in report.ranked()]
    assert ranked == sorted(photo.mean_iou for photo in report.scores)


def test_species_and_breeds_have_the_metrics_of_their_photos(report, pixels):
    summary = report.as_dict()
    assert set(summary["by_species"]) == {"cat", "dog"}
    cats = [name for name in pixels if name[0].isupper()]
    assert_metrics(summary["by_species"]["cat"], *pooled(pixels, cats, 0))
    assert_metrics(summary["by_breed"]["pug"], *pooled(pixels, ["pug_1", "pug_9"], 0))


@pytest.mark.parametrize(("split", "names"), [("test", TEST), ("validation", VALIDATION)])
def test_only_the_split_asked_for_is_measured(segmenter, dataset, split, names):
    seen = []
    report = evaluate(segmenter, dataset, split, progress=lambda done, of: seen.append((done, of)))
    assert [score.name for score in report.scores] == sorted(names)
    assert (report.split, report.as_dict()["split"]) == (split, split)
    assert seen == [(1, 3), (2, 3), (3, 3)]  # a stop waits for one photo, not for a batch


def test_a_limit_takes_photos_from_all_over_the_split(segmenter, dataset):
    report = evaluate(segmenter, dataset, "all", limit=3)
    names = [sample.name for sample in dataset]
    assert [score.name for score in report.scores] == [names[2], names[6], names[10]]  # of 12


def test_weights_and_data_may_be_paths(weights, pets):
    report = evaluate(weights, pets, size=32, limit=1)
    assert (report.size, report.weights, report.dataset) == (32, str(weights), "pets")


def test_what_cannot_be_measured_is_refused_in_one_sentence(segmenter, dataset, pets, tmp_path, small_dataset):
    with pytest.raises(DatasetError, match="no split 'tests'"):
        evaluate(segmenter, dataset, "tests")
    with pytest.raises(WeightsError, match="no weights at"):
        evaluate(tmp_path / "nothing", pets)
    lone = small_dataset(("pug_9", "pug_2"), trainval=("pug_9",), test=("pug_2",))
    with pytest.raises(DatasetError, match=r"The split 'validation' of .* is empty: choose another split\."):
        evaluate(segmenter, lone, "validation")


def test_a_photo_that_has_gone_is_named_in_one_sentence(segmenter, small_dataset):
    root = small_dataset()
    dataset = Dataset.open(root)
    (root / "images" / "pug_9.jpg").unlink()
    with pytest.raises(PhotoError, match="pug_9 does not exist"):
        evaluate(segmenter, dataset)


def test_weights_of_other_classes_than_the_dataset_are_refused(segmenter, dataset):
    classes = Classes.from_list(
        [{"value": 0, "name": "ground", "colour": [0, 0, 0]}, {"value": 255, "name": "thing", "colour": [9, 9, 9]}]
    )
    with pytest.raises(WeightsError, match="trained on other classes"):
        evaluate(segmenter, replace(dataset, classes=classes))


def test_a_report_read_back_from_its_json_is_the_same(report):
    summary = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    again = Report.from_dict(summary, PETS)
    assert again.as_dict() == report.as_dict()
    assert again.ranked() == report.ranked()
    with pytest.raises(KeyError):
        Report.from_dict({}, PETS)


# Written down


@pytest.fixture(scope="module")
def written(report, dataset, segmenter, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "new" / "folder"
    write_report(report, dataset, segmenter, folder)
    return folder


def test_the_report_is_written_with_its_triptychs_and_nothing_half_done(written, report):
    kinds = ("best", "median", "suspects", "worst")
    files = ["report.json", "suspects.csv", *(f"triptychs-{kind}.png" for kind in kinds)]
    assert sorted(path.name for path in written.iterdir()) == files
    summary = json.loads((written / "report.json").read_text())
    assert summary == json.loads(json.dumps(report.as_dict()))
    assert {"photos", "pixel_accuracy", "iou", "mean_iou", "pet_iou_without_border", "confusion"} <= set(summary)
    sheets = {path.stem: np.asarray(Image.open(path)) for path in written.glob("*.png")}
    assert {sheet.shape for sheet in sheets.values()} == {(22 + 8 + 4 * (224 + 22 + 8) + 22 + 8, 8 + 3 * 232, 3)}
    assert len({sheet.tobytes() for sheet in sheets.values()}) == 4


def test_all_photos_are_listed_from_the_trimap_that_the_network_disagrees_with_most(written, report):
    header, *rows = (written / "suspects.csv").read_text().splitlines()
    assert header == "photo,disagreement,mean_iou"
    assert [row.split(",")[0] for row in rows] == [score.name for score in report.suspects()]
    values = [float(row.split(",")[1]) for row in rows]
    assert values == sorted(values, reverse=True) and len(values) == 12


def test_the_worst_photos_are_drawn_as_they_were_predicted(written, report, pixels):
    name = report.ranked()[0].name
    sheet = np.asarray(Image.open(written / "triptychs-worst.png"))
    predicted = Image.fromarray(PETS.palette[pixels[name][3]])
    scale = 224 / max(predicted.size)
    fitted = tuple(round(side * scale) for side in predicted.size)
    top, left = 22 + 8 + 22 + (224 - fitted[1]) // 2, 8 + 2 * 232 + (224 - fitted[0]) // 2
    cell = sheet[top : top + fitted[1], left : left + fitted[0]]
    wanted = np.asarray(predicted.resize(fitted, Image.Resampling.NEAREST))
    assert (cell == wanted).all(axis=2).mean() > 0.99


def test_fewer_photos_than_rows_are_all_drawn(segmenter, dataset, tmp_path):
    report = evaluate(segmenter, dataset, "all", limit=1)
    write_report(report, dataset, segmenter, tmp_path)
    sheets = [Image.open(tmp_path / f"triptychs-{name}.png").size for name in ("worst", "median", "best")]
    assert len(set(sheets)) == 1


def test_the_history_of_a_training_is_drawn_as_curves(dataset, weights, tmp_path):
    row = {"epoch": 1.0, "loss": 1.0, "mean_iou": 0.1, "val_loss": 1.0, "val_mean_iou": 0.2}
    segmenter = Segmenter.load(weights, size=32)
    report = evaluate(segmenter, dataset, limit=1)
    write_report(report, dataset, segmenter, tmp_path / "report", history=[row])
    assert Image.open(tmp_path / "report" / "curves.png").format == "PNG"
