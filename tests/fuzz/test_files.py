"""Whatever stands in the files of a recipe, a run, weights or classes: it is read, or refused in a sentence."""

from __future__ import annotations

import json
import struct
import tempfile
from dataclasses import asdict
from pathlib import Path

from hypothesis import strategies as st

from seg.classes import PETS, Classes
from seg.data.annotations.converting import read_source
from seg.errors import SegError
from seg.network.weights import FORMAT, WeightsError, read_info
from seg.serve.evaluations import summary_of
from seg.training.recipe import RECIPES, Recipe, RecipeError
from seg.training.runs import Run, list_runs
from seg.training.status import Status
from seg.ui.shared import run_status
from tests.data.annotations.layouts import SIZE, area, cvat_coco, labelme, shape, square
from tests.fuzz.fuzzing import JSON, changed, damaged, fuzz

RECIPE = json.loads(RECIPES["best"].to_json())


def check_sentence(error: SegError) -> None:
    assert error.sentence("en") and error.sentence("zh")


def check_recipe(text: str) -> None:
    try:
        recipe = Recipe.from_json(text)
    except RecipeError as error:
        check_sentence(error)
        return
    assert Recipe.from_json(recipe.to_json()) == recipe


@fuzz(settings=changed(RECIPE) | JSON)
def test_a_recipe_of_any_json_is_a_recipe_or_refused(settings):
    check_recipe(json.dumps(settings))


@fuzz(text=damaged([RECIPES[name].to_json().encode() for name in RECIPES]).map(lambda data: data.decode("latin-1")))
def test_a_damaged_recipe_is_a_recipe_or_refused(text):
    check_recipe(text)


STATUS = asdict(Status(state="running", code="run.stopped_in_epoch", values={"step": 1, "epoch": 2, "command": "seg"}))
HISTORY = b"epoch,loss,val_mean_iou\n1,0.5,0.25\n2,0.4,0.3\n"
RUN_FILES = {
    "status.json": changed(STATUS).map(json.dumps).map(str.encode) | damaged([json.dumps(STATUS).encode()]),
    "recipe.json": changed(RECIPE).map(json.dumps).map(str.encode) | damaged([json.dumps(RECIPE).encode()]),
    "data.json": JSON.map(json.dumps).map(str.encode) | damaged([b'{"folder": "pets", "title": "pets"}']),
    "history.csv": damaged([HISTORY]) | st.binary(max_size=60),
    "steps.csv": damaged([HISTORY]) | st.binary(max_size=60),
    "name.txt": st.binary(max_size=60),
    "provenance.json": JSON.map(json.dumps).map(str.encode) | damaged([b'[{"version": "0.1.0"}]']),
    "output.txt": st.binary(max_size=60),
}


@fuzz(files=st.fixed_dictionaries({}, optional=RUN_FILES))
def test_a_run_with_any_files_can_be_listed_and_shown(files):
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder) / "20260101-000000-demo")
        run.folder.mkdir()
        for name, content in files.items():
            (run.folder / name).write_bytes(content)
        assert len(list_runs(Path(folder))) == ("recipe.json" in files)
        status = run.status()
        assert status.sentence("en") is not None and status.sentence("zh") is not None
        assert 0 <= status.progress <= 1
        assert run_status.duration(status.seconds) and f"{status.epoch} / {status.epochs}"
        run.set_status(status)
        run.history(), run.live(), run.triptychs(), run.provenance(), run.last_words()
        assert "\n" not in run.title
        run_status.in_words(run), run_status.why_it_ended(status), run_status.why_it_stopped(status)


METRICS = {"mean_iou": 0.7, "split": "test", "photos": 460}
METADATA = {"format": FORMAT, "scaling": "imagenet", "classes": PETS.as_list(), "input_size": 224, "metrics": METRICS}


def weight_file(metadata: dict) -> bytes:
    """A safetensors file of one number; what its metadata holds beside format and scaling is JSON, as it should be."""
    text = {
        name: value if name in ("format", "scaling") and isinstance(value, str) else json.dumps(value)
        for name, value in metadata.items()
    }
    header = json.dumps({"__metadata__": text, "x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


@fuzz(data=changed(METADATA).map(weight_file) | damaged([weight_file(METADATA)]))
def test_a_weight_file_with_any_header_is_described_or_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        path.write_bytes(data)
        try:
            info = read_info(path)
        except WeightsError as error:
            check_sentence(error)
            return
        assert info.mean_iou is None or isinstance(info.mean_iou, float | int)
        summary = summary_of(info)
        if summary:
            assert f"{summary.mean_iou:.1%} {summary.photos:,}"


@fuzz(rows=JSON | changed({"classes": PETS.as_list()}).map(lambda settings: settings.get("classes")))
def test_classes_of_any_json_are_classes_or_refused(rows):
    try:
        classes = Classes.from_list(rows)
    except SegError as error:
        check_sentence(error)
        return
    assert len(classes.names) == len(classes)
    assert classes.palette.shape == (len(classes), 3)


with tempfile.TemporaryDirectory() as made:
    RUNS = {"counts": [SIZE[0] * SIZE[1]], "size": [*SIZE]}
    SHAPES = [shape("leaf", square()), shape("stalk", [[20, 2], [24, 9]], "rectangle")]
    LABELME = json.loads((labelme(Path(made), SHAPES) / "leaf_1.json").read_bytes())
    AREAS = [area([[1, 2, 3, 4, 5, 6]]), area(RUNS)]
    COCO = json.loads((cvat_coco(Path(made), AREAS) / "annotations" / "instances_default.json").read_bytes())
ANNOTATIONS = changed(LABELME) | changed(LABELME["shapes"][0]).map(lambda row: LABELME | {"shapes": [row]})
ANNOTATIONS |= changed(COCO) | changed(COCO["annotations"][0]).map(lambda row: COCO | {"annotations": [row]})


@fuzz(
    data=ANNOTATIONS.map(json.dumps).map(str.encode) | damaged([json.dumps(each).encode() for each in (LABELME, COCO)])
)
def test_annotations_of_any_json_become_masks_or_are_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        root = labelme(cvat_coco(Path(folder), []), SHAPES)
        (root / "annotations" / "instances_default.json").write_bytes(data)
        source = read_source(root)  # the file beside it is as it should be
        for error in source.problems:
            check_sentence(error)
        for _, mask in source.masks:
            try:
                assert set(mask().ravel()) <= set(source.classes.values)
            except SegError as error:
                check_sentence(error)
