"""What the server keeps for all visitors: made once, bounded by its bytes; a failure is not kept."""

from __future__ import annotations

import gc
import threading
import time
from types import SimpleNamespace

import pytest

from seg.serve import caches, limits
from seg.serve.caches import Cache, clear_all


def one(result: object) -> int:
    """Every result takes one byte."""
    return 1


def test_a_result_is_made_once_and_the_one_longest_unused_goes():
    cache, made = Cache(2, one), []

    def get(key: str) -> str:
        return cache.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in "abacab"] == list("ABACAB")
    # When c came, b had been unused for longer than a.
    assert made == ["a", "b", "c", "b"]


def test_results_are_kept_as_long_as_their_bytes_fit():
    cache = Cache(10, len)
    for key in (3, 4, 5):
        cache.get(key, lambda key=key: bytes(key))
    assert len(cache) == 2  # 4 + 5 bytes
    assert cache.get(99, lambda: bytes(99)) == bytes(99)
    assert len(cache) == 2, "a result that never fits drives out no other"


def test_a_result_that_was_made_elsewhere_takes_the_place_of_the_kept_one():
    cache = Cache(10, len)
    cache.get("a", lambda: b"old")
    cache.put("a", b"new")
    cache.put("b", bytes(11))
    assert cache.get("a", lambda: b"never made") == b"new"
    assert len(cache) == 1


def test_a_server_that_starts_again_keeps_nothing():
    caches = [Cache(2, one), Cache(2, one)]
    for cache in caches:
        cache.get("a", lambda: 1)
    clear_all()
    assert [len(cache) for cache in caches] == [0, 0]


def test_what_fails_is_made_again():
    cache = Cache(2, one)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 / 0)
    assert cache.get("a", lambda: 1) == 1


def test_a_thread_that_asks_while_a_result_is_made_waits_for_it_and_others_do_not():
    cache, may_end, begun, answers = Cache(4, one), threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        assert may_end.wait(20)
        return "made"

    threads = [threading.Thread(target=lambda: answers.append(cache.get("a", slow))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(20)
    assert cache.get("b", lambda: "at once") == "at once"
    assert answers == []
    begun.clear()
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert answers == ["made"] * 3
    assert not begun.is_set(), "it was made more than once"


def test_who_waits_for_what_another_makes_hears_how_many_are_ahead_of_it():
    cache, may_end, heard = Cache(4, one), threading.Event(), []
    queued = threading.Event()

    def make(note) -> str:
        note(7)
        queued.set()
        assert may_end.wait(20)
        return "made"

    first = threading.Thread(target=cache.get_in_line, args=("a", make, None))
    first.start()
    assert queued.wait(20)

    def waiting(ahead: int) -> None:
        heard.append(ahead)
        may_end.set()

    assert cache.get_in_line("a", make, waiting) == "made"
    first.join(20)
    assert heard == [7]


def test_who_gives_up_leaves_the_making_to_those_who_wait():
    cache, gone, answers = Cache(4, one), threading.Event(), []

    class Gone(Exception):
        pass

    def leave(ahead: int) -> None:
        gone.set()
        raise Gone

    def make(note) -> str:
        note(3)
        return "made"

    with pytest.raises(Gone):
        cache.get_in_line("a", make, leave)
    second = threading.Thread(target=lambda: answers.append(cache.get_in_line("a", make, None)))
    second.start()
    second.join(20)
    assert answers == ["made"]


def test_the_network_in_use_is_kept_where_it_takes_more_than_it_may_and_drives_out_the_others():
    cache = Cache(10, len, lasting=True)
    for size in (4, 5, 99):
        cache.get(size, lambda size=size: bytes(size))
    assert [size in cache for size in (4, 5, 99)] == [False, False, True]
    cache.get(4, lambda: bytes(4))
    assert (99 in cache, cache.nbytes) == (False, 4)


def test_networks_are_kept_by_what_they_take_in_memory(monkeypatch, tmp_path):
    from seg.serve import networks

    engine = SimpleNamespace(name="openvino-int8")
    monkeypatch.setattr(networks.Segmenter, "load", lambda path: SimpleNamespace(engine=engine))
    size = limits.memory_for("networks") // 10
    try:
        for number in range(8):
            weights = tmp_path / f"{number}.safetensors"
            with weights.open("wb") as file:
                file.truncate(size)  # takes 1.8 tenths of the memory: five fit
            networks.segmenter(weights)
        assert len(networks._segmenters) == 5
    finally:
        networks._segmenters.clear()
        gc.unfreeze()


def test_a_loaded_network_is_left_out_of_garbage_collections(monkeypatch, tmp_path):
    from seg.serve import networks

    gc.unfreeze()
    monkeypatch.setattr(
        networks.Segmenter, "load", lambda path: SimpleNamespace(engine=SimpleNamespace(name="openvino"))
    )
    weights = tmp_path / "weights.safetensors"
    weights.touch()
    try:
        networks.segmenter(weights)
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        networks._segmenters.clear()


def test_what_nobody_uses_is_forgotten_and_what_lasts_stays():
    photos, networks = Cache(10, len), Cache(2, one, lasting=True)
    for key in "ab":
        photos.get(key, lambda: b"123")
    networks.get("a", lambda: object())
    assert photos.nbytes == 6 and networks.nbytes == 1
    between = time.monotonic()
    photos.get("b", lambda: pytest.fail("it is kept"))
    assert caches.sweep(between) == 1
    assert ("a" in photos, "b" in photos, "a" in networks) == (False, True, True)
    assert photos.nbytes == 3


def test_the_sweeper_ends_when_nothing_is_kept_and_begins_again(monkeypatch):
    monkeypatch.setattr(caches, "SECONDS_BETWEEN_SWEEPS", 0.02)
    monkeypatch.setattr(caches, "SECONDS_OF_A_SESSION", 0)
    monkeypatch.setattr(limits, "SECONDS_KEPT", 0)
    clear_all()
    sweeper = caches._Sweeper()
    monkeypatch.setattr(caches, "_sweeper", sweeper)
    cache = Cache(10, len)
    for _ in range(2):
        cache.get("a", lambda: b"123")
        until = time.monotonic() + 20
        while sweeper._thread is not None:
            assert time.monotonic() < until, "the sweeper did not end within 20 seconds"
            time.sleep(0.01)
        assert len(cache) == 0
