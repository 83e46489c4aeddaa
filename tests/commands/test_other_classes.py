"""The command line on two classes without a border, at other values, and on KITTI's roads, from their masks on."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.data.annotations.layouts import kitti_road, photo, save
from tests.training.test_classes import MASK, write_dataset

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")

SHORT = ("--epochs", 1, "--steps", 1, "--batch", 2, "--size", 32, "--encoder", "none", "--precision", "float32")


def test_a_dataset_with_other_classes_is_described_trained_evaluated_and_used(seg, tmp_path):
    data, runs, out = write_dataset(tmp_path / "data", MASK), tmp_path / "runs", tmp_path / "out"

    described = seg("stats", data).output
    assert "0  ground" in described and "255  thing" in described and "pet" not in described

    run = seg("train", "--data", data, "--runs", runs, *SHORT, "--json").json
    assert run["state"] == "finished"

    measured = seg("evaluate", "--data", data, "--weights", run["weights"], "-o", tmp_path / "report").output
    assert "ground " in measured and "thing " in measured and "border" not in measured and "pet" not in measured

    photo = data / "images" / "photo_1.jpg"
    (row,) = seg("predict", photo, "-o", out, "--weights", run["weights"], "--json").json["photos"]
    assert set(row["shares"]) == {"ground", "thing"}
    assert set(np.unique(np.asarray(Image.open(out / "photo_1.trimap.png")))) <= {0, 255}


def test_kittis_roads_become_a_dataset_a_network_cut_outs_and_a_file_for_other_programs(seg, tmp_path):
    source, data = kitti_road(tmp_path / "data_road", 8), tmp_path / "roads"
    made = seg("masks", source, "-o", data)
    assert (
        made.code == 0 and made.output == f"{data}: 8 photos with masks of background, road; not labelled: other road\n"
    )
    described = seg("stats", data).output
    assert "1  road" in described and "of pixels   not labelled" in described and "breed" not in described

    run = seg("train", "--data", data, "--runs", tmp_path / "runs", *SHORT, "--json").json
    chosen = ("--weights", run["weights"])
    report = seg("evaluate", "--data", data, *chosen, "-o", tmp_path / "report", "--json").json
    assert set(report["iou"]) == {"background", "road"}

    row = seg("predict", data / "images" / "um_000000.png", "-o", tmp_path / "out", *chosen, "--json").json["photos"][0]
    assert set(row["shares"]) == {"background", "road"}
    assert seg("export", "--to", "openvino", tmp_path / "road.xml", *chosen).code == 0


def test_what_is_left_out_is_said_and_the_exit_code_tells_a_script(seg, tmp_path):
    source = kitti_road(tmp_path / "data_road", 2)
    save(source / "training" / "image_2" / "um_000009.png", photo())
    answer = seg("masks", source, "-o", tmp_path / "roads", "--json")
    assert (answer.code, answer.json["photos"]) == (1, 2)
    assert answer.json["left_out"] == ["photos without a mask were left out (1): um_000009.png."]
    assert seg("masks", source, "-o", tmp_path / "roads").is_refused(2, "holds something already")
