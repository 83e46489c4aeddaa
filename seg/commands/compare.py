"""``compare`` trains as the article does, and with one of its corrections after another."""

from __future__ import annotations

from pathlib import Path

import click

from seg.commands.options import data_option, json_option, open_dataset, runs_option
from seg.commands.output import by_class, complain, number, print_json, progress_bar
from seg.network.architecture import INPUT_SIZE


@click.command
@click.option("--epochs", default=3, show_default=True, help="Epochs of each training.")
@click.option("--size", default=INPUT_SIZE, show_default=True, help="Pixels a side of the image that the network sees.")
@data_option
@runs_option
@json_option
def compare(epochs: int, size: int, data: Path | None, runs: Path, as_json: bool) -> None:
    from seg.article.comparison import COMPARISON
    from seg.article.comparison import compare as run_comparison

    dataset = open_dataset(data)
    trained: set[str] = set()
    with progress_bar() as show:

        def note(name: str) -> None:
            trained.add(name)
            show(f"training {name}", 0, None)

        facts = run_comparison(dataset, epochs, size, runs, note)
    kept = [row["name"] for row in facts["rows"] if row["name"] not in trained]
    if kept:
        complain(f"measured before and not again: {', '.join(kept)}; delete {runs / COMPARISON} to measure them anew.")
    if as_json:
        print_json(facts)
        return
    trainings = f"{facts['epochs']} epochs of {facts['photos']} photos at {facts['size']} px"
    click.echo(f"{trainings}, {facts['test_photos']} test photos")
    for row in facts["rows"]:
        click.echo(
            f"{row['name']:<14} mean IoU {number(row['mean_iou'])} ({by_class(row['iou'])}), "
            f"pixel accuracy {number(row['pixel_accuracy'])}, measured {row['measured']} UTC"
        )
    click.echo(runs / COMPARISON)
