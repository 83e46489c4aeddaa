"""``doctor`` shows what this machine, the weights, the dataset, the folders and a server here are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.machine_facts import folder_facts, machine_facts, print_folders, print_machine
from seg.commands.options import data_option, json_option, open_dataset, weights_option
from seg.commands.output import complain, print_json
from seg.commands.server_facts import print_server, server_facts
from seg.data.dataset import DEFAULT_FOLDER, OFFICIAL_PAIRS
from seg.errors import SegError

if TYPE_CHECKING:
    from seg.data.dataset import Dataset


@click.command
@weights_option
@data_option
@json_option
def doctor(weights: Path | None, data: Path | None, as_json: bool) -> int:
    problems: list[str] = []
    facts: dict[str, Any] = {
        **machine_facts(problems),
        "engine": None,
        "weights": None,
        "dataset": None,
        **folder_facts(problems),
        "server": server_facts(problems),
        "problems": problems,
    }
    dataset = None
    try:
        facts |= _weights_facts(weights)
    except SegError as error:
        problems.append(str(error))
    try:
        dataset = open_dataset(data)
        facts["dataset"] = {"path": str(dataset.root), "title": dataset.title, "pairs": len(dataset)}
    except SegError as error:
        problems.append(str(error))
    if as_json:
        print_json(facts)
    else:
        print_machine(facts)
        _print(facts, dataset)
        print_folders(facts)
        print_server(facts["server"])
    for sentence in problems:
        complain(sentence)
    return SOME_FAILED if problems else GOOD


def _weights_facts(weights: Path | None) -> dict[str, Any]:
    from seg.evaluation.stored import report_of
    from seg.inference.engines import default_engine
    from seg.network.weights import find_weights, read_info

    info = read_info(find_weights(weights))
    report = report_of(info.path)
    mean_iou = report.mean_iou if report else info.mean_iou
    # Files of earlier versions do not name the split: trainings measured on validation photos.
    split = report.split if report else info.metrics.get("split", "validation")
    return {
        "weights": {
            "path": str(info.path),
            "scaling": info.scaling,
            "mean_iou": mean_iou,
            "measured_on": split if mean_iou else None,
        },
        "engine": default_engine(info.path),
    }


def _print(facts: dict[str, Any], dataset: Dataset | None) -> None:
    if facts["weights"]:
        path, iou, split = (facts["weights"][key] for key in ("path", "mean_iou", "measured_on"))
        click.echo(f"weights {path}" + (f", mean IoU {iou:.3f} on {split} photos" if iou else ""))
        click.echo(f"photos are segmented by {facts['engine']}")
    if dataset is not None:
        click.echo(f"dataset {dataset.title}, {len(dataset):,} pairs, {dataset.root}")
        if dataset.is_sample:
            click.echo(
                f"(a sample of {len(dataset)} pairs: `python -m seg download` puts all {OFFICIAL_PAIRS:,} into "
                f"{DEFAULT_FOLDER})"
            )
