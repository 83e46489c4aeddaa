"""The mean of the weights after each of a run's last epochs: often better than each of them.

P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from seg.training.average import mean_tensors
from seg.training.model import Model
from seg.training.recipe import Recipe


class LastEpochs:
    """The weights after each of the last epochs of a recipe (``average_last``), kept in ``folder`` until the end."""

    def __init__(self, folder: Path, recipe: Recipe):
        self._folder, self._recipe = folder, recipe

    def add(self, epoch: int, model: Model) -> None:
        """Keep the network's weights after ``epoch``, counted from 1, if it is one of the last. Raises OSError."""
        from seg.network.weights import get_tensors, save_tensors

        if epoch <= self._recipe.epochs - self._recipe.average_last:
            return
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"epoch-{epoch:03d}.safetensors"
        save_tensors(get_tensors(model.network), path, self._recipe.scaling, {}, dtype="float32")

    def load_mean(self, model: Model) -> int:
        """Give the network the mean of the weights kept, if there are two or more; returns of how many, else 0."""
        from seg.network.weights import set_tensors

        paths = sorted(self._folder.glob("epoch-*.safetensors"))
        if len(paths) < 2:
            return 0
        set_tensors(model.network, mean_tensors(paths), self._folder)
        return len(paths)

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
