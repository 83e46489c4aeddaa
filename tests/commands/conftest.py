"""The command line as a script calls it: what stands on standard output, on standard error, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest

from seg.commands.main import main


class Answer(NamedTuple):
    code: int
    output: str
    errors: str

    @property
    def json(self) -> dict:
        """The one JSON object that standard output is."""
        return json.loads(self.output, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    def is_refused(self, code: int, words: str) -> bool:
        """Nothing on standard output, one line on standard error."""
        line = self.errors.strip()
        assert (self.code, self.output) == (code, "")
        assert line.startswith("seg: ") and "\n" not in line and words in line, line
        return True


@pytest.fixture
def seg(capsys, monkeypatch) -> Callable[..., Answer]:
    """Calls the command line in this process."""
    monkeypatch.delenv("SEG_ENGINE", raising=False)
    monkeypatch.delenv("SEG_RUNS", raising=False)

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return call
