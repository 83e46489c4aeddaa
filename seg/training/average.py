"""The mean of several trainings' weights: often better than each of them, and as fast as one.

M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
inference time", ICML 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg.network.weights import (
    WeightsError,
    WeightsInfo,
    find_weights,
    read_info,
    read_tensors,
    save_tensors,
    sha256_of,
)
from seg.training.checkpoint import is_state
from seg.training.recipe import without_paths


def average_weights(sources: Sequence[str | Path], out: str | Path, overwrite: bool = False) -> Path:
    """Write the mean of weight files, or runs' best weights, to ``out``; returns its path.

    The mean is a good network only where all were trained from the same weights, or one from another. Raises
    WeightsError for what is no weight file or the state of a training, for networks that differ, for fewer than two,
    and where ``out`` exists.

    >>> from seg.network.weights import find_weights, read_info
    >>> from seg.training.average import average_weights
    >>> path = average_weights([find_weights(), find_weights()], "mean.safetensors")
    >>> len(read_info(path).metadata["averaged"])
    2
    >>> average_weights([find_weights()], "one.safetensors")
    Traceback (most recent call last):
        ...
    seg.network.weights.WeightsError: There is nothing to average: name two weight files or runs, or more.
    """
    paths, out = [find_weights(source) for source in sources], Path(out)
    if len(paths) < 2:
        raise WeightsError("average_one")
    if out.exists() and not overwrite:
        raise WeightsError("file_exists", path=out)
    infos = [read_info(path) for path in paths]
    for info in infos:
        if is_state(info):
            raise WeightsError("weights_of_state", path=info.path)
    for info in infos[1:]:
        if _kind(info) != _kind(infos[0]):
            raise WeightsError("average_networks", path=info.path, first=paths[0])
    # The recipe and the data of the last: where one was trained from another, the last has seen most.
    made_by = {key: value for key, value in infos[-1].metadata.items() if key in ("recipe", "data")}
    if isinstance(made_by.get("recipe"), dict):
        made_by["recipe"] = without_paths(made_by["recipe"])  # files of earlier versions have them
    averaged = [{"sha256": sha256_of(info.path), **info.metrics} for info in infos]
    first = infos[0]
    metadata = {**made_by, "averaged": averaged}
    save_tensors(mean_tensors(paths), out, first.scaling, metadata, first.classes, first.input_size)
    return out


def mean_tensors(paths: Sequence[Path]) -> dict[str, np.ndarray]:
    """The mean of the tensors of weight files, float32 by name; one file at a time is in memory.

    Raises WeightsError for files whose tensors differ in name or shape.
    """
    mean: dict[str, np.ndarray] = {}
    for path in paths:
        tensors = read_tensors(path)
        if mean and {name: t.shape for name, t in tensors.items()} != {name: t.shape for name, t in mean.items()}:
            raise WeightsError("average_networks", path=path, first=paths[0])
        for name, tensor in tensors.items():
            mean[name] = mean.get(name, 0) + tensor / len(paths)
    return mean


def _kind(info: WeightsInfo) -> tuple[object, ...]:
    """What two weight files must share so that the mean of their weights is a network."""
    return info.scaling, info.classes
