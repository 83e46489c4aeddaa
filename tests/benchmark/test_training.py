"""Both trainings that are measured see the same few photos."""

from __future__ import annotations

import json

from seg.benchmark.training import small_copy
from seg.data.dataset import Dataset
from tests.narrow import TRAINVAL, VALIDATION, write_pets


def test_asmall_copy_has_the_first_training_photos_and_one_to_validate_on(tmp_path):
    dataset = Dataset.open(write_pets(tmp_path / "pets"))
    small = Dataset.open(small_copy(dataset, tmp_path / "small", photos=4), "official")
    train = [name for name in sorted(TRAINVAL) if name not in VALIDATION]
    assert [sample.name for sample in small.split("train")] == train[:4]
    assert [sample.name for sample in small.split("validation")] == sorted(VALIDATION)[:1]
    assert small.split("test") == ()


def test_asmall_copy_keeps_the_classes(tmp_path):
    root = write_pets(tmp_path / "pets")
    classes = [
        {"name": name, "value": value, "colour": [value, 0, 0]} for value, name in ((1, "cat"), (2, "wall"), (3, "rim"))
    ]
    (root / "classes.json").write_text(json.dumps(classes))
    small = Dataset.open(small_copy(Dataset.open(root), tmp_path / "small", photos=2), "official")
    assert small.classes.names == ("cat", "wall", "rim")
