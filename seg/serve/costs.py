"""What choices cost on this server, measured in the background: one at a time, the same for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seg.evaluation.costs import Choice, Cost, choices, measure
from seg.serve import limits, owner
from seg.serve.jobs import Job, Jobs
from seg.serve.owner import Visitor


@dataclass(frozen=True)
class CostsProgress:
    """The costs known so far, of ``count`` choices, and the photos done of the choice in hand."""

    known: tuple[Cost, ...]
    count: int
    choice: Choice
    done: int
    photos: int

    @property
    def share(self) -> float:
        """How much is done, in [0, 1]."""
        return (len(self.known) + (self.done / self.photos if len(self.known) < self.count else 0)) / self.count


measurements: Jobs[CostsProgress] = Jobs("costs", limits.EVALUATIONS_WAITING)


def job(weights: Path, data: Path) -> Job[CostsProgress] | None:
    """The measurement of a weight file, as it is now, on a dataset's folder that was started last; None for none."""
    return measurements.job(_key(weights, data))


def start(visitor: Visitor, weights: Path, data: Path) -> None:
    """Measure; nothing happens while the same measurement waits or runs.

    Only for the owner: its processes take the machine beside the line in which photos wait. Raises NotOwnerError,
    BusyError where too many wait, WeightsError.
    """
    owner.require(visitor)
    chosen = choices(weights)

    def work(job: Job[CostsProgress]) -> None:
        known: list[Cost] = []

        def note(choice: Choice, done: int, photos: int) -> None:
            job.report(CostsProgress(tuple(known), len(chosen), choice, done, photos))

        for cost in measure(weights, chosen, note, data):
            known.append(cost)
            note(cost.choice, 0, 1)

    measurements.start(_key(weights, data), work)


def stop(visitor: Visitor, weights: Path, data: Path) -> None:
    """Stop a measurement at its next photo, for everyone who watches. Raises NotOwnerError."""
    owner.require(visitor)
    known = job(weights, data)
    if known:
        known.stop()


def _key(weights: Path, data: Path) -> tuple[str, int, str]:
    return str(weights.resolve()), weights.stat().st_mtime_ns, str(data.resolve())
