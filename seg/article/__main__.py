"""``python -m seg.article FOLDER``: the process that trains a trial (``trial.py``)."""

from __future__ import annotations

import sys
from pathlib import Path

from seg.article.trial import Trial, train
from seg.errors import SegError

if __name__ == "__main__":
    try:
        train(Trial(Path(sys.argv[1])))
    except SegError as error:
        sys.exit(str(error))
