"""What the server keeps for all: made once, the longest unused goes, a failure is not kept."""

from __future__ import annotations

import threading

import pytest

from seg.serve.kept import Kept


def test_a_result_is_made_once_and_the_one_longest_unused_goes():
    own, made = Kept(2), []

    def get(key: str) -> str:
        return own.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in "abacab"] == list("ABACAB")
    # When c came, b had been unused for longer than a.
    assert made == ["a", "b", "c", "b"]


def test_what_fails_is_made_again():
    own = Kept(2)
    with pytest.raises(ZeroDivisionError):
        own.get("a", lambda: 1 / 0)
    assert own.get("a", lambda: 1) == 1


def test_who_asks_while_it_is_made_waits_for_it_and_others_do_not():
    own, may_end, begun, answers = Kept(4), threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        assert may_end.wait(20)
        return "made"

    threads = [threading.Thread(target=lambda: answers.append(own.get("a", slow))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(20)
    assert own.get("b", lambda: "at once") == "at once"
    assert answers == []
    begun.clear()
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert answers == ["made"] * 3
    assert not begun.is_set(), "it was made more than once"
