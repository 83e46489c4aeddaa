"""The soak: what it sends, what it takes for an error, and when a server has passed."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest
import requests

from seg.benchmark import soak
from seg.benchmark.server import Held, Server
from seg.photo import PhotoError, read_photo

HELD = Held(memory_mb=500, threads=20, open_files=30, uploads=0, temporary_files=0)


def test_a_soak_sends_the_same_photos_every_time_of_mixed_sizes_and_some_that_are_none():
    photos = [soak.photo_of(number, seed=3) for number in range(60)]
    assert [soak.photo_of(number, 3).data for number in (0, 17, 59)] == [photos[number].data for number in (0, 17, 59)]
    assert {photo.format for photo in photos if photo.is_picture} == set(soak.FORMATS)
    assert 0 < sum(not photo.is_picture for photo in photos) < 12
    for photo in photos[:12]:
        if photo.is_picture:
            assert read_photo(photo.data).size in soak.SIZES
        else:
            with pytest.raises(PhotoError):
                read_photo(photo.data)


def test_clients_share_the_photos_until_none_is_left(monkeypatch):
    monkeypatch.setattr(soak, "photo_of", lambda number, seed: number)
    work = soak.Work(7, seed=0, begun=2)
    assert [work.take(3), work.take(3), work.take(3)] == [[2, 3, 4], [5, 6], []]


@pytest.mark.parametrize(
    ("changed", "passed"),
    [
        ({}, True),
        ({"memory_mb": 549}, True),
        ({"memory_mb": 551}, False),
        ({"threads": HELD.threads + soak.POOL}, True),
        ({"threads": HELD.threads + soak.POOL + 1}, False),
        ({"threads": 12, "open_files": 2}, True),
        ({"open_files": 31}, False),
        ({"uploads": 1}, False),
        ({"temporary_files": 1}, False),
    ],
)
def test_a_server_passes_that_holds_a_tenth_more_memory_at_most_no_file_and_no_thread_but_of_its_pool(changed, passed):
    assert soak.holds_no_more(HELD, replace(HELD, **changed)) is passed


# It closes its end of a connection a second after it has come.
SLOW_TO_PART = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.send(b"here")
time.sleep(1)
connection.close()
time.sleep(60)
"""


def test_the_connection_that_asked_last_is_not_taken_for_a_file_that_was_left_open(tmp_path):
    command = [sys.executable, "-c", SLOW_TO_PART]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            port = int(child.stdout.readline())
            server = Server(f"http://127.0.0.1:{port}", psutil.Process(child.pid), tmp_path)
            with socket.create_connection(("127.0.0.1", port)) as client:
                assert client.recv(4) == b"here"
            server.wait_until_alone()
            assert {each.status for each in server.process.net_connections("tcp")} == {psutil.CONN_LISTEN}
        finally:
            child.kill()


@pytest.mark.parametrize(
    ("is_picture", "status", "is_error"),
    [(True, 200, False), (True, 500, True), (False, 400, False), (False, 200, True)],
)
def test_a_picture_is_to_be_answered_and_anything_else_refused(is_picture, status, is_error):
    session = SimpleNamespace(post=lambda *_, **__: SimpleNamespace(status_code=status, text="why"))
    photo = soak.Photo("a.jpg", b"", "JPEG", is_picture)
    error = soak._ask(session, "http://localhost", photo, "trimap")
    assert error == (f"a.jpg: {status} why" if is_error else None)


def test_a_connection_that_breaks_is_an_error_and_not_the_end():
    def post(*_, **__):
        raise requests.ConnectionError

    work = soak.Work(4, seed=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "post", post)
        soak._visit_the_api(SimpleNamespace(address="http://localhost"), work, random.Random(0))
    assert len(work.errors) == 4 and work.errors[0].endswith("ConnectionError")
