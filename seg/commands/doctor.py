"""``doctor`` shows what this machine, the weights, the dataset and a server here are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seg.commands.exit_codes import GOOD, SOME_FAILED
from seg.commands.options import data_option, json_option, open_dataset, weights_option
from seg.commands.output import complain, print_json
from seg.commands.server_facts import print_server, server_facts
from seg.data.dataset import DEFAULT_FOLDER, OFFICIAL_PAIRS
from seg.errors import SegError

if TYPE_CHECKING:
    from seg.data.dataset import Dataset
    from seg.network.device import Device


@click.command
@weights_option
@data_option
@json_option
def doctor(weights: Path | None, data: Path | None, as_json: bool) -> int:
    from seg.network.device import prepare_device

    device = prepare_device()
    facts: dict[str, Any] = {
        "tensorflow": device.tensorflow,
        "gpus": list(device.gpus),
        "memory_growth": list(device.memory_growth),
        "cpu": device.cpu,
        "cpu_features": list(device.cpu_features),
        "cores": device.cores,
        "precision": device.precision,
        "engine": None,
        "weights": None,
        "dataset": None,
        "problems": [],
    }
    facts["server"] = server_facts(facts["problems"])
    dataset = None
    try:
        facts |= _weights_facts(weights)
    except SegError as error:
        facts["problems"].append(str(error))
    try:
        dataset = open_dataset(data)
        facts["dataset"] = {"path": str(dataset.root), "title": dataset.title, "pairs": len(dataset)}
    except SegError as error:
        facts["problems"].append(str(error))
    if as_json:
        print_json(facts)
    else:
        _print(device, facts, dataset)
        print_server(facts["server"])
    for sentence in facts["problems"]:
        complain(sentence)
    return SOME_FAILED if facts["problems"] else GOOD


def _weights_facts(weights: Path | None) -> dict[str, Any]:
    from seg.inference.engines import default_engine
    from seg.network.weights import find_weights, read_info

    info = read_info(find_weights(weights))
    # Files of earlier versions do not name the split: trainings measured on validation photos.
    measured_on = info.metrics.get("split", "validation") if info.mean_iou else None
    return {
        "weights": {
            "path": str(info.path),
            "scaling": info.scaling,
            "mean_iou": info.mean_iou,
            "measured_on": measured_on,
        },
        "engine": default_engine(info.path),
    }


def _print(device: Device, facts: dict[str, Any], dataset: Dataset | None) -> None:
    click.echo(f"TensorFlow {device.tensorflow}")
    for gpu, growth in zip(device.gpus, device.memory_growth, strict=True):
        click.echo(f"GPU {gpu}, memory growth {'on' if growth else 'off'}")
    if not device.gpus:
        click.echo("GPU: none found, the CPU computes")
    click.echo(f"CPU {device.cpu}, {device.cores} cores, {', '.join(device.cpu_features) or 'no features known'}")
    click.echo(f"precision {device.precision}")
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
