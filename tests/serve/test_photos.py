"""Photos at full size: how many at a time, and answers of the network that lie beside a visit's files."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from seg.inference.segmenter import Segmenter
from seg.network.weights import WeightsInfo
from seg.pictures import encode_png
from seg.serve import caches, photos
from seg.serve.networks import Look
from seg.serve.upload_files import beside, upload_files
from tests.ui.segment.helpers import Brightness, halves


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Brightness:
    engine = Brightness()
    monkeypatch.setattr(Segmenter, "load", lambda path: Segmenter(engine, WeightsInfo(Path(path), "imagenet"), size=32))
    return engine


@pytest.fixture
def look(tmp_path: Path, engine: Brightness) -> Look:
    path = tmp_path / "pets.safetensors"
    path.write_bytes(b"a path and a time")
    return Look(path, "fast")


@pytest.fixture
def file():
    yield upload_files.keep("visit", "key", encode_png(halves()))
    upload_files.forget("visit")


def test_an_answer_that_memory_has_forgotten_is_taken_from_beside_the_file(look, engine, file):
    first = photos.segment(file.read_bytes(), "cat.png", look, file=file)
    caches.clear_all()
    again = photos.segment(file.read_bytes(), "cat.png", look, file=file)
    assert engine.photos == 1 and again is not first
    assert np.array_equal(again.network_probabilities, first.network_probabilities)
    assert (again.seconds, again.classes) == (first.seconds, first.classes)
    caches.clear_all()
    photos.segment(file.read_bytes(), "cat.png", Look(look.weights, "balanced"), file=file)
    assert engine.photos > 1, "another detail is another answer"


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"PK"), lambda path: path.unlink()])
def test_an_answer_that_is_damaged_or_gone_is_given_again(damage, look, engine, file):
    photos.segment(file.read_bytes(), "cat.png", look, file=file)
    damage(beside(file, photos._ending(look)))
    caches.clear_all()
    photos.segment(file.read_bytes(), "cat.png", look, file=file)
    assert engine.photos == 2


def test_photos_of_programs_and_samples_leave_nothing_on_disk(look, engine):
    before = upload_files.nbytes
    photos.segment(encode_png(halves()), "cat.png", look)
    assert upload_files.nbytes == before


def _at_work(sizes: list[tuple[int, int]], look: Look) -> list[list[tuple[int, int]]]:
    """Which photos were at work together, each time another one began."""
    working, together, lock = [], [], threading.Lock()
    ready = threading.Barrier(len(sizes))

    def work(size: tuple[int, int]) -> None:
        ready.wait(10)
        with photos.full_size(encode_png(halves(size=size)), "cat.png", look) as segmentation:
            with lock:
                working.append(segmentation.photo.size)
                together.append(list(working))
            threading.Event().wait(0.1)
            with lock:
                working.remove(segmentation.photo.size)

    threads = [threading.Thread(target=work, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return together


def test_as_many_small_photos_are_at_work_as_in_the_network_and_no_more(look):
    together = _at_work([(32, 64 + number) for number in range(6)], look)
    assert len(together) == 6 and max(map(len, together)) == 2


def test_a_large_photo_is_worked_on_alone(look, monkeypatch):
    monkeypatch.setattr(photos, "_room", photos.Room(32 * 70 * photos.BYTES_OF_A_PIXEL * 2))
    together = _at_work([(32, 64), (32, 65), (100, 100), (32, 66)], look)
    assert len(together) == 4
    assert [photo for photo in together if (100, 100) in photo] == [[(100, 100)]]
