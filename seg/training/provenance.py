"""What made a run's weights: the project's version and commit, the libraries, the machine, the photos."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import seg
from seg.network.device import cpu_name
from seg.network.weights import sha256_of


def provenance(precision: str, photos: Mapping[str, Iterable[str]], start: Path | None) -> dict[str, Any]:
    """The facts as JSON has them.

    ``photos``: the names of each kind of photo that the training uses; ``start``: the weights that it starts from, None
    for an encoder alone, or where a stopped training goes on.
    """
    import keras
    import tensorflow as tf

    return {
        "version": seg.__version__,
        "commit": commit_of(Path(seg.__file__).parents[1]),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "precision": precision,
        "cpu": cpu_name(),
        "start_sha256": start and sha256_of(start),
        "photos": photos_facts(photos),
    }


def photos_facts(photos: Mapping[str, Iterable[str]]) -> dict[str, dict[str, Any]]:
    """How many photos of each kind there are, and a hash of their names: another hash means other photos."""
    return {
        kind: {"count": len(listed), "sha256": hash_of_names(listed)}
        for kind, listed in ((kind, set(names)) for kind, names in photos.items())
    }


def hash_of_names(names: Iterable[str]) -> str:
    """SHA-256, hexadecimal, of the sorted names, one a line."""
    return hashlib.sha256("".join(f"{name}\n" for name in sorted(names)).encode()).hexdigest()


def commit_of(folder: Path) -> str | None:
    """The git commit of a checkout, with ``-dirty`` after it where files differ from it; None for no checkout."""
    if not (folder / ".git").exists():  # an installed package may lie inside the checkout of something else
        return None
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip() or None
    return None
