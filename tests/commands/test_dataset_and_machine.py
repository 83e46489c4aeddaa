"""The verbs stats, summary, download and doctor."""

from __future__ import annotations

import subprocess
import sys

import pytest

from seg.data.archives import DownloadError
from tests.narrow import environment

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


def test_stats_as_json_has_what_scripts_rely_on(seg, small_dataset):
    root = small_dataset()
    (root / "images" / "notes.txt").write_text("")
    answer = seg("stats", root, "--json")
    assert answer.code == 0 and answer.errors == ""
    facts = answer.json
    assert (facts["pairs"], facts["trimaps"]) == (8, 8)
    assert set(facts["trimap_values"]) == {"1", "2", "3"}
    assert sum(facts["trimap_values"].values()) == pytest.approx(1)
    assert facts["left_out"] == {"not a picture": ["notes.txt"]}
    assert set(facts["splits"]) == {"train", "validation", "test"}
    assert (facts["splits"]["test"], sum(facts["splits"].values())) == (2, 8)


def test_stats_as_text_names_the_values_and_their_meaning(seg, small_dataset):
    answer = seg("stats", small_dataset())
    assert answer.code == 0
    assert "pets: 8 pairs, 8 trimaps\nunique trimap values: 1, 2, 3\n" in answer.output
    assert "1  pet" in answer.output and "the cat or the dog" in answer.output


def test_summary_as_json_has_every_layer_and_the_articles_count_of_parameters(seg, monkeypatch):
    import keras

    from seg.network import fcn

    monkeypatch.setattr(fcn, "layers", keras.layers)
    facts = seg("summary", "--json").json
    assert facts["parameters"] == 26_369_987 == sum(row["parameters"] for row in facts["layers"])
    assert facts["macs"] == sum(row["macs"] for row in facts["layers"])
    assert facts["layers"][-1]["shape"] == [224, 224, 3]
    text = seg("summary", "--size", 64).output
    assert "block5_conv3" in text and "26,369,987" in text and "64 x 64 x 3" in text


def test_a_download_that_fails_is_told_in_one_line(seg, tmp_path, monkeypatch):
    from seg.data import download

    def fails(*_, **__):
        raise DownloadError("mirror_unreachable", host="thor")

    monkeypatch.setattr(download, "download_dataset", fails)
    assert seg("download", tmp_path / "pets").is_refused(1, "thor could not be reached")


def test_doctor_as_json_has_what_scripts_rely_on(seg, weights, pets):
    answer = seg("doctor", "--weights", weights, "--data", pets, "--json")
    assert answer.code == 0
    facts = answer.json
    assert facts["tensorflow"].startswith("2.")
    assert len(facts["gpus"]) == len(facts["memory_growth"])
    assert facts["precision"] in ("float32", "mixed_bfloat16", "mixed_float16")
    assert facts["weights"] == {
        "path": str(weights),
        "scaling": "imagenet",
        "mean_iou": 0.125,
        "measured_on": "validation",
    }
    assert facts["dataset"] == {"path": str(pets), "title": "pets", "pairs": 12}
    assert facts["problems"] == []


def test_doctor_says_who_owns_a_server_here(seg, weights, pets, monkeypatch):
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    asked = ("doctor", "--weights", weights, "--data", pets)
    facts = seg(*asked, "--json").json["server"]
    assert (facts["listens_on"], facts["owner"]) == ("localhost", ["machine"])
    assert facts["limits"]["SEG_PHOTO_MEGABYTES"]["value"] == 50
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert "its owner: nobody" in seg(*asked).output
    monkeypatch.setenv("SEG_OWNER_TOKEN", "short")
    answer = seg(*asked, "--json")
    assert (answer.code, answer.json["server"]["owner"]) == (1, ["nobody"])
    assert "fewer than 16 characters" in answer.errors and "short" not in answer.output.replace("shorter", "")
    monkeypatch.setenv("SEG_OWNER_TOKEN", "a-secret-of-the-owner")
    answer = seg(*asked)
    assert answer.code == 0 and "SEG_OWNER_TOKEN" in answer.output and "a-secret" not in answer.output


def test_doctor_tells_what_is_missing_and_still_all_the_rest(seg, tmp_path, pets):
    nothing = tmp_path / "nothing.safetensors"
    answer = seg("doctor", "--weights", nothing, "--data", pets, "--json")
    assert answer.code == 1
    assert answer.json["weights"] is None and answer.json["dataset"]["pairs"] == 12
    (problem,) = answer.json["problems"]
    assert answer.errors == f"seg: {problem}\n"
    text = seg("doctor", "--weights", nothing, "--data", tmp_path / "nowhere")
    assert text.code == 1
    assert text.output.startswith("TensorFlow 2.")
    assert [line[:5] for line in text.errors.splitlines()] == ["seg: ", "seg: "]


def test_doctor_prints_none_of_tensorflows_messages(weights, pets):
    command = [sys.executable, "-m", "seg", "doctor", "--weights", str(weights), "--data", str(pets)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("TensorFlow 2.")


def test_doctor_names_classes_that_cannot_be_used(seg, weights, tmp_path):
    for folder in ("images", "annotations/trimaps"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pug_1.png").write_bytes(b"never read")
    (tmp_path / "classes.json").write_text("[]")
    answer = seg("doctor", "--weights", weights, "--data", tmp_path, "--json")
    assert answer.code == 1
    assert answer.json["weights"] and "classes.json" in answer.json["problems"][0]
