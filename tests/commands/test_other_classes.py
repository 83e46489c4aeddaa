"""The command line on a dataset with two classes, without a border, at other values."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.training.test_classes import MASK, write_dataset

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


def test_a_dataset_with_other_classes_is_described_trained_evaluated_and_used(seg, tmp_path):
    data, runs, out = write_dataset(tmp_path / "data", MASK), tmp_path / "runs", tmp_path / "out"

    described = seg("stats", data).output
    assert "0  ground" in described and "255  thing" in described and "pet" not in described

    short = ("--epochs", 1, "--steps", 1, "--batch", 2, "--size", 32, "--encoder", "none", "--precision", "float32")
    run = seg("train", "--data", data, "--runs", runs, *short, "--json").json
    assert run["state"] == "finished"

    measured = seg("evaluate", "--data", data, "--weights", run["weights"], "-o", tmp_path / "report").output
    assert "ground " in measured and "thing " in measured and "border" not in measured and "pet" not in measured

    photo = data / "images" / "photo_1.jpg"
    (row,) = seg("predict", photo, "-o", out, "--weights", run["weights"], "--json").json["photos"]
    assert set(row["shares"]) == {"ground", "thing"}
    assert set(np.unique(np.asarray(Image.open(out / "photo_1.trimap.png")))) <= {0, 255}
