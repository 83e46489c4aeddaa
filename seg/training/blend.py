"""Between two networks: what a run has learned from corrections is taken in part, by averaging weights.

Where a network was trained on from another, the networks between them often keep most of what both know: M. Wortsman et
al., "Robust fine-tuning of zero-shot models", CVPR 2022.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seg.files import complete_file, write_file
from seg.network.weights import WeightsInfo, read_info, read_tensors, save_tensors
from seg.training.runs import Run, RunError

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the learned weights; the rest is what the run started from


@dataclass(frozen=True)
class Quality:
    """How good a network is on some photos: IoU in [0, 1], of all their pixels together, at network size.

    ``predicted``: how many of their trimaps are predictions that nobody corrected, which say nothing of how good it is.
    """

    mean_iou: float
    subject_iou: float
    photos: int
    predicted: int = 0


@dataclass(frozen=True)
class Blend:
    """What a share of the learned weights makes of the network.

    ``held_out``: on the corrections that are held out, None where there are none; ``dataset``: on photos for testing of
    the run's dataset, None where it has none.
    """

    share: float
    held_out: Quality | None
    dataset: Quality | None


def learned_weights(run: Run) -> Path:
    """The weights as they were learned, whatever share of them is in use."""
    kept = run.folder / "learned.safetensors"
    return kept if kept.is_file() else run.weights


def has_blends(run: Run) -> bool:
    """Whether a run has learned from corrections to its end, so that there is something to be taken in part."""
    return run.start_weights.is_file() and run.weights.is_file() and run.status().state == "finished"


def share_in_use(run: Run) -> float:
    """The share of what was learned that the run's weights have now. Raises WeightsError."""
    share = read_info(run.weights).metadata.get("blend")
    return float(share) if isinstance(share, int | float) else 1.0


def write_blend(run: Run, share: float, out: Path, facts: dict[str, Any] | None = None) -> None:
    """Write the weights of a run with this share of what it learned.

    ``facts``: what the file says besides. Raises RunError for a run that has no blends, WeightsError for weights of
    which one network cannot be made, OSError.
    """
    require_blends(run)
    learned, start = read_info(learned_weights(run)), read_info(run.start_weights)
    if (learned.scaling, learned.classes) != (start.scaling, start.classes):
        raise RunError("run_blend_other", run=run.id)
    tensors = read_tensors(learned.path)
    for name, before in read_tensors(start.path).items():
        tensors[name] = tensors[name] * share + before * (1 - share)
    save_tensors(tensors, out, learned.scaling, _metadata(learned, share, facts), learned.classes, learned.input_size)


def use(run: Run, share: float) -> None:
    """Make the run's weights those of a share, for everything that uses the run. Raises what ``write_blend`` raises."""
    require_blends(run)
    kept = run.folder / "learned.safetensors"
    if not kept.is_file():
        with complete_file(kept) as unfinished:
            shutil.copyfile(run.weights, unfinished)
    if share == 1:
        with complete_file(run.weights) as unfinished:
            shutil.copyfile(kept, unfinished)
        return
    measured = next((blend.dataset for blend in measured_blends(run) if blend.share == share), None)
    metrics = measured and {"mean_iou": measured.mean_iou, "split": "test", "photos": measured.photos}
    write_blend(run, share, run.weights, {"metrics": metrics} if metrics else None)


def measured_blends(run: Run) -> list[Blend]:
    """What was measured of a run's blends, by share; empty where nothing was, or where the file is damaged."""
    try:
        rows = json.loads((run.folder / "blends.json").read_text(encoding="utf-8"))
        return [Blend(float(row["share"]), _quality(row["held_out"]), _quality(row["dataset"])) for row in rows]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []


def keep_measured(run: Run, blends: list[Blend]) -> None:
    """Write down what was measured. Raises OSError."""
    write_file(run.folder / "blends.json", json.dumps([asdict(blend) for blend in blends], indent=1))


def _quality(row: dict[str, Any] | None) -> Quality | None:
    return None if row is None else Quality(**row)


def require_blends(run: Run) -> None:
    """Raises RunError for a run that has not learned from corrections to its end."""
    if not has_blends(run):
        raise RunError("run_no_blends", run=run.id)


def _metadata(learned: WeightsInfo, share: float, facts: dict[str, Any] | None) -> dict[str, Any]:
    """What the file says of itself; what was measured of the learned weights is true of no others."""
    metadata = {key: value for key, value in learned.metadata.items() if share == 1 or key != "metrics"}
    return {**metadata, "blend": share, **(facts or {})}
