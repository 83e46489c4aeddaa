"""What a training does when a signal comes; run by test_stop.py in a process apart."""

from __future__ import annotations

import signal

import pytest

from tests.narrow import tiny_phase, tiny_recipe
from tests.narrow_trainings import new_run, reached


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_stops_like_a_request_and_the_old_handlers_come_back(pets, tmp_path, number):
    unheard: list[int] = []
    before = signal.signal(number, lambda *_: unheard.append(number))
    handler = signal.getsignal(number)
    watched = new_run(tiny_recipe(tiny_phase(epochs=9)), pets, tmp_path)
    try:
        watched.train(lambda status: reached(status, 1, 1) and signal.raise_signal(number))
        assert watched.run.status().state == "stopped"
        assert signal.getsignal(number) is handler and not unheard
    finally:
        signal.signal(number, before)
    if number == signal.SIGINT:
        # Impatient: the second one ends the training where it stands, here while the network is being loaded.
        with pytest.raises(KeyboardInterrupt):
            watched.train(lambda status: [signal.raise_signal(number) for _ in range(2)])
        assert watched.run.status().state == "interrupted"
        assert not watched.run.is_alive()
