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


def average_weights(sources: Sequence[str | Path], out: str | Path, overwrite: bool = False) -> Path:
    """Write the mean of weight files, or runs' best weights, to ``out``; returns its path.

    They mean something together only where each was trained on from the same weights, or one from the other. Raises
    WeightsError for what is no weight file, for networks that differ, for fewer than two, and where ``out`` exists.
    """
    paths, out = [find_weights(source) for source in sources], Path(out)
    if len(paths) < 2:
        raise WeightsError("average_one")
    if out.exists() and not overwrite:
        raise WeightsError("file_exists", path=out)
    infos = [read_info(path) for path in paths]
    total: dict[str, np.ndarray] = {}
    for info in infos:
        tensors = read_tensors(info.path)
        shapes = {name: tensor.shape for name, tensor in tensors.items()}
        if total and (shapes != {n: t.shape for n, t in total.items()} or _kind(info) != _kind(infos[0])):
            raise WeightsError("average_networks", path=info.path, first=paths[0])
        for name, tensor in tensors.items():
            total[name] = total.get(name, 0) + tensor / len(paths)
    told = {key: value for key, value in infos[-1].metadata.items() if key in ("recipe", "data")}
    averaged = [{"sha256": sha256_of(info.path), **info.metadata.get("figures", {})} for info in infos]
    first = infos[0]
    save_tensors(total, out, first.scaling, {**told, "averaged": averaged}, first.classes, first.input_size)
    return out


def _kind(info: WeightsInfo) -> tuple[object, ...]:
    """What two weight files must share so that the mean of their weights is a network."""
    return info.scaling, info.classes
