"""``train`` trains a recipe, or goes on with a run."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.options import (
    ACCEPT_OLD_SPELLINGS,
    PATH,
    SCHEMES,
    data_option,
    json_option,
    open_dataset,
    runs_option,
)
from seg.commands.output import complain, print_json, progress_bar
from seg.training.distribution import Cluster
from seg.training.folders import Folders
from seg.training.recipe import RECIPES, Phase, Recipe

if TYPE_CHECKING:
    from seg.training.runs import Run, Status


EXAMPLES = """\b
Examples:
  python -m seg train
  python -m seg train --recipe article --data PETS --epochs 2
  python -m seg train --recipe best --data PETS --no-pets FOLDER --groups FOLDER
  python -m seg train --recipe corrections --corrections runs/pairs/my_corrections
  python -m seg train --resume RUN

Options change the recipe's settings. Each training is a run: a folder in --runs with its recipe, its metrics by epoch
and its best weights, which the app shows as well. Ctrl-C stops it after the step, and --resume goes on from there."""


@click.command(context_settings=ACCEPT_OLD_SPELLINGS, epilog=EXAMPLES)
@click.option(
    "--recipe",
    type=click.Choice(tuple(RECIPES)),
    help="demo: minutes; article: as the article trains; best: hours, the best network; closing: the last "
    "epochs of best alone; corrections: minutes, learns from pairs of one's own.  [default: demo]",
)
@click.option("--no-pets", type=PATH, metavar="FOLDER", help="Photos without pets, for best and closing.")
@click.option(
    "--groups",
    type=PATH,
    metavar="FOLDER",
    help="A dataset of photos with several pets, or small ones, for best and closing.",
)
@click.option(
    "--corrections",
    type=PATH,
    metavar="FOLDER",
    help="Pairs of one's own: photos with corrected trimaps, which the recipe of that name learns from.",
)
@click.option("--resume", metavar="RUN", help="Go on with this run, named as `runs` lists it.")
@click.option("--epochs", type=int, help="Epochs of each phase.")
@click.option("--steps", type=int, help="Steps an epoch (default: every photo once).")
@click.option("--batch", type=int, help="Photos a step.")
@click.option("--size", type=int, help="Pixels a side of the image that the network sees, a multiple of 32.")
@click.option("--decoder-learning-rate", type=float, help="Learning rate of the decoder.")
@click.option("--encoder-learning-rate", type=float, help="Learning rate of the encoder's blocks that train.")
@click.option("--frozen-blocks", type=int, help="Encoder blocks that stay frozen: 5 all, 0 none.")
@click.option("--schedule", type=click.Choice(("constant", "cosine")), help="How a phase changes its learning rates.")
@click.option(
    "--scaling",
    type=click.Choice(("imagenet", "signed", "raw")),
    help="How photos are scaled for the encoder: as for ImageNet, to [-1, 1], or not at all.",
)
@click.option("--encoder", help="imagenet (ships), keras (downloads it, or has it cached), none, or a file.")
@click.option("--start", help="Weights of a complete network to start from: shipped, a file or a run's folder.")
@click.option(
    "--precision",
    type=click.Choice(("auto", "float32", "mixed_bfloat16", "mixed_float16")),
    help="What most of the arithmetic is done in.",
)
@click.option("--ema-decay", type=float, help="Decay of the exponential moving average of the weights.")
@click.option("--average-last", type=int, help="Judge the mean of the weights of so many last epochs as well.")
@click.option("--jaccard", type=float, help="Weight of the soft Jaccard loss beside the cross-entropy.")
@click.option("--weight-decay", type=float, help="Decoupled weight decay of the optimizer.")
@click.option("--seed", type=int, help="Seed of everything random.")
@click.option("--validation-photos", type=int, help="Validate on at most so many photos, evenly spread.")
@click.option(
    "--film/--no-film",
    default=None,
    help="Keep a film of the learning: what the network sees in three photos.  [default: film]",
)
@click.option("--split-scheme", type=SCHEMES, help="Which lists define the splits.")
@data_option
@runs_option
@json_option
def train(
    recipe: str | None,
    no_pets: Path | None,
    groups: Path | None,
    corrections: Path | None,
    resume: str | None,
    data: Path | None,
    runs: Path,
    as_json: bool,
    **settings: Any,
) -> None:
    changes = {name: value for name, value in settings.items() if value is not None}
    if resume:
        paths = {"data": data, "no-pets": no_pets, "groups": groups, "corrections": corrections}
        fixed = {"recipe": recipe, **paths, **changes}
        given = [name.replace("_", "-") for name, value in fixed.items() if value is not None]
        if given:
            raise click.UsageError(f"--resume goes on with the run's recipe and data: leave --{given[0]} out.")
        run = _go_on(resume, runs)
    else:
        folders = Folders(no_pets, groups, corrections)
        run = _start(_changed(Recipe.named(recipe or "demo"), changes), data, folders, runs)
    if Cluster.of_environment().is_chief:  # what other machines have trained is in the chief's run
        _print(run, as_json)


def _changed(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    """The recipe with what the command line changes: settings of each phase, and of the recipe."""
    of_phases = {field.name for field in fields(Phase)}
    phase = {name: value for name, value in changes.items() if name in of_phases}
    if "size" in phase:
        phase["sizes"] = ()  # one size for all steps, where the recipe draws one for each
    return recipe.override(phase, {name: value for name, value in changes.items() if name not in of_phases})


def _start(recipe: Recipe, data: Path | None, folders: Folders, runs: Path) -> Run:
    from seg.network.device import require_tensorflow
    from seg.training.train import train as run_training

    require_tensorflow()  # before the photos are checked, which may take a minute
    dataset = open_dataset(data, recipe.split_scheme)
    with progress_bar() as show:
        return run_training(recipe, dataset, **vars(folders), runs=runs, report=lambda status: show(*_progress(status)))


def _go_on(name: str, runs: Path) -> Run:
    from seg.training.runs import find_run
    from seg.training.train import train as run_training

    with progress_bar() as show:
        return run_training(run=find_run(name, runs), report=lambda status: show(*_progress(status)))


def _progress(status: Status) -> tuple[str, int, int]:
    """What the progress bar shows, and how far it stands, in thousandths."""
    text = f"epoch {min(status.epoch + 1, status.epochs)}/{status.epochs} {status.activity}"
    if status.loss is not None:
        text += f" loss {status.loss:.3f}"
    if status.best_mean_iou:
        text += f" best mean IoU {status.best_mean_iou:.3f}"
    return text, round(1000 * status.progress), 1000


def _print(run: Run, as_json: bool) -> None:
    status = run.status()
    weights = str(run.weights) if run.weights.exists() else None
    if as_json:
        print_json(
            {
                "run": run.id,
                "state": status.state,
                "message": status.message,
                "notes": status.note_sentences(),
                "best_mean_iou": status.best_mean_iou,
                "weights": weights,
            }
        )
        return
    for row in run.history():
        line = f"epoch {row['epoch']:.0f}: loss {row['loss']:.3f}, mean IoU {row['mean_iou']:.3f}"
        if row.get("val_loss") is not None:
            line += f"; validation loss {row['val_loss']:.3f}, pixel accuracy {row['val_pixel_accuracy']:.3f}"
            line += f", mean IoU {row['val_mean_iou']:.3f}"
        click.echo(f"{line}; {row['seconds']:.0f} s, {row['photos_per_second']:.2f} photos/s")
    for note in status.note_sentences():
        complain(note)
    click.echo(f"{run.id}: {status.message or status.state}")
    if weights:
        click.echo(f"weights: {weights}")
