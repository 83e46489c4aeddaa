"""Background jobs: started once, one at a time, stopped by anyone, and their end is remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from seg.errors import SegError
from seg.serve import limits
from seg.serve.errors import BusyError
from seg.serve.jobs import Job, Jobs
from tests.serve.test_queue import wait_until


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


@pytest.fixture
def work(gate: threading.Event) -> Callable[[Job[int]], None]:
    """Reports 1, waits for the gate, and reports 2."""

    def work(job: Job[int]) -> None:
        job.report(1)
        assert gate.wait(20)
        job.report(2)

    return work


def test_a_job_reports_how_far_it_is_and_ends(gate, work):
    jobs: Jobs[int] = Jobs("test", 1)
    assert jobs.job("a") is None
    jobs.start("a", work)
    gate.set()
    jobs.wait(20)
    assert (jobs.job("a").state, jobs.job("a").progress, jobs.job("a").error) == ("done", 2, None)
    assert not jobs.job("a").active


def test_a_job_is_stopped_at_its_next_report_and_can_be_started_again(gate, work):
    jobs: Jobs[int] = Jobs("test", 1)
    jobs.start("a", work)
    wait_until(lambda: jobs.job("a").progress == 1)
    jobs.job("a").stop()
    assert jobs.job("a").stopping
    gate.set()
    jobs.wait(20)
    assert jobs.job("a").state == "stopped" and not jobs.job("a").stopping
    jobs.start("a", work)
    jobs.wait(20)
    assert jobs.job("a").state == "done"


def test_a_job_that_waits_is_stopped_before_it_begins(gate, work):
    jobs: Jobs[int] = Jobs("test", 1)
    jobs.start("a", work)
    jobs.start("b", lambda job: pytest.fail("it was stopped"))
    assert jobs.job("b").state == "waiting"
    jobs.job("b").stop()
    jobs.job("b").wait(20)
    assert jobs.job("b").state == "stopped"
    gate.set()
    jobs.wait(20)
    assert [jobs.job(key).state for key in "ab"] == ["done", "stopped"]


def test_a_failure_has_its_error_and_a_mistake_in_the_program_has_none():
    jobs: Jobs[int] = Jobs("test", 1)

    def refuse(job: Job[int]) -> None:
        raise SegError("photo_empty", name="a.jpg")

    jobs.start("refused", refuse)
    jobs.start("mistake", lambda job: 1 / 0)
    jobs.wait(20)
    assert jobs.job("refused").state == jobs.job("mistake").state == "failed"
    assert jobs.job("refused").error.code == "photo_empty"
    assert jobs.job("mistake").error is None


def test_no_more_than_so_many_wait(gate, work):
    jobs: Jobs[int] = Jobs("test", 1)
    jobs.start("a", work)
    jobs.start("b", work)
    with pytest.raises(BusyError, match="queue is full"):
        jobs.start("c", work)
    jobs.start("a", work)  # it runs already: nothing happens
    gate.set()
    jobs.wait(20)


def test_the_oldest_ends_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "ENDED_JOBS", 2)
    jobs: Jobs[int] = Jobs("test", 4)
    for key in "abcd":
        jobs.start(key, lambda job: None)
        jobs.wait(20)
    assert [key for key in "abcd" if jobs.job(key)] == ["c", "d"]
