"""``average`` writes the mean of several weight files."""

from __future__ import annotations

from pathlib import Path

import click

from seg.commands.options import PATH, json_option
from seg.commands.output import print_json

EXAMPLES = """\b
Example:
  python -m seg average runs/FIRST runs/SECOND -o mean.safetensors

WEIGHTS are weight files or folders of runs of one network. One that is named twice counts twice."""


@click.command(epilog=EXAMPLES)
@click.argument("sources", type=PATH, nargs=-1, required=True, metavar="WEIGHTS...")
@click.option("-o", "--output", type=PATH, required=True, metavar="FILE", help="Where the mean goes.")
@click.option("--overwrite", is_flag=True, help="Replace FILE.")
@json_option
def average(sources: tuple[Path, ...], output: Path, overwrite: bool, as_json: bool) -> None:
    from seg.training.average import average_weights

    path = average_weights(sources, output, overwrite)
    if as_json:
        print_json({"path": str(path), "averaged": len(sources)})
    else:
        click.echo(path)
