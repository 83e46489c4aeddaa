"""The features of a photo come back from disk as they were written, and the file leaves nothing behind."""

from __future__ import annotations

import errno
import os
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from seg.training import features
from seg.training.features import FeatureStore

SHAPES = [(4, 4, 3), (2, 2, 5)]


@pytest.fixture
def store(tmp_path):
    opened = FeatureStore(tmp_path, SHAPES)
    yield opened
    opened.close()


def taps(count: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(count, *shape)).astype(np.float32) for shape in SHAPES]


def test_records_come_back_in_any_order_at_float16(store):
    first, second = taps(2, seed=1), taps(1, seed=2)
    store.write([7, 3], first)
    store.write([0], second)
    for written, back, other in zip(first, store.read([3, 0, 7]), second, strict=True):
        assert back.dtype == np.float16
        np.testing.assert_array_equal(back, np.stack([written[1], other[0], written[0]]).astype(np.float16))


def test_only_what_was_written_is_there(store):
    store.write(np.array([2, 5]), taps(2))
    assert store.has([2]) and store.has(np.array([5, 2]))
    assert not store.has([2, 3])


def test_a_record_written_again_replaces_the_old_one(store):
    store.write([1], taps(1, seed=1))
    store.write([1], taps(1, seed=2))
    np.testing.assert_array_equal(store.read([1])[0], taps(1, seed=2)[0].astype(np.float16))


def test_what_the_disk_has_no_room_for_is_not_counted_as_written(store, monkeypatch):
    store.write([0], taps(1))

    class Full:
        def __getattr__(self, name):
            return getattr(file, name)

        def flush(self):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = store._file
    monkeypatch.setattr(store, "_file", Full())
    with pytest.raises(OSError, match="No space"):
        store.write([1], taps(1))
    assert store.has([0])
    assert not store.has([1])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="asks Linux which files are open")
def test_the_file_has_no_name_and_is_gone_when_the_store_is_closed(tmp_path):
    def open_files():
        return [p for p in map(os.path.realpath, Path("/proc/self/fd").iterdir()) if str(tmp_path) in p]

    # Nameless: the system gives the room back even where the process is killed.
    store = FeatureStore(tmp_path, SHAPES)
    store.write([0], taps(1))
    assert list(tmp_path.iterdir()) == []
    assert len(open_files()) == 1
    store.close()
    assert open_files() == []


def test_a_store_fits_where_it_leaves_half_of_the_free_space(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    needed = 10 * 2 * (4 * 4 * 3 + 2 * 2 * 5)  # ten photos, two bytes a number
    monkeypatch.setattr(features.shutil, "disk_usage", lambda folder: usage(0, 0, 2 * needed + 1))
    assert FeatureStore.fits(tmp_path, 10, SHAPES)
    assert not FeatureStore.fits(tmp_path, 11, SHAPES)
