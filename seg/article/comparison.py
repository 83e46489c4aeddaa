"""What each correction of the article brings: the same photos, the same number of epochs, one change after another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from seg.data.augmentation import Augmentation
from seg.data.dataset import Dataset
from seg.files import write_file
from seg.network.weights import WeightsInfo
from seg.training.recipe import Phase, Recipe
from seg.training.runs import DEFAULT_FOLDER, Run

AS_WRITTEN = "as_written"
COMPARISON = "comparison.json"


def recipes(epochs: int, size: int) -> dict[str, Recipe]:
    """The corrections by name, each on top of the one before; ``as_written`` is no recipe, but the article's script."""
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
    report: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Train all of them and measure each on the test part; returns, and keeps in ``runs``, what the table shows.

    ``rows``: one a training, with ``name``, ``mean_iou``, ``pixel_accuracy``, ``iou`` by class, ``seconds``. The
    article's script is measured after its last epoch, ours after the best by 48 validation photos. A training that an
    earlier call has finished there is not done again. ``report`` is told the name of each. Raises what ``train``
    raises.
    """
    dataset = data if isinstance(data, Dataset) else Dataset.open(data)
    folder = Path(runs)
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / COMPARISON
    facts: dict[str, Any] = {
        "data": dataset.title,
        "photos": len(dataset.split("train")),
        "test_photos": len(dataset.split("test")),
        "epochs": epochs,
        "size": size,
    }
    done: dict[str, Any] = json.loads(kept.read_text()) if kept.is_file() else {}
    same = {key: done.get(key) for key in facts} == facts
    rows: list[dict[str, Any]] = done.get("rows", []) if same else []
    for name in (AS_WRITTEN, *recipes(epochs, size)):
        if any(row["name"] == name for row in rows):
            continue
        if report:
            report(name)
        rows.append({"name": name, **_measured(name, dataset, epochs, size, folder)})
        write_file(kept, json.dumps(facts | {"rows": rows}, indent=1))
    return facts | {"rows": rows}


def _measured(name: str, dataset: Dataset, epochs: int, size: int, folder: Path) -> dict[str, Any]:
    from seg.article.script import train_as_written
    from seg.evaluation.evaluate import evaluate
    from seg.inference.segmenter import Segmenter
    from seg.network.device import prepare_device
    from seg.training.loop import train

    prepare_device()  # before the article's script imports Keras
    started = time.monotonic()
    if name == AS_WRITTEN:
        engine = train_as_written(dataset.split("train"), epochs, size)
        segmenter = Segmenter(engine, WeightsInfo(Path(name), "raw"), size)
    else:
        run: Run = train(recipes(epochs, size)[name], dataset, runs=folder)
        segmenter = Segmenter.load(run.weights, size=size)
    seconds = time.monotonic() - started
    figures = evaluate(segmenter, dataset, "test").as_dict()
    return {key: figures[key] for key in ("mean_iou", "pixel_accuracy", "iou")} | {"seconds": round(seconds, 1)}
