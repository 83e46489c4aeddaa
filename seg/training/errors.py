"""What can end a training, as an error with a sentence for people."""

from __future__ import annotations

import errno
import os

from seg.errors import SegError
from seg.photo import PhotoError


class TrainingError(SegError):
    """A training that cannot go on."""


def as_seg_error(error: Exception) -> SegError:
    """The error that the run's status and the caller get for any exception that ended a training."""
    if isinstance(error, PhotoError):
        # A photo that has changed since the dataset was opened is not the caller's mistake.
        return TrainingError(error.code, **error.values)
    if isinstance(error, SegError):
        return error
    # TensorFlow's errors have the system's words, but no errno.
    if getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error):
        return TrainingError("training_disk_full")
    if isinstance(error, OSError):
        return TrainingError("training_file", name=error.filename or "?", reason=error.strerror or str(error))
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        return TrainingError("training_memory")
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return TrainingError("training_unexpected", reason=reason[:200])
