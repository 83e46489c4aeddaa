"""Work in the background: pages start it, watch it and may stop it, and all visitors see the same job."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from typing import Generic, Literal, TypeVar

from seg.errors import SegError
from seg.serve import limits
from seg.serve.errors import BusyError

Progress = TypeVar("Progress")
State = Literal["waiting", "running", "done", "stopped", "failed"]

_log = logging.getLogger("seg.serve")


class Stopped(Exception):
    """Raised in a job's work when somebody has stopped the job."""


class Job(Generic[Progress]):
    """One piece of work.

    ``progress`` is what the work has reported last, None before its first report. ``stopping``: somebody has stopped
    the job, and its work has not ended yet. ``error`` says why a job has failed; None with the state ``failed`` stands
    for a mistake in the program, whose traceback is in the log.
    """

    def __init__(self, work: Callable[[Job[Progress]], None]):
        self._work = work
        self.state: State = "waiting"
        self.progress: Progress | None = None
        self.error: SegError | None = None
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def active(self) -> bool:
        """Whether the job waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def stopping(self) -> bool:
        return self.active and self._stop.is_set()

    def stop(self) -> None:
        """Stop the job for every visitor who watches: at its next report, or at once while it waits."""
        self._stop.set()
        if self.state == "waiting":
            self.state = "stopped"
            self._ended.set()

    def wait(self, seconds: float) -> None:
        """Until the job has ended, or until the time is up."""
        self._ended.wait(max(0.0, seconds))

    def report(self, progress: Progress) -> None:
        """Called by the work: how far it is. Raises Stopped."""
        self.progress = progress
        self.stop_here()

    def stop_here(self) -> None:
        """Called by the work where it may be interrupted. Raises Stopped."""
        if self._stop.is_set():
            raise Stopped

    def run(self) -> None:
        """Do the work, in the thread that calls this; raises nothing."""
        self.state = "running"
        state: State = "failed"
        try:
            self.stop_here()
            self._work(self)
            state = "done"
        except Stopped:
            state = "stopped"
        except SegError as error:
            _log.warning("%s", error)
            self.error = error
        except Exception:
            _log.exception("a background job failed")
        finally:
            self.state = state
            self._ended.set()


class Jobs(Generic[Progress]):
    """Jobs of one kind, by key: one runs at a time, at most ``most_waiting`` wait, in the order of their start."""

    def __init__(self, name: str, most_waiting: int):
        self.most_waiting = most_waiting
        self._name = name
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, Job[Progress]] = {}  # in the order of their start
        self._thread: threading.Thread | None = None

    def job(self, key: Hashable) -> Job[Progress] | None:
        """The job that was started last with this key, or None; ended jobs are remembered for a while."""
        return self._jobs.get(key)

    def start(self, key: Hashable, work: Callable[[Job[Progress]], None]) -> None:
        """Start a job, unless one with this key waits or runs: two visitors may press the button at once.

        Raises BusyError where too many jobs wait.
        """
        with self._lock:
            known = self._jobs.get(key)
            if known and known.active:
                return
            if sum(job.active for job in self._jobs.values()) > self.most_waiting:
                raise BusyError("jobs_waiting", most=str(self.most_waiting))
            self._jobs.pop(key, None)
            self._jobs[key] = Job(work)
            if self._thread is None:
                # A daemon: a server that is told to end does not wait for it.
                self._thread = threading.Thread(target=self._run, daemon=True, name=self._name)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until no job waits or runs, or until the time is up."""
        thread = self._thread
        if thread:
            thread.join(seconds)

    def clear(self) -> None:
        """Stop all jobs and forget them, as a new server would start; for tests."""
        with self._lock:
            for job in self._jobs.values():
                job.stop()
            self._jobs.clear()

    def _run(self) -> None:
        while job := self._next():
            job.run()

    def _next(self) -> Job[Progress] | None:
        with self._lock:
            ended = [key for key, job in self._jobs.items() if not job.active]
            for key in ended[: -limits.ENDED_JOBS]:
                del self._jobs[key]
            job = next((job for job in self._jobs.values() if job.state == "waiting"), None)
            if job is None:
                self._thread = None
            return job
