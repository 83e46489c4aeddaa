"""What verbs print: JSON, sentences on standard error, numbers, progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

# Called with what is being done, how much of it is done, and of how much.
Show = Callable[[str, int, int | None], None]


def print_json(facts: dict[str, Any]) -> None:
    """One JSON object, on one line."""
    click.echo(json.dumps(facts))


def announce(sentence: str) -> None:
    """One line on standard error that says what will happen, before something that takes long."""
    complain(sentence)


def complain(sentence: str) -> None:
    """One line on standard error, however many lines the sentence has."""
    click.echo(f"seg: {' '.join(sentence.split())}", err=True)


def number(value: float | None) -> str:
    """Four digits after the point; a dash for a metric that has no value, such as the IoU of a class without pixels."""
    return "-" if value is None else f"{value:.4f}"


def by_class(iou: dict[str, float | None]) -> str:
    """The IoU of each class in one line: ``pet 0.8684, background 0.9302, border -``."""
    return ", ".join(f"{name} {number(value)}" for name, value in iou.items())


@contextmanager
def progress_bar() -> Iterator[Show]:
    """A progress bar on standard error where that is a terminal; yields the function that moves it.

    It takes what is done now, how much of it is done, and how much there is: None where nobody knows. The bar
    then moves to and fro, and names no share and no time left.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
