"""Which NVIDIA GPUs TensorFlow can really use: asked in a separate process, and remembered.

A driver alone says nothing: TensorFlow as ``pip install tensorflow`` brings it has no CUDA libraries, and on Windows it
has none at all. To ask TensorFlow takes seconds and 400 MB, too much for a page that is only opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from seg.files import cache_folder, write_file
from seg.network.device import has_nvidia_driver, has_tensorflow, nvidia_driver, prepare_device

PATIENCE = 120.0  # seconds for TensorFlow to answer


def usable_gpus() -> tuple[str, ...]:
    """The GPUs that TensorFlow can use, by name; empty where it can use none, or is not installed.

    Takes seconds on a machine with an NVIDIA driver, the first time with this driver and this TensorFlow, and no time
    on others. Does not import TensorFlow.
    """
    return _gpus(_circumstances()) if has_nvidia_driver() and has_tensorflow() else ()


def has_idle_gpu() -> bool:
    """Whether there is an NVIDIA driver, and no TensorFlow that can use what it drives."""
    return has_nvidia_driver() and not usable_gpus()


def note_gpus(gpus: Sequence[str]) -> None:
    """Remember what TensorFlow has answered in this process."""
    if has_nvidia_driver():
        _remember(_circumstances(), gpus)
        _gpus.cache_clear()


@lru_cache(maxsize=4)
def _gpus(circumstances: str) -> tuple[str, ...]:
    try:
        return tuple(map(str, json.loads(_file(circumstances).read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        gpus = _ask()
    if gpus is None:  # it has failed or took too long, and is asked again by the next program
        return ()
    _remember(circumstances, gpus)
    return gpus


def _ask() -> tuple[str, ...] | None:
    """What TensorFlow says in a new process, or None where it does not answer."""
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-m", __name__]
    try:
        child = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=True
        )
        return tuple(json.loads(child.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _remember(circumstances: str, gpus: Sequence[str]) -> None:
    # A cache that cannot be written costs the seconds once more, nothing else.
    with contextlib.suppress(OSError):
        _file(circumstances).parent.mkdir(parents=True, exist_ok=True)
        write_file(_file(circumstances), json.dumps(list(gpus)))


def _file(circumstances: str) -> Path:
    return cache_folder() / f"gpus-{circumstances}.json"


def _circumstances() -> str:
    """What the answer depends on, as a hash: the driver, TensorFlow and the CUDA libraries that pip has installed."""
    spec = find_spec("tensorflow")
    packages = Path(spec.origin).parents[1] if spec and spec.origin else Path(sys.prefix)
    versions = [path.name for pattern in ("tensorflow*", "nvidia_*") for path in packages.glob(f"{pattern}.dist-info")]
    chosen = [os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")]
    facts = [nvidia_driver(), str(packages), sorted(versions), chosen]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    print(json.dumps(prepare_device().gpus))
