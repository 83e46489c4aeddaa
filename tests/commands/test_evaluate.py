"""The verb evaluate."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seg.data.no_pets import is_held_back
from seg.evaluation.stored import history_of, no_pets_of, report_of
from tests.conftest import picture_and_trimap

pytest_plugins = ["tests.narrow_fixtures"]
pytestmark = pytest.mark.usefixtures("narrow")


@pytest.fixture
def no_pets(tmp_path) -> Path:
    folder = tmp_path / "no-pets"
    folder.mkdir()
    for number in range(9):
        Image.fromarray(picture_and_trimap((32, 32), number)[0]).save(folder / f"thing-{number}.png")
    return folder


def test_evaluate_as_json_has_what_scripts_rely_on_and_writes_the_same(seg, weights, pets, tmp_path):
    answer = seg("evaluate", "--weights", weights, "--data", pets, "--size", 32, "-o", tmp_path, "--json")
    assert answer.code == 0
    assert answer.errors == f"seg: the report will be {tmp_path / 'report.json'}, with pictures beside it.\n"
    facts = answer.json
    assert (facts["photos"], facts["size"], facts["split"], facts["detail"]) == (3, 32, "test", "fast")
    assert set(facts["iou"]) == {"pet", "background", "border"}
    assert facts["mean_iou"] == pytest.approx(np.mean(list(facts["iou"].values())))
    assert 0 <= facts["pixel_accuracy"] <= 1 and 0 <= facts["pet_iou_without_border"] <= 1
    assert np.shape(facts["confusion"]) == (3, 3) and np.sum(facts["confusion"]) == 3 * 32 * 32
    assert json.loads((tmp_path / "report.json").read_text()) == facts
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.json",
        "suspects.csv",
        *(f"triptychs-{kind}.png" for kind in ("worst", "median", "best", "suspects")),
    }


def test_evaluate_names_the_trimaps_that_may_be_wrong_on_any_split(seg, weights, pets, tmp_path):
    answer = seg("evaluate", "--weights", weights, "--data", pets, "--size", 32, "--split", "all", "-o", tmp_path)
    rows = (tmp_path / "suspects.csv").read_text().splitlines()[1:]
    assert len(rows) == 12
    first = " ".join(rows[0].split(",")[:2])
    assert f"trimaps that may be wrong: {first}, " in answer.output


def test_evaluate_can_store_the_report_beside_the_weights_with_the_history_of_their_run(seg, weights, pets, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    copied = run / "weights.safetensors"
    copied.write_bytes(weights.read_bytes())
    (run / "history.csv").write_text("epoch,loss,mean_iou,val_mean_iou\n1,0.5,0.55,0.6\n")
    options = ("--data", pets, "--weights", copied, "--size", 32, "--limit", 2, "-o", tmp_path / "report")
    assert seg("evaluate", *options).code == 0
    assert report_of(copied) is None
    assert seg("evaluate", *options, "--store").code == 0
    assert len(report_of(copied).scores) == 2
    assert history_of(copied) == [{"epoch": 1.0, "loss": 0.5, "mean_iou": 0.55, "val_mean_iou": 0.6}]


def test_evaluate_with_the_mirror_image_says_so_and_counts_other_answers(seg, weights, pets, tmp_path):
    plain, mirrored = (
        seg("evaluate", "--weights", weights, "--data", pets, "--size", 32, "-o", tmp_path, "--json", *more).json
        for more in ([], ["--mirror"])
    )
    assert mirrored["engine"] == f"{plain['engine']}, with the mirror image"
    assert mirrored["confusion"] != plain["confusion"]


def test_evaluate_measures_the_detail_that_it_is_told_and_stores_one_look_only(seg, weights, pets, tmp_path):
    options = ("evaluate", "--weights", weights, "--data", pets, "--size", 32, "-o", tmp_path, "--detail", "fine")
    facts = seg(*options, "--json").json
    assert facts["detail"] == "fine"
    assert np.sum(facts["confusion"]) == 3 * 32 * 32
    answer = seg(*options, "--store")
    assert answer.code == 2 and "leave --detail out" in answer.errors


def test_evaluate_says_a_dash_where_a_metric_has_no_value(seg, weights, small_dataset, tmp_path):
    root = small_dataset(("pug_1", "pug_2"), trainval=("pug_1",), test=("pug_2",))
    Image.fromarray(np.full((24, 32), 3, np.uint8)).save(root / "annotations" / "trimaps" / "pug_2.png")
    answer = seg("evaluate", "--weights", weights, "--data", root, "--size", 32, "-o", tmp_path / "report")
    assert answer.code == 0
    assert "pet IoU without border -" in answer.output


def test_evaluate_refuses_a_split_without_photos(seg, weights, small_dataset, tmp_path):
    lone = small_dataset(("pug_9", "pug_2"), trainval=("pug_9",), test=("pug_2",))
    answer = seg("evaluate", "--weights", weights, "--data", lone, "--split", "validation", "-o", tmp_path / "report")
    assert answer.is_refused(2, "The split 'validation'")
    assert not (tmp_path / "report").exists()


def test_evaluate_without_pets_as_json_has_what_scripts_rely_on(seg, weights, no_pets):
    facts = seg("evaluate", "--weights", weights, "--size", 32, "--no-pets", no_pets, "--json").json
    assert facts["photos"] == 9
    assert 0 <= facts["mean_pet_share"] <= 1 and 0 <= facts["above_2_percent"] <= 1
    assert "small_pets" not in facts


def test_evaluate_without_pets_puts_the_pets_of_a_named_dataset_into_them(seg, weights, no_pets, pets):
    arguments = ("evaluate", "--weights", weights, "--size", 32, "--no-pets", no_pets, "--data", pets)
    facts = seg(*arguments, "--json").json
    assert facts["small_pets"]["photos"] == 3 and set(facts["small_pets"]["iou"]) == {"pet", "background", "border"}
    (no_pets / "broken.jpg").write_bytes(b"not a photo")
    answer = seg(*arguments)
    assert answer.code == 1 and "broken.jpg is not a picture" in answer.errors
    assert "photos without a pet: " in answer.output and "3 test pets at 25% of the side in them: IoU" in answer.output


def test_evaluate_without_pets_can_be_kept_to_what_training_leaves_alone(seg, weights, no_pets):
    held_back = [path for path in no_pets.iterdir() if is_held_back(path)]
    facts = seg("evaluate", "--weights", weights, "--size", 32, "--no-pets", no_pets, "--held-back", "--json").json
    assert set(facts["by_photo"]) == {path.name for path in held_back}


def test_evaluate_without_pets_is_stored_in_the_report_of_the_weights(seg, weights, no_pets, pets, tmp_path):
    arguments = ("evaluate", "--weights", weights, "--size", 32, "--store")
    assert seg(*arguments, "--no-pets", no_pets).is_refused(2, "run evaluate --store on a dataset first")
    seg(*arguments, "--data", pets, "-o", tmp_path)
    facts = seg(*arguments, "--no-pets", no_pets, "--json").json
    assert no_pets_of(weights) == (9, facts["mean_pet_share"], facts["above_2_percent"])


@pytest.mark.parametrize("option", ["--limit", "--output"])
def test_evaluate_without_pets_refuses_what_it_would_not_follow(seg, weights, no_pets, option):
    answer = seg("evaluate", "--weights", weights, "--no-pets", no_pets, option, "3")
    assert answer.is_refused(2, f"leave {option} out")


def test_evaluate_refuses_held_back_photos_of_no_folder(seg, weights):
    assert seg("evaluate", "--weights", weights, "--held-back").is_refused(2, "groups with --data")


def test_evaluate_can_be_kept_to_the_photos_of_groups_that_training_leaves_alone(seg, weights, pets, tmp_path):
    held_back = {path.stem for path in (pets / "images").iterdir() if is_held_back(path)}
    answer = seg(
        "evaluate", "--weights", weights, "--size", 64, "--data", pets, "--held-back", "--json", "-o", tmp_path
    )
    assert {photo["name"] for photo in answer.json["by_photo"]} == held_back and len(held_back) < 12


def test_evaluate_refuses_groups_of_which_nothing_is_held_back(seg, weights, small_dataset):
    kept = next(name for name in (f"pug_{number}" for number in range(9)) if not is_held_back(Path(name)))
    lone = small_dataset((kept,), trainval=None)
    assert seg("evaluate", "--weights", weights, "--data", lone, "--held-back").is_refused(2, "leave --held-back out")


def test_evaluate_measures_mattes_without_a_network(seg, tmp_path):
    from tests.evaluation.test_matting import write_discs

    write_discs(tmp_path)
    facts = seg("evaluate", "--matting", tmp_path, "--json").json
    assert facts["photos"] == 2
    assert {"mean_absolute_error", "gradient_error", "seconds"} <= set(facts)
    assert "2 mattes: mean absolute error" in seg("evaluate", "--matting", tmp_path).output
