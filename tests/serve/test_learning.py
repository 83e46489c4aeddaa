"""What a run has learned is measured at every share, on what it has not seen, and used as the owner says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seg.classes import PETS
from seg.data.kept_pairs import PairFolder
from seg.network.weights import read_info
from seg.serve import learning
from seg.serve.owner import NotOwnerError
from seg.training import blend
from seg.training.blend import SHARES
from seg.training.folders import Folders
from seg.training.recipe import Recipe
from seg.training.runs import Run, RunError, create_run
from seg.training.status import Status
from tests.conftest import picture_and_trimap
from tests.data.test_kept_pairs import photo_key
from tests.narrow import narrow_network, write_pets, write_weights
from tests.owners import OWNER, STRANGER


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> tuple[Path, Path]:
    """Two networks that differ."""
    folder = tmp_path_factory.mktemp("weights")
    with narrow_network():
        return write_weights(folder / "a.safetensors", seed=3), write_weights(folder / "b.safetensors", seed=4)


@pytest.fixture
def run(weights, tmp_path) -> Run:
    """A finished run that has learned from three pairs, of which one is held out."""
    pairs = PairFolder(tmp_path / "pairs")
    for number in range(3):
        photo, trimap = picture_and_trimap((30, 40), 70 + number)
        pairs.keep(photo_key(number), photo, PETS.to_labels(trimap))
    pets = write_pets(tmp_path / "pets")
    run = create_run(Recipe.named("corrections"), pets, "pets", tmp_path / "runs", Folders(corrections=pairs.folder))
    run.keep_start(weights[0])
    shutil.copy(weights[1], run.weights)
    run.set_status(Status(state="finished", epoch=4, epochs=4))
    return run


def test_every_share_is_measured_on_held_out_pairs_and_test_photos_and_written_down(run):
    told = []
    blends = learning.measure(run, lambda done, photos: told.append((done, photos)))
    assert [row.share for row in blends] == list(SHARES)
    assert {(row.held_out.photos, row.dataset.photos) for row in blends} == {(1, 3)}
    assert len({row.dataset.mean_iou for row in blends}) == len(SHARES), "each share is another network"
    assert told == [(done, 20) for done in range(1, 21)]
    assert {(row.held_out.predicted, row.dataset.predicted) for row in blends} == {(0, 0)}
    assert blend.measured_blends(run) == blends


def test_held_out_predictions_are_counted(run):
    pairs = PairFolder(Path(run.data["corrections"]))
    photo, trimap = picture_and_trimap((30, 40), 72)
    assert pairs.keep(photo_key(2), photo, PETS.to_labels(trimap), is_predicted=True).is_held_out
    assert {row.held_out.predicted for row in learning.measure(run)} == {1}


def test_the_first_share_is_the_network_before_and_the_last_the_one_that_was_learned(run, weights):
    from seg.evaluation.evaluate import evaluate
    from seg.inference.segmenter import Segmenter

    blends = learning.measure(run)
    for path, row in zip(weights, (blends[0], blends[-1]), strict=True):
        alone = evaluate(Segmenter.load(path, "openvino"), run.data["folder"])
        assert row.dataset.mean_iou == pytest.approx(alone.mean_iou, abs=1e-3)


def test_where_nothing_is_held_out_or_the_pairs_have_gone_what_was_forgotten_is_measured_all_the_same(run):
    shutil.rmtree(run.data["corrections"])
    blends = learning.measure(run)
    assert {row.held_out for row in blends} == {None} and all(row.dataset for row in blends)


def test_a_run_that_learned_from_no_corrections_is_not_measured(tmp_path):
    run = create_run(Recipe.named("demo"), tmp_path, "pets", tmp_path / "runs")
    with pytest.raises(RunError, match="no before and after"):
        learning.measure(run)


def test_the_measurement_is_a_job_that_the_owner_starts_and_stops(run):
    with pytest.raises(NotOwnerError):
        learning.start(STRANGER, run)
    assert learning.job(run) is None
    learning.start(OWNER, run)
    with pytest.raises(NotOwnerError):
        learning.stop(STRANGER, run)
    learning.stop(OWNER, run)
    learning.measurements.wait(60)
    assert learning.job(run).state == "stopped" and blend.measured_blends(run) == []
    learning.start(OWNER, run)
    learning.measurements.wait(120)
    assert learning.job(run).state == "done" and len(blend.measured_blends(run)) == len(SHARES)
    learning.measurements.clear()


def test_a_share_is_used_by_the_owner_alone(run):
    with pytest.raises(NotOwnerError):
        learning.use(STRANGER, run, 0.5)
    assert blend.share_in_use(run) == 1.0
    learning.use(OWNER, run, 0.5)
    assert read_info(run.weights).metadata["blend"] == 0.5
