"""Trainings on a narrow network and tiny pets; those that several tests look at run once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seg.training.runs import Run
from seg.training.status import Status
from tests.narrow import narrow_network, tiny_recipe, write_pets
from tests.narrow_trainings import FROZEN, TWO_PHASES, Watched, new_run, reporting_every_step

# A Python in which every network is narrow, a step takes a moment, and every step is reported and saved.
SLOW_PYTHON = """#!{python}
import runpy, sys, time
from seg.network import fcn
from seg.training import loop
from seg.training.journal import Journal
from tests.conftest import ROOT
from tests.narrow import NarrowLayers

def slowly(self, *arguments, **changes):
    note(self, *arguments, **changes)
    time.sleep(0.1)

note, Journal.note = Journal.note, slowly
fcn.layers, loop.REPORT_EVERY, loop.SAVE_EVERY = NarrowLayers(), 0, 0
sys.argv = sys.argv[2:]  # as for: python -m MODULE ARGUMENTS
runpy.run_module(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(autouse=True)
def small_trainings() -> Iterator[None]:
    with narrow_network(), reporting_every_step():
        yield


@pytest.fixture(scope="session")
def in_session(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], object]:
    """What a fixture for the session trains in: ``small_trainings``, and a cache that is not the user's."""
    cache = tmp_path_factory.mktemp("cache")

    @contextmanager
    def context() -> Iterator[None]:
        with narrow_network(), reporting_every_step(), pytest.MonkeyPatch.context() as patch:
            patch.setenv("SEG_CACHE", str(cache))
            yield

    return context


@pytest.fixture(scope="session")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny pets."""
    return write_pets(tmp_path_factory.mktemp("narrow") / "pets")


@pytest.fixture(scope="session")
def finished(pets, in_session, tmp_path_factory) -> Watched:
    """A training from its first step to its last."""
    with in_session():
        return new_run(TWO_PHASES, pets, tmp_path_factory.mktemp("finished")).train()


@pytest.fixture(scope="session")
def again(pets, in_session, tmp_path_factory) -> Watched:
    """The first two epochs of ``finished`` once more."""
    with in_session():
        return new_run(tiny_recipe(FROZEN, ema_decay=0.9), pets, tmp_path_factory.mktemp("again")).train()


@pytest.fixture(scope="session")
def resumed(pets, in_session, tmp_path_factory) -> tuple[Run, list[Status]]:
    """The training of ``finished``, stopped in both phases and between them, and the status after each part."""
    watched = new_run(TWO_PHASES, pets, tmp_path_factory.mktemp("resumed"))
    statuses = []
    with in_session():
        # In the middle of epoch 1; after epoch 2, where the phase ends; in the middle of epoch 3.
        for epoch, step in ((1, 1), (2, 2), (3, 1)):
            watched.stopping_after(epoch, step)
            statuses.append(watched.run.status())
            assert watched.run.state_file.is_file()
            assert not watched.run.stop_request.is_made()
        watched.train()
    return watched.run, [*statuses, watched.run.status()]


@pytest.fixture(scope="session")
def slow_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a Python whose trainings are of a narrow network, and slow enough to be met at any moment."""
    path = tmp_path_factory.mktemp("bin") / "python"
    path.write_text(SLOW_PYTHON.format(python=sys.executable))
    path.chmod(0o755)
    return str(path)
