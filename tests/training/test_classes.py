"""Any classes train: a dataset says its classes, and the run, its weights and their report have the same ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.classes import Classes
from seg.data.dataset import Dataset
from seg.evaluation.evaluate import Report, evaluate
from seg.inference.segmenter import Segmenter
from seg.network.weights import load_network, read_info
from seg.training.train import train
from tests.narrow import EVERYTHING, tiny_phase, tiny_recipe
from tests.narrow_trainings import FROZEN

NAMES = tuple(f"photo_{number}" for number in range(10))
MASK = Classes.from_list(
    [
        {"value": 0, "name": "ground", "colour": [0, 0, 0], "role": "background"},
        {"value": 255, "name": "thing", "colour": [255, 255, 255], "role": "subject"},
    ]
)
SCENE = Classes.from_list(
    [
        {"value": 10, "name": "sky", "colour": [0, 0, 255]},
        {"value": 20, "name": "road", "colour": [99, 99, 99]},
        {"value": 30, "name": "tree", "colour": [0, 255, 0]},
        {"value": 40, "name": "car", "colour": [255, 0, 0]},
    ]
)
ROAD = Classes.from_list(
    [
        {"value": 0, "name": "ground", "colour": [255, 0, 0], "role": "background"},
        {"value": 1, "name": "road", "colour": [255, 0, 255], "role": "subject"},
        {"value": 255, "name": "other road", "colour": [0, 0, 0], "role": "void"},
    ]
)
VOID_COLUMNS = 4  # on the left of each mask whose classes have void


def write_dataset(root: Path, classes: Classes) -> Path:
    """Ten tiny photos of two blocks of colour, and the masks of their classes."""
    (root / "images").mkdir(parents=True)
    (root / "annotations" / "trimaps").mkdir(parents=True)
    for seed, name in enumerate(NAMES):
        random = np.random.default_rng(seed)
        labels = np.repeat(random.integers(0, len(classes), (2, 1)), 16, axis=0).repeat(32, axis=1)
        labels[:, 16:] = seed % len(classes)
        Image.fromarray(classes.palette[labels]).save(root / "images" / f"{name}.jpg", quality=95)
        mask = classes.to_trimap(labels)
        for member in classes.void:
            mask[:, :VOID_COLUMNS] = member.value
        Image.fromarray(mask).save(root / "annotations" / "trimaps" / f"{name}.png")
    (root / "classes.json").write_text(json.dumps(classes.as_list()))
    for part, names in (("trainval", NAMES[:8]), ("test", NAMES[8:])):
        (root / "annotations" / f"{part}.txt").write_text("".join(f"{name} 1 1 1\n" for name in names))
    return root


@pytest.mark.parametrize(
    ("classes", "phase"),
    [(MASK, tiny_phase(**EVERYTHING)), (SCENE, FROZEN), (ROAD, tiny_phase(**EVERYTHING)), (ROAD, FROZEN)],
    ids=["mask", "scene", "void", "void frozen"],
)
def test_a_dataset_with_other_classes_trains_saves_loads_and_is_evaluated(classes, phase, tmp_path):
    dataset = Dataset.open(write_dataset(tmp_path / "data", classes))
    run = train(tiny_recipe(phase, jaccard=0.5, ema_decay=0.5), dataset, runs=tmp_path / "runs")
    assert {f"val_iou_{name}" for name in classes.names} <= set(run.history()[-1])
    info = read_info(run.weights)
    assert info.classes == classes and set(info.metrics["iou"]) == set(classes.names)
    assert load_network(run.weights).output_shape[-1] == len(classes)
    assert len(run.triptychs()) == phase.epochs

    segmenter = Segmenter.load(run.weights)
    report = evaluate(segmenter, dataset, "all")
    facts = report.as_dict()
    assert list(facts["iou"]) == list(classes.names) and facts["photos"] == len(NAMES)
    assert facts["pet_iou_without_border"] is None  # no class is a border
    labelled = sum(sum(sample.counts) for sample in dataset)
    assert report.confusion_at_photo_size.sum() == labelled
    assert (labelled < sum(height * width for height, width in (sample.size for sample in dataset))) is bool(
        classes.void
    )
    assert (facts["pet_or_border_iou"] is None) == (classes.background is None)
    assert Report.from_dict(facts, classes).as_dict() == facts
    segmentation = segmenter(np.zeros((20, 30, 3), np.uint8))
    assert segmentation.probabilities.shape == (20, 30, len(classes))
