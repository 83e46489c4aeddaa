"""The weights that a server offers to visitors and programs, by name: those that it has by itself, and each run's."""

from __future__ import annotations

from pathlib import Path

from seg.serve import networks, trainings
from seg.serve.owner import Visitor

SHIPPED = "shipped"  # the weights of ``networks.server_weights``; all other names are ids of runs


def names(visitor: Visitor) -> list[str]:
    """``SHIPPED``, and the ids of the runs that have weights and that this visitor may see, newest first."""
    return [SHIPPED, *(run.id for run in trainings.trained_runs(visitor))]


def weights_named(name: str, visitor: Visitor) -> Path | None:
    """The weight file of one of a visitor's ``names``, else None: no name is ever taken for a path.

    Raises WeightsError where the server's own weights are missing.
    """
    if name == SHIPPED:
        return networks.server_weights()
    return next((run.weights for run in trainings.trained_runs(visitor) if run.id == name), None)
