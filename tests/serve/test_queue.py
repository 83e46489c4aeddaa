"""The queue: first come, first served; a thread that gives up leaves no gap."""

from __future__ import annotations

import threading
import time

import pytest

from seg.serve.errors import BusyError
from seg.serve.queue import Queue


def wait_until(condition) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not happen within 20 seconds"
        time.sleep(0.005)


class Worker(threading.Thread):
    """Takes a turn and keeps it until it is told to end."""

    def __init__(self, queue: Queue, order: list[int], number: int):
        super().__init__(daemon=True)
        self.queue, self.order, self.number = queue, order, number
        self.may_end, self.reported = threading.Event(), []
        self.start()

    def run(self) -> None:
        with self.queue.turn(self.reported.append):
            self.order.append(self.number)
            self.may_end.wait(20)


def in_queue(queue: Queue, count: int) -> tuple[list[Worker], list[int]]:
    order: list[int] = []
    workers = []
    for number in range(count):
        workers.append(Worker(queue, order, number))
        working = min(number + 1, queue.at_once)
        wait_until(lambda n=number, working=working: len(order) == working and len(queue) == n + 1 - working)
    return workers, order


def test_turns_come_in_the_order_of_arrival_and_never_more_than_so_many_at_once():
    queue = Queue(2)
    workers, order = in_queue(queue, 5)
    assert order == [0, 1] and len(queue) == 3
    for done, worker in enumerate(workers):
        worker.may_end.set()
        worker.join(20)
        wait_until(lambda done=done: len(order) == min(5, done + 3))
        assert order == list(range(min(5, done + 3)))
    assert len(queue) == 0


def test_a_waiting_thread_hears_how_many_are_ahead_and_only_when_that_changes():
    queue = Queue(1)
    workers, _ = in_queue(queue, 3)
    last = workers[2]
    wait_until(lambda: last.reported == [1])
    workers[0].may_end.set()
    wait_until(lambda: last.reported == [1, 0])
    workers[1].may_end.set()
    workers[2].may_end.set()
    last.join(20)
    assert last.reported == [1, 0]
    assert workers[0].reported == []


def test_a_thread_that_gives_up_leaves_its_place_to_the_next():
    queue = Queue(1)
    (first,), order = in_queue(queue, 1)

    class Gone(Exception):
        pass

    def give_up(ahead: int) -> None:
        raise Gone

    with pytest.raises(Gone), queue.turn(give_up):
        pytest.fail("it was not its turn")
    assert len(queue) == 0
    second = Worker(queue, order, 1)
    first.may_end.set()
    wait_until(lambda: order == [0, 1])
    second.may_end.set()


def test_a_turn_that_fails_is_over():
    queue = Queue(1)
    with pytest.raises(ZeroDivisionError), queue.turn():
        raise ZeroDivisionError
    with queue.turn():
        assert len(queue) == 0


def test_who_has_waited_too_long_gives_up_and_leaves_the_queue():
    queue = Queue(1)
    with queue.turn():
        with pytest.raises(BusyError, match=r"waited 0\.05 seconds"), queue.turn(most_seconds=0.05):
            pytest.fail("it had its turn")
        assert len(queue) == 0
    with queue.turn():
        pass
