"""The command lines that the README and the pages give people to copy can be read by the program."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from seg.commands.main import VERBS, verbs
from seg.ui.dataset import other_data_view
from seg.ui.segment import programs_view

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
PROGRAM = ".venv/bin/python -m seg "
TEXTS = (README, programs_view.COMMAND_LINE, other_data_view.COMMANDS)
LINES = sorted({line.removeprefix(PROGRAM) for text in TEXTS for line in text.splitlines() if line.startswith(PROGRAM)})


@pytest.mark.parametrize("line", LINES)
def test_a_line_to_copy_is_a_command_line(line):
    verb, *arguments = shlex.split(line, comments=True)
    if verb == "--help":
        return
    command = verbs.get_command(click.Context(verbs), verb)
    assert command, line
    command.make_context(verb, arguments)


def test_the_readme_shows_every_verb():
    assert {verb for verb in VERBS if f"seg {verb}" not in README} <= {"average"}
