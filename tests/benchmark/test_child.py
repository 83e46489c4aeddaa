"""A process for each measurement: its memory, its errors, and the spread of times."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from seg.benchmark.child import WATCH_EVERY, BenchmarkError, PeakMemory, in_child, spread
from seg.photo import PhotoError
from tests.narrow import environment


def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it():
    code = (
        "import subprocess, sys; ballast = bytearray(600_000_000);"
        "child = 'from seg.benchmark.child import PeakMemory; print(PeakMemory().mb)';"
        "print(subprocess.run([sys.executable, '-c', child], capture_output=True, text=True).stdout)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert 10 < float(done.stdout) < 400


def test_the_most_memory_is_remembered_after_it_was_given_back():
    memory = PeakMemory()
    before = memory.mb
    ballast = np.ones(50_000_000, np.uint8)
    time.sleep(20 * WATCH_EVERY)
    del ballast
    assert memory.mb > before + 40


def test_a_spread_has_the_median_and_the_95th_percentile():
    assert spread(range(101)) == {"median_seconds": 50, "p95_seconds": 95}


def test_a_child_that_fails_is_told_in_one_sentence():
    with pytest.raises(BenchmarkError, match="the pace does not run here: ZeroDivisionError"):
        in_child("the pace", divided, 1, 0)
    with pytest.raises(BenchmarkError, match=r"keras does not run here: a\.jpg does not exist: check the path"):
        in_child("keras", refused, "a.jpg")


def divided(number: float, by: float) -> dict:
    return {"quotient": number / by}


def refused(name: str) -> dict:
    raise PhotoError("photo_missing", name=name)
