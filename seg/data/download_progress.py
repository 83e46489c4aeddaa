"""How far a download is, for whoever shows it, and the one way to stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seg.errors import SegError

REPORT_EVERY_S = 0.1  # a page or a terminal draws no faster

Step = Literal["present", "check", "download", "wait", "unpack"]


class DownloadCancelled(SegError):
    """The caller stopped the download; what has come is kept. No DownloadError, because nothing went wrong."""


@dataclass(frozen=True)
class DownloadProgress:
    """How far one step with one archive is.

    - ``present``: a dataset is already there, nothing is done; no archive, no sizes
    - ``download``: bytes of the archive that are on disk, those of earlier starts included
    - ``wait``: a request failed and is made again soon; ``note`` says why and when
    - ``check``: bytes of the archive that are read for its checksum
    - ``unpack``: bytes of the archive that are unpacked

    ``done`` and ``total`` are bytes; ``bytes_per_second`` counts from the start of this step, 0 while unknown.
    """

    step: Step
    archive: str
    done: int
    total: int
    note: SegError | None
    bytes_per_second: float

    @property
    def fraction(self) -> float:
        """``done`` of ``total``, from 0 to 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def seconds_left(self) -> float | None:
        """Until this step ends at its speed so far; None while that is unknown."""
        return (self.total - self.done) / self.bytes_per_second if self.bytes_per_second else None


class Reporter:
    """Reports the progress to the caller, and ends the download when the caller wants it to stop."""

    def __init__(
        self, folder: Path, progress: Callable[[DownloadProgress], None] | None, cancelled: Callable[[], bool] | None
    ):
        self._folder, self._progress, self._cancelled = folder, progress, cancelled
        self._step: tuple[Step, str] | None = None
        self._step_began_s = self._reported_s = 0.0
        self._step_began_at = 0  # bytes done then

    def __call__(
        self, step: Step, archive: str = "", done: int = 0, total: int = 0, note: SegError | None = None
    ) -> None:
        """Raises DownloadCancelled."""
        if self._cancelled and self._cancelled():
            raise DownloadCancelled("download_stopped", folder=self._folder)
        if not self._progress:
            return
        now = time.monotonic()
        if (step, archive) != self._step or done < self._step_began_at:
            self._step, self._step_began_s, self._step_began_at = (step, archive), now, done
        elif done < total and now - self._reported_s < REPORT_EVERY_S:
            return
        self._reported_s = now
        seconds = now - self._step_began_s
        speed = (done - self._step_began_at) / seconds if seconds else 0.0
        self._progress(DownloadProgress(step, archive, done, total, note, speed))
