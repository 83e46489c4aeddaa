"""What a process frees goes back to the system, and its peak is remembered."""

from __future__ import annotations

import platform
import subprocess
import sys
import time

import numpy as np
import pytest

from seg.memory import WATCH_EVERY, PeakMemory
from tests.narrow import environment

needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="settings of glibc")

# Forty threads fill 8 MB each in pieces and free them.
THREADS_THAT_FREE = """
import threading
import psutil
from seg import memory

{set_up}
bytearray(30 * 2**20)  # freed at once, as the pixels of a photo
started = psutil.Process().memory_info().rss
together = threading.Barrier(40)

def fill_and_free():
    pieces = [bytearray(400_000) for _ in range(20)]
    together.wait()
    del pieces
    together.wait()

threads = [threading.Thread(target=fill_and_free) for _ in range(40)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
memory.give_back()
print((psutil.Process().memory_info().rss - started) // 2**20)
"""


def megabytes_kept(set_up: str) -> int:
    code = THREADS_THAT_FREE.format(set_up=set_up)
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


# As the threads that watch Streamlit's settings, which run before the app is read.
THREADS_BEFORE = """
for _ in range(3):
    threading.Thread(target=lambda: (bytearray(2000), threading.Event().wait()), daemon=True).start()
memory.use_few_arenas()
"""


@needs_glibc
def test_what_threads_free_goes_back_to_the_system():
    assert megabytes_kept("memory.use_few_arenas()") < 30 < megabytes_kept("")


@needs_glibc
def test_what_threads_free_goes_back_to_the_system_with_arenas_of_threads_that_were_there_before():
    assert megabytes_kept(THREADS_BEFORE) < 30


def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it():
    code = (
        "import subprocess, sys; ballast = bytearray(600_000_000);"
        "child = 'from seg.memory import PeakMemory; print(PeakMemory().mb)';"
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
