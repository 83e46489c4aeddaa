"""What is called pet where there is none, counted on answers that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg import metrics
from seg.classes import Classes
from seg.data.dataset import Dataset, DatasetError
from seg.data.no_pets import is_held_back
from seg.evaluation.no_pets import choose_photos, evaluate_no_pets, evaluate_small_pets
from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsError, WeightsInfo
from seg.photo import PhotoError


class RedIsPet:
    """An engine that calls pet what is red, and the rest background."""

    def probabilities(self, batch: np.ndarray) -> np.ndarray:
        red = (batch[..., 0] > 150) & (batch[..., 2] < 100)
        return np.stack([red, ~red, np.zeros_like(red)], axis=-1).astype(np.float32)


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(RedIsPet(), WeightsInfo(Path("red"), "imagenet"), 64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten grey photos of 100 rows, whose first 0, 1, ... 9 rows are red."""
    folder = tmp_path / "no-pets"
    folder.mkdir()
    for rows in range(10):
        pixels = np.full((100, 80, 3), 128, np.uint8)
        pixels[:rows] = (255, 0, 0)
        Image.fromarray(pixels).save(folder / f"thing-{rows}.png")
    return folder


def test_pixels_called_pet_are_counted_at_the_photos_own_size(segmenter, folder):
    report = evaluate_no_pets(segmenter, choose_photos(folder))
    told = report.as_dict()
    assert told["photos"] == 10
    for rows in range(10):
        assert report.shares[f"thing-{rows}.png"] == pytest.approx(rows / 100, abs=0.012)
    assert told["mean_pet_share"] == pytest.approx(np.mean(list(report.shares.values())))
    assert told["above_2_percent"] == pytest.approx(np.mean([share > 0.02 for share in report.shares.values()]))
    assert 0.6 <= told["above_2_percent"] <= 0.8
    assert next(iter(told["by_photo"])) == "thing-9.png", "the worst comes first"


def test_a_photo_that_cannot_be_read_is_reported_and_the_others_go_on(segmenter, folder):
    (folder / "broken.jpg").write_bytes(b"not a photo")
    seen: list[tuple[int, int]] = []
    report = evaluate_no_pets(segmenter, choose_photos(folder), lambda done, of: seen.append((done, of)))
    assert len(report.shares) == 10 and len(report.failed) == 1 and "broken.jpg" in report.failed[0]
    assert seen[-1] == (11, 11)


def test_photos_none_of_which_can_be_read_are_an_error(segmenter, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"not a photo")
    with pytest.raises(PhotoError, match="Not one photo can be read, of 1"):
        evaluate_no_pets(segmenter, choose_photos(tmp_path))


def test_held_back_photos_are_those_that_training_leaves_alone(folder):
    chosen = choose_photos(folder, held_back=True)
    assert chosen and all(is_held_back(photo) for photo in chosen)
    assert set(chosen) < set(choose_photos(folder))


def test_a_folder_of_which_nothing_is_held_back_says_so(folder):
    for photo in choose_photos(folder, held_back=True):
        photo.unlink()
    with pytest.raises(DatasetError, match="leave --held-back out"):
        choose_photos(folder, held_back=True)


def test_small_pets_are_pasted_into_the_photos_and_called_pet(segmenter, folder, small_dataset):
    dataset = Dataset.open(small_dataset(size=(96, 96)))
    surrounds = [folder / "thing-0.png"]
    confusion = evaluate_small_pets(segmenter, dataset, surrounds, "all", side=0.5)
    assert confusion.sum() == len(dataset) * 64 * 64
    share = confusion[0].sum() / confusion.sum()
    share_before = np.mean([sample.share(0) for sample in dataset])
    assert share == pytest.approx(share_before * 0.25, rel=0.15), "half the side is a quarter of the area"
    assert metrics.subject_iou_without_border(confusion, 0, 2) > 0.8
    assert np.array_equal(confusion, evaluate_small_pets(segmenter, dataset, surrounds, "all", side=0.5))


def test_small_pets_are_not_measured_with_a_network_of_other_classes(folder, small_dataset):
    classes = Classes.from_list(
        [{"value": 0, "name": "ground", "colour": [0, 0, 0]}, {"value": 255, "name": "thing", "colour": [9, 9, 9]}]
    )
    two = Segmenter(RedIsPet(), WeightsInfo(Path("red"), "imagenet", classes), 64)
    with pytest.raises(WeightsError, match="trained on other classes"):
        evaluate_small_pets(two, Dataset.open(small_dataset()), [folder / "thing-0.png"], "all")


def test_small_pets_of_an_empty_part_are_an_error(segmenter, folder, small_dataset):
    lone = Dataset.open(small_dataset(("pug_9", "pug_2"), trainval=("pug_9",), test=("pug_2",)))
    with pytest.raises(DatasetError, match="The split 'validation'"):
        evaluate_small_pets(segmenter, lone, [folder / "thing-0.png"], "validation")
