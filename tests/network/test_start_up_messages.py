"""What TensorFlow prints when it is loaded, and what else is written meanwhile."""

from __future__ import annotations

import os

import pytest

from seg.network import start_up_messages

NOTICE = "I0000 00:00:1795789439.782632    3254 port.cc:153] oneDNN custom operations are on.\n"
COMPLAINT = "E0000 00:00:1795789452.132031    3254 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)\n"
FIRST_LINE = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
OTHER = "another thread's line\n"


def write(text: str) -> None:
    os.write(2, text.encode())  # as the C++ library does


def test_notices_and_complaints_are_hidden_and_everything_else_is_written(capfd):
    with start_up_messages.hidden(complaints=True):
        write(FIRST_LINE + NOTICE + OTHER + COMPLAINT)
        assert capfd.readouterr().err == ""
    write("after\n")
    assert capfd.readouterr().err == OTHER + "after\n"


def test_on_a_machine_with_a_gpu_complaints_are_written(capfd):
    with start_up_messages.hidden(complaints=False):
        write(FIRST_LINE + NOTICE + COMPLAINT)
    assert capfd.readouterr().err == COMPLAINT


def test_what_was_written_before_a_failure_is_not_lost(capfd):
    with pytest.raises(ImportError), start_up_messages.hidden(complaints=True):
        write(NOTICE + OTHER)
        raise ImportError("no TensorFlow")
    assert capfd.readouterr().err == OTHER
