"""Our training against the article's: photos a second and memory, each in a process of its own, on the same photos."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from seg.benchmark.engines import in_child, peak_memory_mb
from seg.data.dataset import Dataset

PHOTOS, EPOCHS = 64, 5
ARTICLE, OURS = "the article's script", "--recipe article"


def training_benchmark(data: Dataset | str | Path | None = None, photos: int = PHOTOS) -> dict[str, Any]:
    """Five epochs of ``photos`` training photos at 224 px by each; the time is the training's, without validation.

    By name: ``photos_per_second`` (over all epochs: a frozen encoder is run in the first alone), ``peak_memory_mb``
    (None where the system does not tell). Raises DatasetError, ValueError.
    """
    dataset = data if isinstance(data, Dataset) else Dataset.open(data)
    with tempfile.TemporaryDirectory() as folder:
        small = _small_copy(dataset, Path(folder) / "pets", photos)
        runs = str(Path(folder) / "runs")
        results = {name: in_child(__name__, [name, str(small), runs]) for name in (ARTICLE, OURS)}
    return {"photos": photos, "epochs": EPOCHS, "trainings": results}


def _small_copy(dataset: Dataset, folder: Path, photos: int) -> Path:
    chosen = [*dataset.split("train")[:photos], *dataset.split("validation")[:1]]
    (folder / "images").mkdir(parents=True)
    (folder / "annotations" / "trimaps").mkdir(parents=True)
    for sample in chosen:
        shutil.copy(sample.photo, folder / "images")
        shutil.copy(sample.trimap, folder / "annotations" / "trimaps")
    lists = "".join(f"{sample.photo.stem} 1 1 1\n" for sample in chosen)
    (folder / "annotations" / "trainval.txt").write_text(lists)
    (folder / "annotations" / "test.txt").write_text("")
    return folder


def _measure(name: str, data: str, runs: str) -> dict[str, Any]:
    """What the child measures."""
    dataset = Dataset.open(data, "official")
    if name == ARTICLE:
        from seg.article.script import train_as_written

        pace = train_as_written(dataset.split("train"), EPOCHS).photos_per_second
    else:
        from seg.training.recipe import Recipe
        from seg.training.train import train

        history = train(replace(Recipe.named("article"), split_scheme="official"), dataset, runs=runs).history()
        pace = len(history) * len(dataset.split("train")) / sum(row["seconds"] for row in history)
    return {"photos_per_second": pace, "peak_memory_mb": peak_memory_mb()}


if __name__ == "__main__":
    print(json.dumps(_measure(*json.loads(sys.argv[1]))))
