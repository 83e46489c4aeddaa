"""Options that several verbs share, and options with several values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from seg.commands.output import progress_bar
from seg.inference.engines import ENGINES
from seg.inference.second_look import DETAILS, Detail

if TYPE_CHECKING:
    from seg.data.dataset import Dataset

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
SCHEMES = click.Choice(("official", "article"))
AT_LEAST_ONE = click.IntRange(min=1)
# Spellings that options had before, without their dashes.
OLD_SPELLINGS = {
    "decoder-rate": "decoder-learning-rate",
    "encoder-rate": "encoder-learning-rate",
    "average": "ema-decay",
    "lists": "split-scheme",
}
ACCEPT_OLD_SPELLINGS = {"token_normalize_func": lambda option: OLD_SPELLINGS.get(option, option)}

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
data_option = click.option(
    "--data", type=PATH, help="Folder of the dataset (default: SEG_DATA, the download, or the sample that ships)."
)
weights_option = click.option("--weights", type=PATH, help="Weight file or run's folder (default: those that ship).")


def _runs_folder() -> Path:
    from seg.training.runs import runs_folder

    return runs_folder()


runs_option = click.option(
    "--runs", type=PATH, default=_runs_folder, help="Folder of the runs (default: SEG_RUNS or runs)."
)


def network_options(verb: Decorated) -> Decorated:
    """What chooses a network and how it looks at a photo: --weights, --engine, --size, --mirror."""
    options = (
        weights_option,
        click.option("--engine", type=click.Choice(ENGINES), help="What computes (default: the fastest here)."),
        click.option(
            "--size", type=int, help="Pixels a side of the image that the network sees (default: as trained)."
        ),
        click.option(
            "--mirror", is_flag=True, help="Average with the answer to the mirror image: a little better, half as fast."
        ),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def detail_option(default: Detail) -> Callable[[Decorated], Decorated]:
    """How closely the network looks at a photo."""
    return click.option(
        "--detail",
        type=click.Choice(DETAILS),
        default=default,
        show_default=True,
        help="fast: one look at each photo. balanced: small pets and wide photos again, larger. fine: more of it.",
    )


def open_dataset(folder: Path | None, split_scheme: str | None = None) -> Dataset:
    """The dataset that --data names, with a progress bar while its photos are checked. Raises DatasetError."""
    from seg.data.dataset import Dataset

    with progress_bar() as show:
        return Dataset.open(folder, split_scheme, partial(show, "checking photos"))


class VerbWithLists(click.Command):
    """A verb whose options with ``multiple=True`` and choices take several values after one name: ``--save a b``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        choices_of: dict[str, Sequence[str]] = {
            name: parameter.type.choices
            for parameter in self.params
            if parameter.multiple and isinstance(parameter.type, click.Choice)
            for name in parameter.opts
        }
        spread: list[str] = []
        option = ""  # the last one that was named
        for previous, argument in zip(["", *args], args, strict=False):
            if argument.startswith("-"):
                option = argument
            choices = choices_of.get(option, ())
            if previous in choices and argument in choices:
                spread.append(option)
            spread.append(argument)
        return super().parse_args(ctx, spread)
