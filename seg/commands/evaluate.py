"""``evaluate`` measures a network on a dataset, or on photos without pets."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import (
    ACCEPT_OLD_SPELLINGS,
    AT_LEAST_ONE,
    PATH,
    SCHEMES,
    NetworkChoice,
    data_option,
    json_option,
    network_options,
    open_dataset,
)
from seg.commands.output import announce, by_class, complain, number, print_json, progress_bar
from seg.data.split_schemes import SPLITS

if TYPE_CHECKING:
    from seg.classes import Classes
    from seg.data.dataset import Dataset
    from seg.inference.second_look import Detail
    from seg.inference.segmenter import Segmenter

REPORT_FOLDER = Path("report")
SUSPECTS = 10  # names that are printed
EXAMPLES = """\b
Examples:
  python -m seg evaluate
  python -m seg evaluate --weights runs/RUN --data PETS --split validation -o out
  python -m seg evaluate --data PETS --split all
  python -m seg evaluate --no-pets FOLDER
  python -m seg evaluate --matting FOLDER

FOLDER of -o gets report.json, triptychs of the worst, the median and the best photos (photo, true trimap, prediction),
and suspects.csv: all photos, from the trimap that the network disagrees with most, which may be wrong, with triptychs
of the first. Files of these names that are there already are replaced."""


@click.command(context_settings=ACCEPT_OLD_SPELLINGS, epilog=EXAMPLES)
@click.option(
    "--split",
    type=click.Choice((*SPLITS, "all")),
    default="test",
    show_default=True,
    help="Which part of the dataset's photos.",
)
@click.option("--split-scheme", type=SCHEMES, help="Which lists define the splits.")
@click.option(
    "--no-pets",
    type=PATH,
    metavar="FOLDER",
    help="Measure how much is called pet on photos without one; with --data also its pets, pasted small into them.",
)
@click.option(
    "--matting",
    type=PATH,
    metavar="FOLDER",
    help="Measure the edges of cut-outs on a folder of images, trimaps and true alpha; needs no network.",
)
@click.option("--held-back", is_flag=True, help="Of --no-pets, or of groups as --data, only what no training uses.")
@click.option("--limit", type=AT_LEAST_ONE, help="At most so many photos, evenly spread.")
@click.option(
    "-o", "--output", type=PATH, metavar="FOLDER", help="Where report.json and pictures go.  [default: report]"
)
@click.option(
    "--store",
    is_flag=True,
    help="Also keep the report beside the weights, where the app's Results page shows it at once.",
)
@data_option
@network_options("fast")
@json_option
def evaluate(
    split: str,
    split_scheme: str | None,
    no_pets: Path | None,
    matting: Path | None,
    held_back: bool,
    limit: int | None,
    output: Path | None,
    store: bool,
    data: Path | None,
    network: NetworkChoice,
    as_json: bool,
) -> int:
    if matting:
        return _evaluate_matting(matting, as_json)

    from seg.data.groups import held_back_split

    if held_back and not (no_pets or data):
        raise click.UsageError("--held-back chooses photos of a folder: name it with --no-pets, or groups with --data.")
    if store and network.detail != "fast":
        raise click.UsageError("--store keeps what one look gives, as all stored reports: leave --detail out.")
    if not no_pets:
        dataset = open_dataset(data, split_scheme)
        if held_back:
            dataset = held_back_split(dataset)
        segmenter = network.load()
        _evaluate(segmenter, dataset, split, limit, network.detail, output or REPORT_FOLDER, store, as_json)
        return GOOD
    for option, value in (("limit", limit), ("output", output)):
        if value is not None:
            raise click.UsageError(f"--no-pets takes all photos and draws no pictures: leave --{option} out.")
    pets = open_dataset(data, split_scheme) if data else None
    segmenter = network.load()
    return _evaluate_no_pets(segmenter, no_pets, held_back, pets, split, network.detail, store, as_json)


def _evaluate(
    segmenter: Segmenter,
    dataset: Dataset,
    split: str,
    limit: int | None,
    detail: Detail,
    output: Path,
    store: bool,
    as_json: bool,
) -> None:
    from seg.evaluation.evaluate import evaluate as run_evaluation
    from seg.evaluation.evaluate import write_report
    from seg.evaluation.stored import store_report

    if dataset.split(split):  # the evaluation refuses an empty one
        announce(f"the report will be {output / 'report.json'}, with pictures beside it.")
    with progress_bar() as show:
        progress = partial(show, "evaluating")
        report = run_evaluation(segmenter, dataset, split, progress=progress, limit=limit, detail=detail)
    weights = segmenter.info.path
    history = _history(weights, segmenter.info.metadata)
    write_report(report, dataset, segmenter, output, history=history)
    if store:
        store_report(report, weights, history)
    facts = report.as_dict()
    if as_json:
        print_json(facts)
        return
    title = f"{facts['photos']} {report.split} photos of {report.dataset}, {report.size} px, detail {detail}"
    title += f", {report.engine}"
    _print_metrics(title, facts, report.classes)
    _print_metrics("at their own size", facts["own_size"], report.classes)
    click.echo("confusion (rows true, columns predicted):")
    for name, row in zip(facts["iou"], facts["confusion"], strict=True):
        click.echo(f"  {name:<12}" + "".join(f"{pixels:>14,}" for pixels in row))
    suspects = ", ".join(f"{score.name} {number(score.disagreement)}" for score in report.suspects()[:SUSPECTS])
    if suspects:
        click.echo(f"trimaps that may be wrong: {suspects}; all in {output / 'suspects.csv'}")
    click.echo(f"report: {output / 'report.json'}")


def _history(weights: Path, metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """One row an epoch of the run that made the weights: in their folder, or the run that their metadata names."""
    from seg.training.runs import Run, runs_folder

    return Run(weights.parent).history() or Run(runs_folder() / str(metadata.get("run"))).history()


def _print_metrics(title: str, metrics: dict[str, Any], classes: Classes) -> None:
    click.echo(f"{title}: mean IoU {number(metrics['mean_iou'])} ({by_class(metrics['iou'])})")
    line = f"  pixel accuracy {number(metrics['pixel_accuracy'])}"
    subject, border = classes.subject, classes.border
    if subject and border:
        line += f", {subject.name} IoU without border {number(metrics['pet_iou_without_border'])}"
        line += f", {subject.name} or {border.name} IoU {number(metrics['pet_or_border_iou'])}"
    click.echo(line)


def _evaluate_no_pets(
    segmenter: Segmenter,
    folder: Path,
    held_back: bool,
    dataset: Dataset | None,
    split: str,
    detail: Detail,
    store: bool,
    as_json: bool,
) -> int:
    """Measure how much is called pet on photos without one and, with a dataset, its pets pasted small into them."""
    from seg import metrics
    from seg.evaluation.no_pets import SMALL_SIDE, choose_photos, evaluate_no_pets, evaluate_small_pets
    from seg.evaluation.stored import require_report, store_no_pets
    from seg.names import readable_name

    if store:
        require_report(segmenter.info.path)  # before minutes are spent
    photos = choose_photos(folder, held_back)
    small = None
    with progress_bar() as show:
        report = evaluate_no_pets(segmenter, photos, partial(show, "photos without pets"), detail)
        if dataset:
            readable = [photo for photo in photos if readable_name(photo.name) in report.shares]
            progress = partial(show, "small pets")
            confusion = evaluate_small_pets(segmenter, dataset, readable, split, progress=progress, detail=detail)
            small = {"photos": len(dataset.split(split)), **metrics.summarize(confusion, dataset.classes)}
    if store:
        store_no_pets(report, segmenter.info.path)
    facts = report.as_dict() | ({"small_pets": small} if small else {})
    if as_json:
        print_json(facts)
    else:
        click.echo(
            f"{facts['photos']} photos without a pet: {facts['mean_pet_share']:.2%} of the pixels called pet on average"
        )
        click.echo(f"  more than 2 % of the pixels in {facts['above_2_percent']:.1%} of the photos")
        if small:
            click.echo(
                f"{small['photos']} {split} pets at {SMALL_SIDE:.0%} of the side in them: IoU {by_class(small['iou'])}"
            )
            click.echo(f"  pet IoU without border {number(small['pet_iou_without_border'])}")
    for sentence in report.failed:
        complain(sentence)
    return SOME_FAILED if report.failed else GOOD


def _evaluate_matting(folder: Path, as_json: bool) -> int:
    from seg.evaluation.matting import evaluate_matting

    with progress_bar() as show:
        facts = evaluate_matting(folder, partial(show, "mattes")).as_dict()
    if as_json:
        print_json(facts)
    else:
        click.echo(
            f"{facts['photos']} mattes: mean absolute error {number(facts['mean_absolute_error'])} where unknown, "
            f"gradient error {number(facts['gradient_error'])}, {facts['seconds']:.2f} s a photo"
        )
    return GOOD
