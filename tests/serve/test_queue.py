"""The line: first come, first served; who gives up leaves no gap."""

from __future__ import annotations

import threading
import time

import pytest

from seg.serve.queue import Line


def wait_until(condition) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not happen within 20 seconds"
        time.sleep(0.005)


class Worker(threading.Thread):
    """Takes a turn and keeps it until it is told to end."""

    def __init__(self, line: Line, order: list[int], number: int):
        super().__init__(daemon=True)
        self.line, self.order, self.number = line, order, number
        self.may_end, self.told = threading.Event(), []
        self.start()

    def run(self) -> None:
        with self.line.turn(self.told.append):
            self.order.append(self.number)
            self.may_end.wait(20)


def in_line(line: Line, count: int) -> tuple[list[Worker], list[int]]:
    order: list[int] = []
    workers = []
    for number in range(count):
        workers.append(Worker(line, order, number))
        here = min(number + 1, line.at_once)
        wait_until(lambda n=number, here=here: len(order) == here and len(line) == n + 1 - here)
    return workers, order


def test_turns_come_in_the_order_of_arrival_and_never_more_than_so_many_at_once():
    line = Line(2)
    workers, order = in_line(line, 5)
    assert order == [0, 1] and len(line) == 3
    for done, worker in enumerate(workers):
        worker.may_end.set()
        worker.join(20)
        wait_until(lambda done=done: len(order) == min(5, done + 3))
        assert order == list(range(min(5, done + 3)))
    assert len(line) == 0


def test_who_waits_is_told_how_many_are_before_and_only_when_that_changes():
    line = Line(1)
    workers, _ = in_line(line, 3)
    last = workers[2]
    wait_until(lambda: last.told == [1])
    workers[0].may_end.set()
    wait_until(lambda: last.told == [1, 0])
    workers[1].may_end.set()
    workers[2].may_end.set()
    last.join(20)
    assert last.told == [1, 0]
    assert workers[0].told == []


def test_who_gives_up_waiting_leaves_the_place_to_the_next():
    line = Line(1)
    (first,), order = in_line(line, 1)

    class Gone(Exception):
        pass

    def give_up(before: int) -> None:
        raise Gone

    with pytest.raises(Gone), line.turn(give_up):
        pytest.fail("it was not its turn")
    assert len(line) == 0
    second = Worker(line, order, 1)
    first.may_end.set()
    wait_until(lambda: order == [0, 1])
    second.may_end.set()


def test_a_turn_that_fails_is_over():
    line = Line(1)
    with pytest.raises(ZeroDivisionError), line.turn():
        raise ZeroDivisionError
    with line.turn():
        assert len(line) == 0
