"""Our training against the article's: photos a second and memory, each in a separate process, on the same photos."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from seg.benchmark.child import in_child
from seg.classes import FILE as CLASSES_FILE
from seg.data.dataset import Dataset
from seg.memory import PeakMemory
from seg.network.device import require_tensorflow

PHOTOS, EPOCHS = 64, 5
ARTICLE, OURS = "the article's script", "--recipe article"


def training_benchmark(data: Dataset | str | Path | None = None, photos: int = PHOTOS) -> dict[str, Any]:
    """Train five epochs of ``photos`` training photos at 224 px by each; the time is that without validation.

    ``trainings`` of the result has, by name, ``photos_per_second`` over all epochs (ours runs its frozen encoder in the
    first alone) and ``peak_memory_mb``. Raises DatasetError, BenchmarkError, TensorFlowError.
    """
    require_tensorflow()
    dataset = data if isinstance(data, Dataset) else Dataset.open(data)
    with tempfile.TemporaryDirectory() as folder:
        small = small_copy(dataset, Path(folder) / "pets", photos)
        runs = Path(folder) / "runs"
        results = {name: in_child(name, measure, name, str(small), str(runs)) for name in (ARTICLE, OURS)}
    return {"photos": photos, "epochs": EPOCHS, "trainings": results}


def measure(name: str, data: str, runs: str) -> dict[str, Any]:
    """Train by ``ARTICLE`` or ``OURS``; runs in a process of its own."""
    memory = PeakMemory()
    dataset = Dataset.open(data, "official")
    photos = dataset.split("train")
    if name == ARTICLE:
        from seg.article.script import train_as_written

        photos_per_second = train_as_written(photos, EPOCHS).photos_per_second
    else:
        from seg.training.recipe import Recipe
        from seg.training.train import train

        history = train(replace(Recipe.named("article"), split_scheme="official"), dataset, runs=runs).history()
        photos_per_second = len(history) * len(photos) / sum(row["seconds"] for row in history)
    return {"photos_per_second": photos_per_second, "peak_memory_mb": memory.mb}


def small_copy(dataset: Dataset, folder: Path, photos: int) -> Path:
    """A dataset of the first training photos, and of one to validate on, which our training needs."""
    samples = [*dataset.split("train")[:photos], *dataset.split("validation")[:1]]
    annotations = folder / "annotations"
    (folder / "images").mkdir(parents=True)
    (annotations / "trimaps").mkdir(parents=True)
    for sample in samples:
        shutil.copy(sample.photo, folder / "images")
        shutil.copy(sample.trimap, annotations / "trimaps")
    (folder / CLASSES_FILE).write_text(json.dumps(dataset.classes.as_list()), encoding="utf-8")
    (annotations / "trainval.txt").write_text("".join(f"{sample.name} 1 1 1\n" for sample in samples), encoding="utf-8")
    (annotations / "test.txt").write_text("", encoding="utf-8")
    return folder
