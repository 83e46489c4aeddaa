"""Many photos side by side: order, bounded memory, and an end that leaves nothing half done."""

from __future__ import annotations

import threading
import time

import pytest
from PIL import Image

from seg.inference import many
from seg.inference.many import BYTES_OF_A_PIXEL, Room, bytes_for, in_order
from seg.photo import MAX_PIXELS


def test_results_come_in_the_order_of_their_items_whichever_is_done_first():
    second_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_is_done.wait(10)
        second_is_done.set()
        return item * item

    assert list(in_order(range(100), work, lambda item: 1)) == [item * item for item in range(100)]


def test_items_at_work_fit_into_memory_together_and_one_that_does_not_works_alone(monkeypatch):
    monkeypatch.setattr(many, "MOST_BYTES", 10)
    monkeypatch.setattr(many, "available_cores", lambda: 7)
    sizes = [3, 3, 3, 3, 99, 3, 5, 5, 10, 1, 1] * 3
    lock, working, most = threading.Lock(), [], []

    def work(size: int) -> None:
        with lock:
            working.append(size)
            most.append(sum(working))
            assert 99 not in working or working == [99]
        time.sleep(0.003)
        with lock:
            working.remove(size)

    list(in_order(sizes, lambda size: work(size) or size, lambda size: size))
    assert max(most) == 99 and max(total for total in most if total != 99) <= 10


def test_no_more_items_begin_than_may_wait_before_the_first_result_is_taken():
    begun, at_the_end_of_first = [], []

    def work(item: int) -> int:
        begun.append(item)
        if item == 0:
            time.sleep(0.2)
            at_the_end_of_first.extend(begun)
        return item

    assert list(in_order(range(100), work, lambda _: 1, at_once=2, most_waiting=3)) == list(range(100))
    assert at_the_end_of_first == [0, 1, 2]


def test_small_items_that_come_and_go_do_not_keep_a_large_one_waiting():
    room, order = Room(10), []
    room.enter(3)

    def enter(size: int) -> None:
        with room.left_at_the_end(room.enter(size)):
            order.append(size)

    large, small = threading.Thread(target=enter, args=(99,)), threading.Thread(target=enter, args=(3,))
    large.start()
    time.sleep(0.05)
    small.start()
    small.join(0.1)
    assert order == [], "there is room for the small one, but the large one has come before it"
    with room.left_at_the_end(3):
        pass
    large.join(10)
    small.join(10)
    assert order == [99, 3]


def test_once_stopped_what_was_begun_is_finished_and_nothing_else_begins():
    begun, stopped = [], threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item == 5:
            stopped.set()
        time.sleep(0.01)
        return item

    results = list(in_order(iter(range(10_000)), work, lambda item: 1, stopped.is_set))
    assert results == sorted(begun) and 6 <= len(results) < 10_000


def test_an_iterator_that_is_closed_leaves_nothing_half_done():
    begun, finished = [], []

    def work(item: int) -> int:
        begun.append(item)
        time.sleep(0.01)
        finished.append(item)
        return item

    results = in_order(iter(range(10_000)), work, lambda item: 1)
    assert next(results) == 0
    results.close()
    assert sorted(begun) == sorted(finished) and len(begun) < 10_000


def test_an_error_that_is_no_items_fault_ends_all_and_is_raised():
    begun = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 3:
            raise ValueError("of all")
        return item

    results = in_order(iter(range(10_000)), work, lambda item: 1)
    with pytest.raises(ValueError, match="of all"):
        list(results)
    assert len(begun) < 10_000


def test_the_memory_of_a_photo_is_known_by_its_head_and_of_what_is_unknown_as_much_as_any(tmp_path):
    Image.new("RGB", (300, 200)).save(tmp_path / "a.png")
    (tmp_path / "damaged.jpg").write_bytes(b"no picture")
    assert bytes_for(tmp_path / "a.png") == 300 * 200 * BYTES_OF_A_PIXEL
    for name in ("damaged.jpg", "missing.jpg"):
        assert bytes_for(tmp_path / name) == MAX_PIXELS * BYTES_OF_A_PIXEL
