"""Semantic segmentation of pets with the article's VGG16-FCN: what a script uses.

``from seg import Segmenter, Segmentation, Dataset, Recipe, train, evaluate``. Importing the package
costs nothing: TensorFlow and the rest are imported when one of these names is touched.
"""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seg.data.dataset import Dataset as Dataset
    from seg.evaluation.evaluate import evaluate as evaluate
    from seg.inference.segmenter import Segmentation as Segmentation
    from seg.inference.segmenter import Segmenter as Segmenter
    from seg.training.recipe import Recipe as Recipe
    from seg.training.train import train as train

__version__ = "0.1.0"

# OpenVINO and NNCF tell Google Analytics of each import, and leave an identifier in ~/intel, unless the package that
# does so is missing; Ray sends statistics of each cluster. Nobody who cuts out a pet has been asked for that.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # Python's own word for "missing"
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

_HOMES = {
    "Dataset": "seg.data.dataset",
    "Recipe": "seg.training.recipe",
    "Segmentation": "seg.inference.segmenter",
    "Segmenter": "seg.inference.segmenter",
    "evaluate": "seg.evaluation.evaluate",
    "train": "seg.training.train",
}
__all__ = ["Dataset", "Recipe", "Segmentation", "Segmenter", "evaluate", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seg' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # so that a notebook completes the names that are not loaded yet
