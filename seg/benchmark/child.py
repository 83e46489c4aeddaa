"""What the benchmarks share: a process for each measurement, and the spread of times."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import numpy as np

from seg.errors import SegError


class BenchmarkError(SegError):
    """Something that cannot be measured on this machine."""


def in_child(name: str, function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """What ``function(*arguments)`` returns in a new process, where nothing is loaded yet.

    ``function`` stands at the top of its module; JSON carries its arguments and its result. ``name`` says what is
    measured. Raises BenchmarkError where the process fails.
    """
    order = json.dumps([function.__module__, function.__name__, arguments])
    child = subprocess.run([sys.executable, "-m", __name__, order], capture_output=True, text=True)
    if child.returncode:
        lines = child.stderr.strip().splitlines()
        raise BenchmarkError("benchmark_child", name=name, reason=lines[-1] if lines else f"exit {child.returncode}")
    return json.loads(child.stdout.splitlines()[-1])


def spread(seconds: Iterable[float]) -> dict[str, float]:
    """Median and 95th percentile of times in seconds."""
    median, p95 = np.quantile(list(seconds), (0.5, 0.95))
    return {"median_seconds": float(median), "p95_seconds": float(p95)}


def _main(order: str) -> None:
    """The child's side of ``in_child``: call the function, and print its result as the last line."""
    module, function, arguments = json.loads(order)
    try:
        result = getattr(import_module(module), function)(*arguments)
    except SegError as error:
        sys.exit(str(error))
    print(json.dumps(result))


if __name__ == "__main__":
    _main(sys.argv[1])
