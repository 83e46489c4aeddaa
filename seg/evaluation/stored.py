"""The report beside a weight file: measured once, then at hand whenever the weights are shown.

``pets.safetensors`` has ``pets-report.json``; the weights of a run have ``report.json`` in its folder. The file names
the SHA-256 of the weights that were measured, so that it is never shown for others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from seg.classes import Classes
from seg.errors import SegError
from seg.evaluation.evaluate import Report
from seg.evaluation.no_pets import NoPetsReport
from seg.files import write_file
from seg.network.weights import RUN_WEIGHTS, WeightsError, sha256_of

HISTORY_DIGITS = 4  # after the point; a training repeats to no more


class WithoutPets(NamedTuple):
    """What was called pet on photos without one: shares in [0, 1], as in ``NoPetsReport``."""

    photos: int
    mean_pet_share: float
    above_2_percent: float


class _Stored(NamedTuple):
    report: Report
    history: list[dict[str, Any]]
    no_pets: WithoutPets | None


def report_file(weights: Path) -> Path:
    """Where the report of a weight file is stored."""
    return weights.with_name("report.json" if weights.name == RUN_WEIGHTS else f"{weights.stem}-report.json")


def report_of(weights: Path) -> Report | None:
    """The stored report of a weight file, or None where there is none, or one of other weights. Loads no network.

    >>> from seg.evaluation.stored import report_of
    >>> from seg.network.weights import find_weights
    >>> report = report_of(find_weights())  # of the weights that ship: no network runs
    >>> report.split, round(report.mean_iou, 1)
    ('test', 0.8)
    """
    stored = _stored(weights)
    return stored.report if stored else None


def history_of(weights: Path) -> list[dict[str, Any]]:
    """One row an epoch of the training, with the columns of a run's ``history.csv`` that the stored report has.

    Empty where no report of these weights is stored, or where it has no history.

    >>> from seg.evaluation.stored import history_of
    >>> from seg.network.weights import find_weights
    >>> rows = history_of(find_weights())
    >>> rows[0]["epoch"], {"loss", "mean_iou", "val_mean_iou"} <= rows[0].keys()
    (1.0, True)
    """
    stored = _stored(weights)
    return stored.history if stored else []


def no_pets_of(weights: Path) -> WithoutPets | None:
    """What these weights call pet on photos without one, or None where the stored report does not say it."""
    stored = _stored(weights)
    return stored.no_pets if stored else None


def store_report(report: Report, weights: Path, history: Sequence[dict[str, Any]] = ()) -> Path:
    """Write a report, and the history of the training if there is one, beside the weights it was measured with.

    Returns the file. Raises OSError where the folder cannot be written.

    >>> from pathlib import Path
    >>> import numpy as np
    >>> from seg.evaluation.stored import report_of, store_report
    >>> from seg.network.weights import find_weights, save_tensors
    >>> weights = Path("mine.safetensors")
    >>> save_tensors({"classifier/bias": np.zeros(3, np.float32)}, weights, "imagenet", {})
    >>> store_report(report_of(find_weights()), weights).name
    'mine-report.json'
    >>> save_tensors({"classifier/bias": np.ones(3, np.float32)}, weights, "imagenet", {})
    >>> report_of(weights) is None  # other weights by now
    True
    """
    file = report_file(weights)
    no_pets = no_pets_of(weights)
    # The folder's and the file's name: visitors download reports, and need not know where the server keeps its files.
    name = "/".join(weights.parts[-2:])
    content = {
        "weights_sha256": sha256_of(weights),
        "command": f"python -m seg evaluate --weights {name} --data FOLDER --split {report.split}",
        **report.as_dict(),
        "weights": name,
        "classes": report.classes.as_list(),
        "history": [{column: _rounded(value) for column, value in row.items()} for row in history],
    }
    return _write(content | ({"no_pets": no_pets._asdict()} if no_pets else {}), file)


def require_report(weights: Path) -> None:
    """Raises WeightsError where these weights have no stored report."""
    if report_of(weights) is None:
        raise WeightsError("weights_no_report", path=weights)


def store_no_pets(measured: NoPetsReport, weights: Path) -> Path:
    """Add to the stored report of these weights what they call pet on photos without one.

    Returns the file. Raises WeightsError where these weights have no stored report, OSError where it cannot be written.
    """
    require_report(weights)
    file = report_file(weights)
    no_pets = WithoutPets(len(measured.shares), measured.mean_pet_share, measured.above_2_percent)
    return _write(json.loads(file.read_text(encoding="utf-8")) | {"no_pets": no_pets._asdict()}, file)


def _write(content: dict[str, Any], file: Path) -> Path:
    # A line for each entry: short to read in a diff, a quarter of the size of one line for each number.
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    write_file(file, f"{{\n{lines}\n}}\n")
    return file


def _rounded(value: Any) -> Any:
    return round(value, HISTORY_DIGITS) if isinstance(value, float) else value


def _stored(weights: Path) -> _Stored | None:
    file = report_file(weights)
    try:
        return _read(file, file.stat().st_mtime_ns, sha256_of(weights))
    except OSError:
        return None


@lru_cache(maxsize=16)
def _read(file: Path, changed: int, sha256: str) -> _Stored | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content.get("weights_sha256") != sha256:
            return None
        report = Report.from_dict(content, Classes.from_list(content["classes"]))
        no_pets = WithoutPets(**content["no_pets"]) if "no_pets" in content else None
        return _Stored(report, list(content["history"]), no_pets)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SegError):
        # Cut short, changed by hand, or of another version: as if there were none.
        return None
