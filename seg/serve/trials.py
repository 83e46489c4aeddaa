"""The trial of a mistake: one at a time and never beside a training, in a process that outlives the server.

What a trial is, ``seg.article.trial`` knows; here it is a run without a recipe, in a hidden folder among the runs.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from seg.files import write_file
from seg.network.device import require_tensorflow
from seg.serve import owner, trainings
from seg.serve.owner import Visitor
from seg.training.process import launch
from seg.training.runs import Run, RunError

MODULE = "seg.article"  # which trains the trial in the folder that it is given


def folder() -> Path:
    """Where the last trial is kept."""
    return trainings.trial_run().folder


def start(visitor: Visitor, mistake: str) -> None:
    """Begin the trial of a mistake; it takes the place of the last one.

    Raises NotOwnerError, TensorFlowError, BusyError while a training or another trial runs, RunError where the folder
    cannot be written and where no process can be started.
    """
    owner.require(visitor)
    require_tensorflow()
    with trainings.alone():
        run = Run(folder())
        try:
            shutil.rmtree(run.folder, ignore_errors=True)
            run.folder.mkdir(parents=True)
            write_file(run.folder / "trial.json", json.dumps({"mistake": mistake, "started": time.time()}))
        except OSError as error:
            raise RunError("run_folder", folder=run.folder, reason=error.strerror) from None
        launch(run, MODULE)


def stop(visitor: Visitor) -> None:
    """Ask the trial to end after its step. Raises NotOwnerError."""
    owner.require(visitor)
    trainings.trial_run().request_stop()
