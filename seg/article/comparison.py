"""What the corrections of the article bring: the same photos and number of epochs, one correction after another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import seg
from seg.classes import PETS
from seg.data.augmentation import Augmentation
from seg.data.dataset import Dataset
from seg.data.split_schemes import SPLITS
from seg.errors import SegError
from seg.files import write_file
from seg.network.weights import WeightsInfo
from seg.training.provenance import hash_of_names
from seg.training.recipe import Phase, Recipe
from seg.training.runs import DEFAULT_FOLDER

AS_WRITTEN = "as_written"
COMPARISON = "comparison.json"


class ComparisonError(SegError):
    """A comparison that cannot be made or continued."""


def recipes(epochs: int, size: int) -> dict[str, Recipe]:
    """The corrections by name, each with all of those before it. What the article wrote is its script, not a recipe."""
    varied = Augmentation(
        mirror=True, min_area=0.35, aspect=0.3, brightness=0.3, contrast=0.3, saturation=0.4, hue=0.05
    )
    frozen = Phase(epochs=epochs, size=size)
    tuned = replace(frozen, frozen_blocks=0, encoder_learning_rate=5e-5)
    best = replace(
        tuned, batch=8, decoder_learning_rate=5e-4, encoder_learning_rate=1e-4, schedule="cosine", augmentation=varied
    )
    meant = Recipe("as_meant", (frozen,), scaling="signed", validation_photos=48)
    folded = replace(meant, name="scale_folded", scaling="imagenet")
    return {
        "as_meant": meant,
        "scale_folded": folded,
        "fine_tuned": replace(folded, name="fine_tuned", phases=(tuned,)),
        "ours": replace(folded, name="ours", phases=(best,), weight_decay=1e-4, ema_decay=0.99),
    }


def compare(
    data: Dataset | str | Path | None = None,
    epochs: int = 3,
    size: int = 224,
    runs: str | Path = DEFAULT_FOLDER,
    on_training: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Train with each of the corrections, and measure each training on the test split.

    Returns what ``runs/comparison.json`` then holds: ``data``, ``photos``, ``test_photos``, ``photos_sha256`` of the
    names in each split, ``epochs``, ``size``, and ``rows``, one a training, with ``name``, ``mean_iou``,
    ``pixel_accuracy``, ``iou`` by class, ``seconds``, ``version`` of this program, ``recipe`` (None for the article's
    script) and ``measured``, when that was, in UTC. The article's script is measured after its last epoch, the others
    after their best by 48 validation photos.

    A training that stands in the file already, by the same version and recipe and on the same photos, is not repeated.
    ``on_training`` is called with the name of each that begins. Raises ComparisonError for other classes than pets and
    for a damaged file, and what ``train`` raises.
    """
    dataset = data if isinstance(data, Dataset) else Dataset.open(data)
    if dataset.classes != PETS:
        raise ComparisonError("comparison_classes")
    folder = Path(runs)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / COMPARISON
    facts = {
        "data": dataset.title,
        "photos": len(dataset.split("train")),
        "test_photos": len(dataset.split("test")),
        "photos_sha256": hash_of_names(f"{part}/{sample.name}" for part in SPLITS for sample in dataset.split(part)),
        "epochs": epochs,
        "size": size,
    }
    known = _rows_of(file, facts)
    made_by = _made_by(epochs, size)
    rows = {
        name: next((row for row in known if facts_of_row.items() <= row.items()), None)
        for name, facts_of_row in made_by.items()
    }
    for name, row in rows.items():
        if row is not None:
            continue
        if on_training:
            on_training(name)
        measured = _measured(name, dataset, epochs, size, folder)
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
        rows[name] = {**made_by[name], **measured, "measured": when}
        write_file(file, json.dumps({**facts, "rows": [row for row in rows.values() if row]}, indent=1))
    return {**facts, "rows": list(rows.values())}


def _made_by(epochs: int, size: int) -> dict[str, dict[str, Any]]:
    """What makes the row of each training: another version, or a recipe that was changed, makes another row."""
    made_of: dict[str, Recipe | None] = {AS_WRITTEN: None, **recipes(epochs, size)}
    return {
        name: {"name": name, "version": seg.__version__, "recipe": recipe and json.loads(recipe.to_json())}
        for name, recipe in made_of.items()
    }


def _rows_of(file: Path, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The trainings in the file that were measured on the same photos. Raises ComparisonError."""
    if not file.is_file():
        return []
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
        is_same = {key: report.get(key) for key in facts} == facts
        return [row for row in report["rows"] if isinstance(row, dict)] if is_same else []
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ComparisonError("comparison_damaged", path=file) from None


def _measured(name: str, dataset: Dataset, epochs: int, size: int, folder: Path) -> dict[str, Any]:
    """Train under this name and measure; the row of a report without its name."""
    from seg.article.script import train_as_written
    from seg.evaluation.evaluate import evaluate
    from seg.inference.segmenter import Segmenter
    from seg.network.device import prepare_device
    from seg.training.train import train

    prepare_device()  # before the article's script imports Keras
    started = time.monotonic()
    if name == AS_WRITTEN:
        engine = train_as_written(dataset.split("train"), epochs, size)
        segmenter = Segmenter(engine, WeightsInfo(Path(name), "raw"), size)
    else:
        run = train(recipes(epochs, size)[name], dataset, runs=folder)
        segmenter = Segmenter.load(run.weights, size=size)
    seconds = time.monotonic() - started
    metrics = evaluate(segmenter, dataset, "test").as_dict()
    return {key: metrics[key] for key in ("mean_iou", "pixel_accuracy", "iou")} | {"seconds": round(seconds, 1)}
