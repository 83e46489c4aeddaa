"""``python -m seg.training RUN_FOLDER``: the process that ``start_process`` starts to train one run."""

from __future__ import annotations

import sys
from pathlib import Path

from seg.errors import SegError
from seg.training.runs import Run
from seg.training.train import train


def main(folder: str) -> int:
    """Train the run in ``folder``, new or stopped, to its end; returns the exit code."""
    try:
        train(run=Run(Path(folder)))
    except SegError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m seg.training RUN_FOLDER")
    sys.exit(main(sys.argv[1]))
